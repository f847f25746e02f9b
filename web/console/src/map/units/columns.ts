// The fleet as the graphics card takes it: 16 bytes a unit, those that matter most last, so that they are drawn on top. Pure.

import type { Fleet } from '../../core/fleet';
import { PROGRESS, UNKNOWN_U16 } from '../../core/wire';
import { mercatorX, mercatorY, shorter } from '../mercator';

export const BYTES = 16;
export const FLAG = { selected: 1, painted: 2, emergency: 4 } as const;
const STILL_MS = 1; // a unit that stands has a heading nobody should read, m/s
const NEVER_S = -1e7;
const FREE: ReadonlySet<string> = new Set(['available', 'busy', 'break', 'out_of_service']);
/** The heap of each progress. */
const HEAPS = Uint8Array.from({ length: 16 }, (_, progress) => (PROGRESS[progress] === 'off_duty' ? 0 : FREE.has(PROGRESS[progress] ?? '') ? 1 : 2));

/** Which of the four heaps a unit lies on: off duty, free, at work, marked. */
export const heapOf = (state: number, flags: number): number => (flags ? 3 : HEAPS[state & 15]!);

export class Columns {
  count = 0;
  /** Grows with every packing. */
  packs = 0;
  /** How many of them, the first ones, only stand by or are off duty. */
  idle = 0;
  buffer = new ArrayBuffer(BYTES * 256);
  /** Mercator position that all others are told from. */
  originX = 0.5;
  originY = 0.5;
  /** ms since 1970 that the times are told from. */
  epochMs = 0;
  private floats = new Float32Array(this.buffer);
  private halves = new Uint16Array(this.buffer);
  private bytes = new Uint8Array(this.buffer);
  private flags = new Uint8Array(256);
  /** Where each row lies to the south, and at which latitude that was: most have not moved. */
  private south = new Float64Array(256);
  private lats = new Float64Array(256).fill(NaN);

  /** Take the whole fleet. marks: handle -> flags, few. */
  pack(fleet: Fleet, marks: ReadonlyMap<number, number>, nowMs: number): void {
    this.fit(fleet.count);
    this.count = fleet.count;
    this.packs += 1;
    this.epochMs = nowMs;
    this.idle = 0;
    if (!fleet.count) return;
    this.originX = mercatorX(fleet.lon[0]!);
    this.originY = mercatorY(fleet.lat[0]!);
    const next = this.places(fleet, marks);
    this.idle = next[2]!;
    for (let row = 0; row < fleet.count; row += 1) {
      const at = next[heapOf(fleet.state[row]!, this.flags[row]!)]!++;
      this.write(fleet, row, at);
    }
  }

  private write(fleet: Fleet, row: number, at: number): void {
    const word = at * 4;
    const lat = fleet.lat[row]!;
    if (lat !== this.lats[row]) {
      this.lats[row] = lat;
      this.south[row] = mercatorY(lat);
    }
    this.floats[word] = shorter(mercatorX(fleet.lon[row]!) - this.originX);
    this.floats[word + 1] = this.south[row]! - this.originY;
    this.floats[word + 2] = Math.max(NEVER_S, (fleet.fixedMs[row]! - this.epochMs) / 1000);
    const moving = fleet.speed[row]! > STILL_MS && fleet.speed[row] !== 255;
    this.halves[at * 8 + 6] = moving ? fleet.heading[row]! : UNKNOWN_U16;
    this.bytes[at * BYTES + 14] = fleet.state[row]!;
    this.bytes[at * BYTES + 15] = this.flags[row]!;
  }

  /** Where each heap begins; also sets the flags of the rows. */
  private places(fleet: Fleet, marks: ReadonlyMap<number, number>): number[] {
    this.flags.fill(0, 0, fleet.count);
    for (const [handle, flags] of marks) {
      const row = fleet.row(handle);
      if (row >= 0) this.flags[row] = flags;
    }
    const sizes = [0, 0, 0, 0];
    for (let row = 0; row < fleet.count; row += 1) sizes[heapOf(fleet.state[row]!, this.flags[row]!)]! += 1;
    return [0, sizes[0]!, sizes[0]! + sizes[1]!, sizes[0]! + sizes[1]! + sizes[2]!];
  }

  private fit(count: number): void {
    if (count * BYTES <= this.buffer.byteLength) return;
    let room = this.buffer.byteLength / BYTES;
    while (room < count) room *= 2;
    this.buffer = new ArrayBuffer(room * BYTES);
    this.floats = new Float32Array(this.buffer);
    this.halves = new Uint16Array(this.buffer);
    this.bytes = new Uint8Array(this.buffer);
    this.flags = new Uint8Array(room);
    this.south = new Float64Array(room);
    this.lats = new Float64Array(room).fill(NaN);
  }
}
