// Promise: the page reads what the server wrote; the frame kept beside this test is the server's own.

import { describe, expect, it } from 'vitest';
import { Fleet } from '../src/core/fleet';
import { decodePositions } from '../src/core/wire';
import kept from './position_frame.json';

const bytes = (): ArrayBuffer => Uint8Array.from(kept.frame.match(/../g)!.map((pair) => parseInt(pair, 16))).buffer;

describe('a frame of positions', () => {
  it('says of each unit what the server said', () => {
    const read = decodePositions(bytes());
    expect([read.tickMs, read.count]).toEqual([kept.tick_ms, kept.units.length]);
    const fleet = new Fleet();
    fleet.move(read, 0);
    for (const unit of kept.units) {
      const told = fleet.at(unit.handle, 0)!;
      expect(told.lon).toBeCloseTo(unit.lon, 7);
      expect(told.lat).toBeCloseTo(unit.lat, 7);
      expect(told).toMatchObject({ heading: unit.heading, speed: unit.speed, progress: unit.progress, quality: unit.quality, ageS: unit.age_s ?? Infinity });
    }
  });

  it('that was cut, or is of another kind, is refused', () => {
    expect(() => decodePositions(bytes().slice(0, -1))).toThrow();
    expect(() => decodePositions(new ArrayBuffer(4))).toThrow();
    const other = bytes();
    new DataView(other).setUint8(0, 9);
    expect(() => decodePositions(other)).toThrow();
  });
});
