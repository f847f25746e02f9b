import { describe, expect, it } from 'vitest';
import { bareText, proposed, reachText, somebodyWaits, waitText, wholeText, type Ground, type Move } from '../src/core/ground';
import type { Incident, Unit } from '../src/core/types';

const ground: Ground = {
  computed_at: '2026-11-22T20:00:00.000Z', units: 4, under_way: 0, wait_s: 192.4, calls: 3.1, auxiliary_within_1: 0.04,
  within: [{ minutes: 1, share: 0.1 }, { minutes: 3, share: 0.45 }, { minutes: 5, share: 0.816 }],
  bare: ['东', '西', '南', '北'].map((name) => ({ room: name, name })), resolution: 8, served: [], moves: [],
};
const move = (id: string): Move => ({ unit_id: id, call_sign: id }) as Move;
const unit = (more: Partial<Unit>): Unit => ({ state: 'available', standby: null, ...more }) as Unit;

describe('coverage in words', () => {
  it('says the wait and the reach, and nothing where nothing is known', () => {
    expect(waitText(ground)).toBe('下一警预计等 3:12');
    expect(reachText(ground)).toBe('5 分钟可达 82%');
    expect(waitText({ ...ground, wait_s: null })).toBe('');
    expect(wholeText(ground)).toContain('10%、45%、82%');
    expect(wholeText({ ...ground, within: [] })).toBe('');
  });
  it('names what is bare, at most three and how many more', () => {
    const called = (room: string): string => (room === '西' ? '西所' : '');
    expect(bareText(ground, called)).toBe('空缺：东、西所、南 +1');
    expect(bareText({ ...ground, bare: [] }, called)).toBe('');
  });
  it('knows whether an urgent call waits that nobody has kept for later', () => {
    const incident = (more: object): Incident => ({ state: 'received', priority: 2, place: { lon: 114, lat: 22.5 }, merged_into: null, assignments: [], ...more }) as unknown as Incident;
    expect(somebodyWaits([incident({})])).toBe(true);
    expect(somebodyWaits([incident({ state: 'en_route' }), incident({ place: null }), incident({ merged_into: 'b' }), incident({ assignments: [{ state: 'stacked' }] }), incident({ priority: 3 }), incident({ priority: 1, exercise: true })])).toBe(false);
  });
  it('proposes only whoever is still free, stands by nowhere and was not declined', () => {
    const units = new Map([['a', unit({ state: 'ordered' })], ['b', unit({ standby: {} as Unit['standby'] })], ['c', unit({})], ['d', unit({})]]);
    const moves = ['a', 'b', 'c', 'd'].map(move);
    expect(proposed(moves, units, new Set())?.unit_id).toBe('c');
    expect(proposed(moves, units, new Set(['c']))?.unit_id).toBe('d');
    expect(proposed(moves, units, new Set(['c', 'd']))).toBeNull();
  });
});
