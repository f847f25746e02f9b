// Promise: every unit on duty is on the map where it is, those that matter most on top, and what is under the pointer is what one gets.

import { describe, expect, it } from 'vitest';
import { Fleet } from '../src/core/fleet';
import { PROGRESS, QUALITY, UNKNOWN_U16 } from '../src/core/wire';
import type { Unit } from '../src/core/types';
import { chosenLabels, IDLE_NAMED, marksOf, MOST, type Naming } from '../src/map/labels';
import { mercatorX, mercatorY, projector, type View } from '../src/map/mercator';
import { BYTES, Columns, FLAG, heapOf } from '../src/map/units/columns';
import { shifted } from '../src/map/program';
import { radiusAt } from '../src/map/units/layer';
import { next, unitsAt, unitsInside } from '../src/map/units/pick';

const NOW = 1_800_000_000_000;
const VIEW: View = { lon: 114, lat: 22.5, zoom: 14, width: 1000, height: 800, bearing: 0 };

interface Told {
  lon: number;
  lat: number;
  state?: string;
  ageS?: number;
  heading?: number;
  speed?: number;
}
function fleetOf(told: readonly Told[]): Fleet {
  const fleet = new Fleet();
  told.forEach(({ lon, lat, state = 'available', ageS = 2, heading = 90, speed = 10 }, n) => fleet.learn({
    handle: n + 1, state, fix: { lon, lat, age_s: ageS, heading, speed, quality: 'good' },
  } as unknown as Unit, NOW));
  return fleet;
}
const named = (count: number): Map<number, { call_sign: string }> => new Map(Array.from({ length: count }, (_, n) => [n + 1, { call_sign: `J${n + 1}` }]));

function read(columns: Columns, at: number) {
  const view = new DataView(columns.buffer, at * BYTES, BYTES);
  return { x: view.getFloat32(0, true), y: view.getFloat32(4, true), fixedS: view.getFloat32(8, true), heading: view.getUint16(12, true), state: view.getUint8(14), flags: view.getUint8(15) };
}

describe('the columns for the graphics card', () => {
  it('hold every unit, to the centimetre, however far they lie apart', () => {
    const spots: Told[] = [{ lon: 114, lat: 22.5 }, { lon: 114.3123456, lat: 22.7654321 }, { lon: 113.1, lat: 23.9 }];
    const fleet = fleetOf(spots);
    const columns = new Columns();
    columns.pack(fleet, new Map(), NOW);
    expect(columns.count).toBe(3);
    for (let at = 0; at < 3; at += 1) {
      const { x, y } = read(columns, at);
      const metre = 1 / 40_075_016;
      expect(Math.abs(columns.originX + x - mercatorX(spots[at]!.lon))).toBeLessThan(0.02 * metre);
      expect(Math.abs(columns.originY + y - mercatorY(spots[at]!.lat))).toBeLessThan(0.02 * metre);
    }
  });

  it('lay those off duty at the bottom, then the free, then those at work, then who is marked', () => {
    const fleet = fleetOf([{ lon: 1, lat: 1 }, { lon: 2, lat: 1, state: 'on_scene' }, { lon: 3, lat: 1, state: 'off_duty' }, { lon: 4, lat: 1 }, { lon: 5, lat: 1, state: 'en_route' }]);
    const columns = new Columns();
    columns.pack(fleet, new Map([[4, FLAG.selected | FLAG.painted]]), NOW);
    const states = Array.from({ length: 5 }, (_, at) => PROGRESS[read(columns, at).state & 15]);
    expect(states).toEqual(['off_duty', 'available', 'on_scene', 'en_route', 'available']);
    expect(read(columns, 4).flags).toBe(3);
    expect(columns.idle).toBe(2); // whose shapes may be left out in a crowd; those at work and marked keep theirs
  });

  it('take the nearer way across the antimeridian', () => {
    const columns = new Columns();
    columns.pack(fleetOf([{ lon: 179.99, lat: -17 }, { lon: -179.99, lat: -17 }]), new Map(), NOW);
    expect(read(columns, 1).x).toBeCloseTo(0.02 / 360, 9);
  });

  it('say how old a fix is, and of one that never was that it is very old', () => {
    const fleet = fleetOf([{ lon: 1, lat: 1, ageS: 42 }, { lon: 1, lat: 1 }]);
    fleet.fixedMs[1] = -Infinity;
    const columns = new Columns();
    columns.pack(fleet, new Map(), NOW);
    expect(read(columns, 0).fixedS).toBe(-42);
    expect(read(columns, 1).fixedS).toBeLessThan(-1e6);
  });

  it('give a heading only to what moves', () => {
    const columns = new Columns();
    columns.pack(fleetOf([{ lon: 1, lat: 1, speed: 0 }, { lon: 1, lat: 1, speed: 12, heading: 270 }]), new Map(), NOW);
    expect(read(columns, 0).heading).toBe(UNKNOWN_U16);
    expect(read(columns, 1).heading).toBe(27_000);
  });

  it('grow with the fleet and forget who left', () => {
    const fleet = fleetOf(Array.from({ length: 3_000 }, (_, n) => ({ lon: n / 100, lat: 1 })));
    const columns = new Columns();
    columns.pack(fleet, new Map(), NOW);
    expect(columns.count).toBe(3_000);
    expect(columns.buffer.byteLength).toBeGreaterThanOrEqual(3_000 * BYTES);
    fleet.forget(5);
    columns.pack(fleet, new Map(), NOW);
    expect(columns.count).toBe(2_999);
  });

  it('put no state that the wire knows on no heap', () => {
    for (let progress = 0; progress < PROGRESS.length; progress += 1) {
      for (let quality = 0; quality < QUALITY.length; quality += 1) expect([0, 1, 2]).toContain(heapOf((quality << 4) | progress, 0));
    }
    expect(heapOf(PROGRESS.indexOf('off_duty'), 0)).toBe(0);
    expect(heapOf(PROGRESS.indexOf('expired'), 0)).toBe(2);
  });

  it('are moved to their origin in double precision', () => {
    const matrix = [2e6, 0, 0, 0, 0, -2e6, 0, 0, 0, 0, 1, 0, -1633333.25, 871234.5, 0, 1];
    const made = shifted(matrix, 0.8166667, 0.4356172);
    expect(made[12]).toBeCloseTo(2e6 * 0.8166667 - 1633333.25, 4);
    expect(made[13]).toBeCloseTo(-2e6 * 0.4356172 + 871234.5, 4);
  });
});

it('units are drawn smaller from afar and in a crowd, never too small to see', () => {
  expect(radiusAt(16, 50)).toBeGreaterThan(radiusAt(11, 50));
  expect(radiusAt(11, 20_000)).toBeLessThan(radiusAt(11, 50));
  expect(radiusAt(4, 100_000)).toBeGreaterThanOrEqual(2.2);
});

describe('picking', () => {
  const fleet = fleetOf([{ lon: 114, lat: 22.5 }, { lon: 114.0003, lat: 22.5 }, { lon: 114.02, lat: 22.5 }, { lon: 114, lat: 22.5001, state: 'off_duty' }]);

  it('finds what is near, the nearest first', () => {
    expect(unitsAt(fleet, VIEW, [502, 400], 16, false).map((hit) => hit.handle)).toEqual([1, 2]);
    expect(unitsAt(fleet, VIEW, [300, 100], 16, false)).toEqual([]);
  });

  it('finds units off duty only where they are drawn', () => {
    expect(unitsAt(fleet, VIEW, [500, 397], 4, true).map((hit) => hit.handle)).toContain(4);
    expect(unitsAt(fleet, VIEW, [500, 397], 4, false).map((hit) => hit.handle)).not.toContain(4);
  });

  it('finds the same as looking at everything would', () => {
    const many = fleetOf(Array.from({ length: 4_096 }, (_, n) => ({ lon: 113.96 + (n % 64) / 800, lat: 22.46 + Math.floor(n / 64) / 800 })));
    const project = projector(VIEW);
    const wanted = Array.from({ length: many.count }, (_, row) => row).filter((row) => {
      const [x, y] = project(many.lon[row]!, many.lat[row]!);
      return Math.hypot(x - 610, y - 222) <= 40;
    }).map((row) => many.handle[row]!);
    expect(wanted.length).toBeGreaterThan(0);
    expect(new Set(unitsAt(many, VIEW, [610, 222], 40, false).map((hit) => hit.handle))).toEqual(new Set(wanted));
  });

  it('works beside the antimeridian', () => {
    const far = fleetOf([{ lon: -179.9999, lat: -17 }]);
    const view = { ...VIEW, lon: 179.9999, lat: -17 };
    const [x, y] = projector(view)(-179.9999, -17);
    expect(unitsAt(far, view, [x, y], 5, false)).toHaveLength(1);
  });

  it('chooses what lies below when the upper one is chosen already, round and round', () => {
    expect(next(['a', 'b'], () => false)).toBe('a');
    expect(next(['a', 'b'], (one) => one === 'a')).toBe('b');
    expect(next(['a', 'b'], (one) => one === 'b')).toBe('a');
    expect(next([], () => false)).toBeNull();
  });

  it('takes a rectangle from any corner to any other', () => {
    expect(unitsInside(fleet, VIEW, [490, 390], [520, 410], false).sort()).toEqual([1, 2]);
    expect(unitsInside(fleet, VIEW, [520, 410], [490, 390], false).sort()).toEqual([1, 2]);
    expect(unitsInside(fleet, VIEW, [0, 0], [5, 5], false)).toEqual([]);
  });
});

describe('call signs', () => {
  const world: Naming['boxes'] = [[-180, -90, 180, 90]];
  const naming = (told: readonly Told[], more: Partial<Naming> = {}): Naming => ({
    fleet: fleetOf(told), byHandle: named(told.length), marks: new Map(), boxes: world, offDuty: false, nowMs: NOW, ...more,
  });

  it('name who is marked first, then who is at work, then who is free', () => {
    const { named: told } = chosenLabels(naming([{ lon: 1, lat: 1 }, { lon: 2, lat: 1, state: 'en_route' }, { lon: 3, lat: 1 }], { marks: new Map([[3, FLAG.painted]]) }));
    expect(told.map((one) => one.text)).toEqual(['J3', 'J2', 'J1']);
  });

  it('leave the free unnamed when there are many, never those at work', () => {
    const free = Array.from({ length: IDLE_NAMED + 1 }, (_, n): Told => ({ lon: n / 10, lat: 1 }));
    const { named: told } = chosenLabels(naming([...free, { lon: 3, lat: 1, state: 'on_scene' }]));
    expect(told.map((one) => one.text)).toEqual([`J${IDLE_NAMED + 2}`]);
  });

  it('are never more than can be drawn in time, and never a chance few of many', () => {
    const working = (count: number): Told[] => Array.from({ length: count }, (_, n) => ({ lon: n / 10, lat: 1, state: 'en_route' }));
    expect(chosenLabels(naming(working(MOST))).named).toHaveLength(MOST);
    expect(chosenLabels(naming(working(MOST + 1))).named).toHaveLength(0);
    expect(chosenLabels(naming(working(MOST + 2), { marks: new Map([[4, FLAG.selected]]) })).named.map((one) => one.text)).toEqual(['J4']);
  });

  it('name only what is in view, on both sides of the antimeridian', () => {
    const { named: told } = chosenLabels(naming([{ lon: 179.9, lat: -17 }, { lon: -179.9, lat: -17 }, { lon: 0, lat: 0 }], { boxes: [[179, -18, 180, -16], [-180, -18, -179, -16]] }));
    expect(told.map((one) => one.text).sort()).toEqual(['J1', 'J2']);
  });

  it('say the age of a fix that is no longer fresh, and when it should be there', () => {
    const { named: told } = chosenLabels(naming([{ lon: 1, lat: 1, state: 'en_route', ageS: 185 }], { tails: new Map([[1, '→2:00']]) }));
    expect(told[0]!.text).toMatch(/^J1 3(分| min) →2:00$/);
    expect(told[0]!.old).toBe(true);
  });

  it('put all marks of a unit together', () => {
    const unit = { handle: 7 } as Unit;
    expect(marksOf({ selected: unit, painted: [unit], endangered: [9] })).toEqual(new Map([[7, FLAG.selected | FLAG.painted], [9, FLAG.emergency]]));
  });
});
