// Who stands by where thousands are in view: small discs, put on a sheet of pixels in the order of the columns. Looks as `SMALL` of the
// shader does. Pure.

import { LOOK } from '../../look/shapes';
import { PROGRESS, QUALITY } from '../../core/wire';
import { rgb, type Ink } from '../palette';
import { placing, type Disc, type Pixels } from '../pixels';
import { BYTES, type Columns } from './columns';
import { HOLLOW_S, SOLID_S } from './shader';

const OFF_DUTY = PROGRESS.indexOf('off_duty');
const GONE: ReadonlySet<number> = new Set([QUALITY.indexOf('lost'), QUALITY.indexOf('never')]);
const OFF_SIZE = 0.55;
const HOW = { solid: 0, hollow: 1, lost: 2 } as const;
const HOWS = 3;

export interface Seen {
  /** From the columns' positions to the corners of the screen, each from -1 to 1. */
  matrix: ArrayLike<number>;
  /** Seconds since the columns' epoch. */
  nowS: number;
  /** px of the screen. */
  radius: number;
  /** Pixels of the drawing to one of the screen. */
  ratio: number;
  offDuty: boolean;
  ink: Ink;
}

export class Crowd {
  private discs = new Map<number, Disc>();
  private of = '';

  /** Draw the first `columns.idle` units. */
  draw(pixels: Pixels, columns: Columns, seen: Seen): void {
    const { matrix, nowS, offDuty } = seen;
    this.fit(pixels, seen);
    const to = placing(matrix, pixels);
    const floats = new Float32Array(columns.buffer);
    const bytes = new Uint8Array(columns.buffer);
    const reach = (seen.radius + 2) * seen.ratio;
    for (let n = 0; n < columns.idle; n += 1) {
      const east = floats[n * 4]!; // in plain words: no garbage is made of twenty thousand units
      const south = floats[n * 4 + 1]!;
      const x = to.xx * east + to.xy * south + to.x;
      const y = to.yx * east + to.yy * south + to.y;
      if (!pixels.holds(x, y, reach)) continue;
      const state = bytes[n * BYTES + 14]!;
      if ((state & 15) === OFF_DUTY && !offDuty) continue;
      const ageS = nowS - floats[n * 4 + 2]!;
      const how = ageS > HOLLOW_S || GONE.has(state >> 4) ? HOW.lost : ageS > SOLID_S ? HOW.hollow : HOW.solid;
      pixels.stamp(this.disc(pixels, state & 15, how, seen), x, y);
    }
  }

  /** Forget discs of another size or colour. */
  private fit({ row }: Pixels, { radius, ratio, ink }: Seen): void {
    const of = `${row} ${radius.toFixed(2)} ${ratio} ${Object.values(ink).join()}`;
    if (of !== this.of) this.discs.clear();
    this.of = of;
  }

  private disc(pixels: Pixels, progress: number, how: number, { radius, ratio, ink }: Seen): Disc {
    const known = this.discs.get(progress * HOWS + how);
    if (known) return known;
    const large = radius * ratio * (progress === OFF_DUTY ? OFF_SIZE : 1);
    const core = rgb(ink[how === HOW.lost ? 'lost' : (LOOK[PROGRESS[progress] ?? '']?.[1] ?? 'idle')]);
    const [edge, ground] = [rgb(ink['map-edge']), rgb(ink['map-halo'])];
    const made = pixels.disc(large + ratio, (far) => {
      const out = far - large;
      const cover = Math.max(0, Math.min(1, 1 - out / ratio));
      const [red, green, blue] = out > 0 ? edge : how === HOW.hollow && out < -ratio ? ground : core;
      return [red * cover, green * cover, blue * cover, cover];
    });
    this.discs.set(progress * HOWS + how, made);
    return made;
  }
}
