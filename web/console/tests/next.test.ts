// Promise: the one button is always the next step, by what the server knows and by what was pressed here and is not heard yet.

import { describe, expect, it } from 'vitest';
import type { Act } from '../src/core/outbox';
import type { Assignment, Incident, Unit } from '../src/core/types';
import { dutyOf, jobOf, nextStep, owedBy, stateOf, unreadNotes } from '../src/pages/unit/next';

const unit = (more: object = {}): Unit => ({ id: 'u', duty: 'available', ...more }) as unknown as Unit;
const order = (state: string, more: object = {}): Assignment => ({ id: 'a', unit_id: 'u', state, role: 'primary', feedback: [], ...more }) as unknown as Assignment;
const incident = (...assignments: Assignment[]): Incident => ({ id: 'i', assignments, notes: [], alerts: [] }) as unknown as Incident;
const pressed = (...kinds: string[]): Act[] => kinds.map((kind) => ({ kind, about: 'a', body: {} }) as unknown as Act);
const step = (state: string, ...kinds: string[]): string => {
  const acts = pressed(...kinds);
  const incidents = [incident(order(state))];
  return nextStep(unit(), jobOf(unit(), incidents, acts), owedBy(unit(), incidents, acts), acts).kind;
};

describe('the next step', () => {
  it.each([['ordered', 'accept'], ['delivered', 'accept'], ['expired', 'accept'], ['accepted', 'en_route'], ['en_route', 'on_scene'], ['on_scene', 'clear'], ['cleared', 'feedback'], ['unable', 'none']])('after %s is %s', (state, next) => {
    expect(step(state)).toBe(next);
  });

  it('follows what was pressed without a line', () => {
    expect(step('ordered', 'accept')).toBe('en_route');
    expect(step('ordered', 'accept', 'en_route', 'on_scene')).toBe('clear');
    expect(step('ordered', 'accept', 'en_route', 'on_scene', 'clear')).toBe('feedback');
    expect(step('ordered', 'accept', 'en_route', 'on_scene', 'clear', 'feedback')).toBe('none');
  });

  it('never goes back when the server is ahead of what waits', () => {
    expect(stateOf(order('on_scene'), pressed('accept'))).toBe('on_scene');
  });

  it('does not revive what the server has ended', () => {
    expect(stateOf(order('recalled'), pressed('accept', 'en_route'))).toBe('recalled');
    expect(jobOf(unit(), [incident(order('recalled'))], pressed('accept'))).toBeNull();
  });

  it('is to log on for who is off duty without a job', () => {
    expect(nextStep(unit({ duty: 'off_duty' }), null, [], []).kind).toBe('log_on');
    expect(nextStep(unit({ duty: 'off_duty' }), null, [], pressed('log_on')).kind).toBe('none');
    expect(dutyOf(unit(), [{ kind: 'duty', body: { duty: 'break' } } as unknown as Act])).toBe('break');
  });
});

describe('a form', () => {
  it('is owed by the primary alone, until a final one is in', () => {
    const owes = (assignment: Assignment): number => owedBy(unit(), [incident(assignment)], []).length;
    expect(owes(order('cleared'))).toBe(1);
    expect(owes(order('cleared', { role: 'reinforcement' }))).toBe(0);
    expect(owes(order('cleared', { feedback: [{ kind: 'interim', state: 'submitted' }] }))).toBe(1);
    expect(owes(order('cleared', { feedback: [{ kind: 'final', state: 'submitted' }] }))).toBe(0);
  });

  it('sent back for correction is owed by whoever wrote it, before any other', () => {
    const back = order('cleared', { id: 'b', role: 'reinforcement', feedback: [{ kind: 'final', state: 'replaced' }, { kind: 'final', state: 'returned' }] });
    expect(owedBy(unit(), [incident(order('cleared'), back)], []).map((one) => [one.assignment.id, one.returned])).toEqual([['b', true], ['a', false]]);
  });
});

it('an urgent note stands until this crew has read it', () => {
  const note = (id: string, urgent: boolean, ...reads: object[]): object => ({ id, urgent, reads });
  const matter = { notes: [note('1', true, { unit_id: 'u', read_at: null }), note('2', true, { unit_id: 'u', read_at: 'x' }), note('3', false), note('4', true, { unit_id: 'v', read_at: null })] } as unknown as Incident;
  expect(unreadNotes(matter, 'u', []).map(({ id }) => id)).toEqual(['1']);
  expect(unreadNotes(matter, 'u', [{ kind: 'note_read', about: '1' } as Act])).toEqual([]);
});
