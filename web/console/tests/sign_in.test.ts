// Promise: at the door one is offered the seats that fit, free ones first, and sees who sits where.

import { describe, expect, it } from 'vitest';
import { pagesOf, rolesAt, seatsToTake, standingOf, type SeatShown } from '../src/pages/sign_in/sitting';

const seat = (code: string, more: Partial<SeatShown> = {}): SeatShown => ({
  id: code, code, room_id: 'r', kind: 'call_taker', state: 'empty', holder: null, holder_name: null, roles: [], since: null, state_since: '', linked: false,
  cover: null, covered_by: null, version: 1, ...more,
});

describe('seats', () => {
  const who = { principal: 'user:1', allowed_roles: ['call_taker', 'dispatcher'] };
  it('stand in the order one would take them', () => {
    const seats = [
      seat('J-10'), seat('J-2'), seat('J-1', { holder: 'user:2', linked: true }), seat('J-3', { holder: 'user:2' }), seat('J-4', { holder: 'user:1', linked: true }),
      seat('H-1', { kind: 'reviewer' }), seat('X-1', { room_id: 'other' }),
    ];
    expect(seatsToTake(seats, 'r', who).map(({ code }) => code)).toEqual(['J-4', 'J-2', 'J-10', 'J-3', 'J-1']);
    expect(standingOf(seats[3]!, 'user:1')).toBe('dead');
    expect(standingOf(seats[2]!, 'user:1')).toBe('taken');
  });

  it('give the roles that fit both the seat and the person', () => {
    expect(rolesAt('combined', ['dispatcher', 'call_taker', 'reviewer'])).toEqual(['call_taker', 'dispatcher']);
    expect(rolesAt('call_taker', ['dispatcher'])).toEqual([]);
  });

  it('lead to the page of what one does there', () => {
    expect(pagesOf(['call_taker'])).toEqual(['/call']);
    expect(pagesOf(['dispatcher', 'leader'])).toEqual(['/desk']);
    expect(pagesOf(['call_taker', 'dispatcher'])).toEqual(['/call', '/desk']);
    expect(pagesOf(['unit'])).toEqual(['/unit']);
  });
});
