// Promise: the most pressing stands on top, and nothing moves under the pointer.

import { describe, expect, it } from 'vitest';
import { heldRows, laneOf, lampOf, queueRows, shortNumber, standing, type QueueRow } from '../src/core/order';
import type { Assignment, Incident } from '../src/core/types';

let minute = 0;
function incident(id: string, more: object = {}): Incident {
  minute += 1;
  const at = `2030-01-01T00:${String(minute % 60).padStart(2, '0')}:00.000Z`;
  return { id, priority: 3, state: 'received', place: { lon: 1, lat: 1 }, assignments: [], alerts: [], waiting: null, times: { ringing: at }, opened_at: at, ...more } as unknown as Incident;
}
const keys = (rows: readonly QueueRow[]): string[] => rows.map(({ key }) => key);
const mapOf = (...all: Incident[]): Map<string, Incident> => new Map(all.map((one) => [one.id, one]));

describe('the queue', () => {
  it('stands by lane: waiting, without a place, being typed, under way, to settle', () => {
    const rows = queueRows([
      incident('settled', { state: 'handled', priority: 1 }), incident('moving', { state: 'en_route', priority: 1 }),
      incident('nowhere', { place: null, priority: 1 }), incident('waits'),
    ], [{ id: 'draft' }]);
    expect(keys(rows)).toEqual(['waiting', 'waits', 'no_place', 'nowhere', 'typing', 'draft', 'going', 'moving', 'settling', 'settled']);
  });

  it('has an officer in danger above all, and a surge above what merely waits', () => {
    const rows = queueRows([incident('waits', { priority: 1 }), incident('many', { surge: { count: 5 } }), incident('d', { priority: 4, emergencies: [{ id: 'e' }] })]);
    expect(keys(rows)).toEqual(['danger', 'd', 'surge', 'many', 'waiting', 'waits']);
    expect(laneOf(incident('over', { state: 'handled', surge: { count: 5 } }))).toBe('settling');
  });

  it('has the more urgent first within a lane, then who has waited longer', () => {
    expect(keys(queueRows([incident('later'), incident('urgent', { priority: 1 }), incident('low', { priority: 4 })]))).toEqual(['waiting', 'urgent', 'later', 'low']);
  });

  it('lets an incident wait again whose unit cannot go', () => {
    expect(laneOf(incident('a', { state: 'dispatched', assignments: [{ state: 'unable' }] }))).toBe('waiting');
    expect(laneOf(incident('a', { state: 'on_scene', assignments: [{ state: 'on_scene' }] }))).toBe('going');
  });

  it('is empty without lanes', () => {
    expect(queueRows([])).toEqual([]);
  });
});

describe('a held queue', () => {
  it('keeps every row where it was, whatever becomes of it, and lets new ones follow, marked', () => {
    const [a, b, c] = [incident('a', { priority: 1 }), incident('b'), incident('c', { state: 'en_route' })];
    const held = queueRows([a, b, c]);
    const now = mapOf({ ...b, state: 'en_route', alerts: [{}] } as unknown as Incident, c, incident('new', { priority: 1 }));
    const rows = heldRows(held, now);
    expect(keys(rows)).toEqual(['waiting', 'a', 'b', 'going', 'c', 'fresh', 'new']);
    expect(rows[1]).toMatchObject({ gone: true });
    expect(rows[2]).toMatchObject({ gone: false, tall: false, incident: { state: 'en_route' } });
    expect(rows.at(-1)).toMatchObject({ fresh: true });
  });

  it('comes back into order once it is let go', () => {
    const [a, b] = [incident('a'), incident('b', { priority: 1 })];
    expect(keys(heldRows(queueRows([a]), mapOf(a, b)))).toEqual(['waiting', 'a', 'fresh', 'b']);
    expect(keys(queueRows([a, b]))).toEqual(['waiting', 'b', 'a']);
  });
});

const sources = import.meta.glob<string>('../src/**/*.{ts,svelte}', { query: '?raw', import: 'default', eager: true });

describe('orders and units', () => {
  it('stand in one order wherever they are listed', () => {
    const listed = Object.entries(sources).filter(([, text]) => /'unable', 'expired', 'on_scene', 'en_route'/.test(text)).map(([path]) => path);
    expect(listed).toEqual(['../src/core/order.ts']);
  });

  it('light a lamp by how far they have come', () => {
    const order = (state: string, feedback: object[] = []): Assignment => ({ state, unit_id: 'u', feedback }) as unknown as Assignment;
    expect(['ordered', 'delivered', 'accepted', 'en_route', 'on_scene', 'cleared', 'recalled', 'unable', 'expired'].map((state) => lampOf(order(state)))).toEqual(
      ['sent', 'there', 'taken', 'taken', 'taken', 'done', null, 'stuck', 'stuck']);
    expect(lampOf(order('cleared', [{ kind: 'final', state: 'submitted' }]))).toBe('fed_back');
    expect(lampOf(order('cleared', [{ kind: 'final', state: 'returned' }]))).toBe('done');
  });

  it('list those that stand, the primary first', () => {
    const one = incident('a', { primary_id: 'b', assignments: [{ id: 'a', state: 'accepted' }, { id: 'b', state: 'ordered' }, { id: 'c', state: 'recalled' }] });
    expect(standing(one).map(({ id }) => id)).toEqual(['b', 'a']);
  });

  it('are called by the number of today, by the whole number of any other day', () => {
    expect(shortNumber('J261130-0231', 'J261130-0240')).toBe('0231');
    expect(shortNumber('J261129-0231', 'J261130-0240')).toBe('J261129-0231');
    expect(shortNumber('X7', 'J261130-0240')).toBe('X7');
  });
});
