import { describe, expect, it } from 'vitest';
import { AGAIN_MS, changedIn, EVEN_SO_MS, isServed, orderOf, saidOf, stands, waitingIn, worthAsking, type JointOffer } from '../src/core/together';
import type { Incident, Unit } from '../src/core/types';

const unit = (id: string, state = 'available'): Unit => ({ id, call_sign: id, state }) as Unit;
const incident = (id: string, more: Partial<Incident> = {}): Incident =>
  ({ id, state: 'received', place: { lon: 114, lat: 22 }, merged_into: null, assignments: [], ...more }) as unknown as Incident;
const one = (id: string) => ({ unit_id: id, call_sign: id, eta_s: 60, road_m: null, state: 'available' });
const offer = {
  key: 'k', calls: [
    { incident_id: 'a', number: 'J1', recommendation_id: 'ra', usual: [one('118')], offered: [one('218')], sooner_s: -20 },
    { incident_id: 'b', number: 'J2', recommendation_id: 'rb', usual: [one('218')], offered: [one('118')], sooner_s: 200 },
  ],
} as unknown as JointOffer;
const units = new Map([['118', unit('118')], ['218', unit('218')]]);
const incidents = new Map([['a', incident('a')], ['b', incident('b')]]);

describe('the joint offer', () => {
  it('is asked for only while two or more wait that have a place', () => {
    const waiting = waitingIn([incident('b'), incident('a'), incident('c', { state: 'dispatched' }), incident('d', { place: null })]);
    expect(waiting).toEqual(['a', 'b']);
    expect(worthAsking(['a'], '', { said: '', atMs: 0 }, 1e9)).toBe(false);
  });
  it('is asked for again when something has changed, and not before ten seconds', () => {
    const last = { said: saidOf(['a', 'b'], 4), atMs: 0 };
    expect(worthAsking(['a', 'b'], saidOf(['a', 'b'], 3), last, AGAIN_MS - 1)).toBe(false);
    expect(worthAsking(['a', 'b'], saidOf(['a', 'b'], 3), last, AGAIN_MS)).toBe(true);
    expect(worthAsking(['a', 'b'], saidOf(['a', 'b'], 4), last, AGAIN_MS)).toBe(false);
    expect(worthAsking(['a', 'b'], saidOf(['a', 'b'], 4), last, EVEN_SO_MS)).toBe(true);
  });
  it('stands while its units are as they were and nobody has sent them', () => {
    expect(stands(offer, units, incidents)).toBe(true);
    expect(stands(offer, new Map([...units, ['218', unit('218', 'ordered')]]), incidents)).toBe(false);
    expect(stands(offer, units, new Map([['a', incident('a')]]))).toBe(false);
    expect(changedIn(offer.calls[0]!, new Map([['118', unit('118')]]))).toHaveLength(1);
    expect(isServed(offer.calls[0]!, new Map([['a', incident('a', { assignments: [{ unit_id: '218', state: 'ordered' }] as never })]]))).toBe(true);
  });
  it('orders exactly whom it was offered, by what was kept of it', () => {
    expect(orderOf(offer.calls[0]!)).toEqual({ orders: [{ unit_id: '218' }], kind: 'order', recommendation_id: 'ra' });
  });
});
