// Where all units are now: one row a unit in growing columns, found by handle. The map draws the columns as they are, lists ask
// for one unit at a time. Outside of every framework's reactivity: a second's worth of twenty thousand fixes costs a millisecond.

import { PROGRESS, QUALITY, UNKNOWN_U16, UNKNOWN_U8, type Positions, type Progress, type Quality } from './wire';
import type { Unit } from './types';

const FIRST_ROOM = 256;

export interface Standing {
  lon: number;
  lat: number;
  heading: number | null;
  speed: number | null;
  ageS: number;
  progress: Progress;
  quality: Quality;
}

export class Fleet {
  count = 0;
  handle = new Uint32Array(FIRST_ROOM);
  /** degrees */
  lon = new Float64Array(FIRST_ROOM);
  lat = new Float64Array(FIRST_ROOM);
  heading = new Uint16Array(FIRST_ROOM);
  speed = new Uint8Array(FIRST_ROOM);
  state = new Uint8Array(FIRST_ROOM);
  /** When the unit was there by this machine's clock, ms since 1970; -Infinity: longer ago than a frame can say. */
  fixedMs = new Float64Array(FIRST_ROOM);
  /** Grows with every change, so that who draws knows whether to. */
  changes = 0;
  private readonly rows = new Map<number, number>();
  /** Which row came after each in the last frame: the next one tells the same units, mostly in the same order. */
  private after = new Int32Array(FIRST_ROOM);

  /** The row of a handle; -1 when nothing is known of it. */
  row(handle: number): number {
    return this.rows.get(handle) ?? -1;
  }

  /** Take a frame that was heard at `heardMs` of this machine's clock. */
  move(frame: Positions, heardMs: number): void {
    let last = 0;
    for (let n = 0; n < frame.count; n += 1) {
      const handle = frame.handle[n]!;
      const likely = this.after[last]!;
      const row = likely < this.count && this.handle[likely] === handle ? likely : this.place(handle);
      this.after[last] = row;
      last = row;
      this.lon[row] = frame.lon[n]! / 1e7;
      this.lat[row] = frame.lat[n]! / 1e7;
      this.heading[row] = frame.heading[n]!;
      this.speed[row] = frame.speed[n]!;
      this.state[row] = frame.state[n]!;
      this.fixedMs[row] = frame.age[n] === UNKNOWN_U16 ? -Infinity : heardMs - frame.age[n]! * 100;
    }
    this.changes += 1;
  }

  /** Take what a snapshot or an event says of a unit; its state counts, its fix only when it is newer than ours. */
  learn(unit: Unit, heardMs: number): void {
    const { fix } = unit;
    const known = this.row(unit.handle);
    if (!fix && known < 0) return;
    const row = known < 0 ? this.place(unit.handle) : known;
    let quality = this.state[row]! >> 4;
    if (fix && (known < 0 || heardMs - fix.age_s * 1000 > this.fixedMs[row]!)) {
      this.lon[row] = fix.lon;
      this.lat[row] = fix.lat;
      this.heading[row] = fix.heading == null ? UNKNOWN_U16 : Math.round(fix.heading * 100);
      this.speed[row] = fix.speed == null ? UNKNOWN_U8 : Math.min(254, Math.round(fix.speed));
      this.fixedMs[row] = heardMs - fix.age_s * 1000;
      quality = Math.max(0, QUALITY.indexOf(fix.quality as Quality));
    }
    this.state[row] = (quality << 4) | Math.max(0, PROGRESS.indexOf(unit.state as Progress));
    this.changes += 1;
  }

  /** Forget units that this seat may see no more. */
  forget(handle: number): void {
    const row = this.row(handle);
    if (row < 0) return;
    const last = this.count - 1;
    for (const column of this.columns()) column[row] = column[last]!;
    this.rows.delete(handle);
    if (row !== last) this.rows.set(this.handle[row]!, row);
    this.count = last;
    this.changes += 1;
  }

  at(handle: number, nowMs: number): Standing | null {
    const row = this.row(handle);
    if (row < 0) return null;
    return {
      lon: this.lon[row]!,
      lat: this.lat[row]!,
      heading: this.heading[row] === UNKNOWN_U16 ? null : this.heading[row]! / 100,
      speed: this.speed[row] === UNKNOWN_U8 ? null : this.speed[row]!,
      ageS: Math.max(0, nowMs - this.fixedMs[row]!) / 1000,
      progress: PROGRESS[this.state[row]! & 15] ?? 'off_duty',
      quality: QUALITY[this.state[row]! >> 4] ?? 'lost',
    };
  }

  private place(handle: number): number {
    const known = this.rows.get(handle);
    if (known !== undefined) return known;
    if (this.count === this.handle.length) this.grow();
    const row = this.count;
    this.count += 1;
    this.rows.set(handle, row);
    this.handle[row] = handle;
    this.fixedMs[row] = -Infinity;
    this.state[row] = 0;
    return row;
  }

  private columns(): (Uint32Array | Float64Array | Uint16Array | Uint8Array)[] {
    return [this.handle, this.lon, this.lat, this.heading, this.speed, this.state, this.fixedMs];
  }

  private grow(): void {
    const room = this.handle.length * 2;
    const larger = <T extends Uint32Array | Int32Array | Float64Array | Uint16Array | Uint8Array>(column: T): T => {
      const made = new (column.constructor as new (n: number) => T)(room);
      made.set(column);
      return made;
    };
    this.handle = larger(this.handle);
    this.lon = larger(this.lon);
    this.lat = larger(this.lat);
    this.heading = larger(this.heading);
    this.speed = larger(this.speed);
    this.state = larger(this.state);
    this.fixedMs = larger(this.fixedMs);
    this.after = larger(this.after);
  }
}
