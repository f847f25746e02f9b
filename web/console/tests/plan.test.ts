// Promise: what is painted is what is sent; whoever changed meanwhile is named, and the next is offered.

import { describe, expect, it } from 'vitest';
import { changeOf, divertible, firstPainted, linesOf, mayTake, newer, nextOf, orderBody, placeKey, type PassedOver, type Proposal, type Proposed } from '../src/core/plan';
import type { Incident, Unit } from '../src/core/types';

const row = (id: string): Proposed => ({ unit_id: id, call_sign: `巡${id}`, state: 'available' }) as Proposed;
const proposal = { id: 'r', incident_id: 'i', computed_at: '2030-01-01T00:00:00.000Z', basis: 'road', waves: [[row('1'), row('2')], [row('3')]], passed_over: [], shortfalls: [], diversions: [] } as unknown as Proposal;
const unit = (id: string, state = 'available', incident_id: string | null = null): Unit => ({ id, call_sign: `巡${id}`, state, incident_id }) as unknown as Unit;
const incident = (state: string, more: object = {}): Incident => ({ id: 'i', state, priority: 2, place: { lon: 1, lat: 2 }, assignments: [], ...more }) as unknown as Incident;
const at = (s: number): number => Date.parse('2030-01-01T00:00:00.000Z') + s * 1000;

describe('the painted set', () => {
  it('is the first wave at first, and nobody for an incident that has units', () => {
    expect(firstPainted(proposal, incident('received'))).toEqual(['1', '2']);
    expect(firstPainted(proposal, incident('en_route'))).toEqual([]);
  });

  it('is sent exactly, in the order of the list, with who was typed in', () => {
    const lines = linesOf(proposal, [unit('9'), unit('2')]);
    expect(lines.map(({ unitId, wave }) => [unitId, wave])).toEqual([['1', 1], ['2', 1], ['3', 2], ['9', 0]]);
    expect(orderBody(lines, new Set(['9', '3', 'gone']), 'order', proposal)).toEqual({ orders: [{ unit_id: '3' }, { unit_id: '9' }], kind: 'order', recommendation_id: 'r' });
    expect(orderBody(lines, new Set(['1']), 'stack', null)).toEqual({ orders: [{ unit_id: '1' }], kind: 'stack' });
  });

  it('knows who took a unit and since when', () => {
    const other = incident('dispatched', { id: 'o', assignments: [{ unit_id: '1', state: 'ordered', times: { ordered: '2030-01-01T00:00:07.000Z' } }] });
    const [line] = linesOf(proposal, []);
    const incidents = new Map([['o', other]]);
    expect(changeOf(line!, new Map([['1', unit('1')]]), incidents)).toBeNull();
    expect(changeOf(line!, new Map([['1', unit('1', 'ordered', 'o')]]), incidents)).toMatchObject({ now: 'ordered', by: other, since: '2030-01-01T00:00:07.000Z' });
    expect(changeOf(line!, new Map(), incidents)).toMatchObject({ now: 'off_duty', by: null });
  });

  it('offers the next that is free in place of one that is not', () => {
    const lines = linesOf(proposal, []);
    expect(nextOf(lines, new Set(['1', '2']), () => false)?.unitId).toBe('3');
    expect(nextOf(lines, new Set(['1']), (line) => line.unitId === '2')?.unitId).toBe('3');
    expect(nextOf(lines, new Set(['1', '2', '3']), () => false)).toBeNull();
  });
});

describe('a proposal', () => {
  const shown = { place: placeKey(incident('received')), priority: 2 };

  it('says when a newer one is worth asking for, and never before', () => {
    expect(newer(proposal, incident('received'), shown, at(30))).toBeNull();
    expect(newer(proposal, incident('received'), shown, at(61))).toBe('age');
    expect(newer(proposal, incident('received'), shown, at(901))).toBe('over');
    expect(newer(proposal, incident('received', { priority: 1 }), shown, at(1))).toBe('priority');
    expect(newer(proposal, incident('received', { place: { lon: 1.1, lat: 2 } }), shown, at(1))).toBe('place');
  });

  it('offers to divert only who is still on the way to what can wait, and to nobody who may not', () => {
    const offered = { ...proposal, diversions: [{ unit_id: '1', incident_id: 'o' }] } as unknown as Proposal;
    const going = (state: string, to: string | null = 'o'): ReadonlyMap<string, Unit> => new Map([['1', unit('1', state, to)]]);
    expect(divertible(offered, going('en_route'), ['dispatcher'])).toHaveLength(1);
    expect(divertible(offered, going('on_scene'), ['dispatcher'])).toEqual([]);
    expect(divertible(offered, going('available', null), ['dispatcher'])).toEqual([]);
    expect(divertible(offered, going('en_route', 'another'), ['leader'])).toEqual([]);
    expect(divertible(offered, going('en_route'), ['call_taker'])).toEqual([]);
    expect(linesOf(offered, []).map(({ unitId }) => unitId)).toEqual(['1', '2', '3']);
  });

  it('offers to take a unit only to whom the server allows it', () => {
    const passed = (key: string): PassedOver => ({ why_nots: [{ key }] }) as unknown as PassedOver;
    expect(mayTake(passed('may_preempt'), ['dispatcher'])).toBe(true);
    expect(mayTake(passed('may_preempt_leader'), ['dispatcher'])).toBe(false);
    expect(mayTake(passed('may_preempt_leader'), ['leader'])).toBe(true);
    expect(mayTake(passed('not_free'), ['leader'])).toBe(false);
  });
});
