// Promise: where a unit is follows the newest fix, whatever came first; who may no longer be seen is forgotten.

import { describe, expect, it } from 'vitest';
import { Fleet } from '../src/core/fleet';
import { decodePositions, type Positions } from '../src/core/wire';
import type { Unit } from '../src/core/types';

const unit = (handle: number, ageS: number | null, state = 'available'): Unit => ({
  handle, state, fix: ageS === null ? null : { lon: 114, lat: 22, age_s: ageS, speed: null, heading: 90, quality: 'good' },
}) as unknown as Unit;

function frame(rows: { handle: number; lon: number; age: number }[]): Positions {
  const buffer = new ArrayBuffer(16 + 18 * rows.length);
  const view = new DataView(buffer);
  view.setUint8(0, 1);
  view.setUint8(1, 1);
  view.setUint32(4, rows.length, true);
  const n = rows.length;
  rows.forEach((row, i) => {
    view.setUint32(16 + 4 * i, row.handle, true);
    view.setInt32(16 + 4 * n + 4 * i, row.lon * 1e7, true);
    view.setInt32(16 + 8 * n + 4 * i, 22e7, true);
    view.setUint16(16 + 12 * n + 2 * i, 65535, true);
    view.setUint16(16 + 14 * n + 2 * i, row.age, true);
    view.setUint8(16 + 16 * n + i, 255);
    view.setUint8(16 + 17 * n + i, 0x08);
  });
  return decodePositions(buffer);
}

describe('the fleet', () => {
  it('takes a frame as columns and answers for one unit', () => {
    const fleet = new Fleet();
    fleet.move(frame([{ handle: 7, lon: 114.5, age: 20 }]), 10_000);
    expect(fleet.at(7, 11_000)).toMatchObject({ lon: 114.5, lat: 22, ageS: 3, progress: 'en_route', quality: 'good', heading: null });
    expect(fleet.at(8, 0)).toBeNull();
  });

  it('takes every frame as it comes, in whatever order, with units more or fewer than the last one', () => {
    const fleet = new Fleet();
    const orders = [[1, 2, 3, 4], [1, 2, 3, 4], [4, 3, 2, 1], [2, 5, 4], [1, 2, 5, 4, 3], [6, 1]];
    const last = new Map<number, number>();
    orders.forEach((handles, n) => {
      if (n === 4) [fleet.forget(2), last.delete(2)];
      fleet.move(frame(handles.map((handle) => ({ handle, lon: handle * 10 + n, age: 0 }))), n);
      for (const handle of handles) last.set(handle, handle * 10 + n);
      for (const [handle, lon] of last) expect(fleet.at(handle, n)?.lon).toBe(lon);
      expect(fleet.count).toBe(last.size);
    });
  });

  it('keeps the newer place when an older fix is told of a unit, but takes its state', () => {
    const fleet = new Fleet();
    fleet.move(frame([{ handle: 7, lon: 114.5, age: 10 }]), 10_000);
    fleet.learn(unit(7, 60, 'on_scene'), 10_500);
    expect(fleet.at(7, 10_500)).toMatchObject({ lon: 114.5, progress: 'on_scene' });
    fleet.learn(unit(7, 0), 20_000);
    expect(fleet.at(7, 20_000)).toMatchObject({ lon: 114, ageS: 0 });
  });

  it('says that a fix is older than a frame can say', () => {
    const fleet = new Fleet();
    fleet.move(frame([{ handle: 7, lon: 114, age: 65535 }]), 10_000);
    expect(fleet.at(7, 10_000)!.ageS).toBe(Infinity);
  });

  it('grows, and forgets without losing others', () => {
    const fleet = new Fleet();
    for (let handle = 1; handle <= 1000; handle += 1) fleet.learn(unit(handle, 0), handle);
    for (let handle = 1; handle <= 1000; handle += 3) fleet.forget(handle);
    for (let handle = 1; handle <= 1000; handle += 1) expect(fleet.row(handle) >= 0).toBe(handle % 3 !== 1);
    expect(new Set(fleet.handle.subarray(0, fleet.count)).size).toBe(fleet.count);
  });

  it('refuses what is no frame', () => {
    expect(() => decodePositions(new ArrayBuffer(3))).toThrow();
    expect(() => decodePositions(new ArrayBuffer(40))).toThrow();
  });
});
