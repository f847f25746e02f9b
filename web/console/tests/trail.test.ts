// A pursuit on the map: jumps stand apart, what is foretold grows old, a cordon says who holds which point.

import { describe, expect, it } from 'vitest';
import { checkpointsOf, drawn } from '../src/map/cordon';
import { placeOf, trailOf } from '../src/map/trail';

const AT = '2026-01-01T00:00:00.000Z';
const now = Date.parse(AT);
const point = (lon: number, more: object = {}) => ({ id: String(lon), at: AT, recorded_at: AT, lon, lat: 22.5, heading: null, speed: null, source: 'call', by: 'x', unit_id: null, text: null, flags: [], jump: false, ...more });
const pursuit = (more: object = {}) => ({
  moving: true, since: AT, last_seen: AT, ended_at: null, outcome: null, trail: [point(114), point(114.3, { jump: true }), point(114.01, { heading: 90 })], trail_total: 3,
  motion: { lon: 114.01, lat: 22.5, at: AT, heading: 90, speed: 20, stale_at: '2026-01-01T00:02:00.000Z' }, entered: [], offer: null, ...more,
}) as unknown as Parameters<typeof trailOf>[0];
const kinds = (one: ReturnType<typeof pursuit>, atMs: number) => trailOf(one, atMs).map(({ properties }) => properties!['kind']);

describe('a trail', () => {
  it('leaves jumps out of its line and draws them as points', () => {
    const [line, ...rest] = trailOf(pursuit(), now);
    expect((line!.geometry as unknown as { coordinates: number[][] }).coordinates.map(([lon]) => lon)).toEqual([114, 114.01]);
    expect(rest.filter(({ properties }) => properties!['kind'] === 'spot').map(({ properties }) => properties!['jump'])).toEqual([false, true, false]);
  });

  it('goes on straight ahead while it was seen lately, and then only as a grey line', () => {
    expect(kinds(pursuit(), now + 60_000).filter((kind) => kind === 'mark').length).toBe(3);
    const stale = trailOf(pursuit(), now + 121_000).filter(({ properties }) => ['ahead', 'mark'].includes(String(properties!['kind'])));
    expect(stale.map(({ properties }) => properties!['stale'])).toEqual([true]);
  });

  it('foretells nothing of what is over', () => {
    expect(kinds(pursuit({ moving: false }), now)).toEqual(['line', 'spot', 'spot', 'spot']);
  });

  it('is as far ahead as it has driven', () => {
    const [lon, lat] = placeOf({ lon: 114, lat: 0, heading: 90, speed: 20 }, 60);
    expect((lon - 114) * 111_195).toBeCloseTo(1200, 0);
    expect(lat).toBeCloseTo(0, 9);
  });
});

describe('a checkpoint', () => {
  const task = (more: object) => ({ kind: 'checkpoint', place: { lon: 114, lat: 22.5, name: 'x' }, state: 'open', unit_id: 'u', ...more });
  it('is held, on its way, still nobody’s or given up', () => {
    const plans = { plans: [{ tasks: [task({}), { ...task({}), kind: 'act' }] }], tasks: [task({ state: 'done' }), task({ unit_id: null }), task({ state: 'not_applicable' })] };
    const told = checkpointsOf(plans as never).map((one) => drawn(one, () => '118').properties!);
    expect(told.map(({ state }) => state)).toEqual(['open', 'held', 'open', 'skipped']);
    expect(told.map(({ text }) => text)).toEqual(['118 设卡中', '118 已设卡', '待派', '不设']);
  });
});
