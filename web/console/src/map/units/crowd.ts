// Who is in view, and whether any of them looks otherwise than the last time: where no graphics card draws, a picture is not drawn
// twice. Of thousands those who stand by are small discs, put on a sheet of pixels in the order of the columns, as `SMALL` of the
// shader would. Pure.

import { LOOK } from '../../look/shapes';
import { PROGRESS, QUALITY } from '../../core/wire';
import { rgb, type Ink } from '../palette';
import { MARGIN, PLACES, placing, type Disc, type Pixels, type Size } from '../pixels';
import { BYTES, FLAG, type Columns } from './columns';
import { HOLLOW_S, SOLID_S } from './shader';

const OFF_DUTY = PROGRESS.indexOf('off_duty');
const GONE = Array.from({ length: 16 }, (_, quality) => QUALITY[quality] === 'lost' || QUALITY[quality] === 'never');
const OFF_SIZE = 0.55;
const HOW = { solid: 0, hollow: 1, lost: 2 } as const;
const HOWS = 4;
/** Numbers of a spot: places from the lower left corner, look, heading. */
const SPOT = 4;
const NOT_SEEN = -1;
const [HOW_BIT, FLAGS_BIT, PULSE_BIT] = [8, 12, 20];
/** A ring and an arrow reach so many radii from the middle, and no farther. */
const FARTHEST = 4;

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
  /** The ring of an emergency is drawn wide. */
  pulse: boolean;
  /** How many, the first ones, are drawn as small discs. */
  plain: number;
  ink: Ink;
}

export class Crowd {
  /** Grows when anybody looks otherwise, and when one of the small discs does. */
  looks = 0;
  discLooks = 0;
  private spots = new Int32Array(0);
  private plain = 0;
  private discs: Disc[] = [];
  private seen: Seen | null = null;
  private of = '';
  private row = 0;

  /** See how everybody looks now. */
  look(size: Size, columns: Columns, seen: Seen): void {
    const { radius, ratio, ink, plain } = seen;
    const of = [size.width, size.height, columns.count, plain, radius.toFixed(2), ratio, ...Object.values(ink)].join();
    const same = of === this.of;
    if (!same) this.discs = [];
    if (this.spots.length < columns.count * SPOT) this.spots = new Int32Array(columns.buffer.byteLength / BYTES * SPOT);
    [this.of, this.seen, this.plain] = [of, seen, plain];
    const moved = this.place(size, columns, seen, 0, plain);
    const others = this.place(size, columns, seen, plain, columns.count);
    if (moved || !same) this.discLooks += 1;
    if (moved || others || !same) this.looks += 1;
  }

  /** Put some of them where they are now; whether any looks otherwise than before. */
  private place(size: Size, columns: Columns, { matrix, nowS, radius, ratio, offDuty, pulse, plain }: Seen, from: number, end: number): boolean {
    const { spots } = this;
    const to = placing(matrix, size);
    const [floats, halves, bytes] = [new Float32Array(columns.buffer), new Uint16Array(columns.buffer), new Uint8Array(columns.buffer)];
    const small = end <= plain;
    const reach = small ? Math.min((radius + 2) * ratio, MARGIN / 2 - 1) : FARTHEST * radius * ratio; // a sheet has no more room around it
    const [right, top] = [size.width + reach, size.height + reach];
    let otherwise = 0;
    for (let n = from; n < end; n += 1) { // in plain words: no garbage is made of twenty thousand units
      const east = floats[n * 4]!;
      const south = floats[n * 4 + 1]!;
      const x = to.xx * east + to.xy * south + to.x;
      const y = to.yx * east + to.yy * south + to.y;
      const state = bytes[n * BYTES + 14]!;
      const flags = bytes[n * BYTES + 15]!;
      const ageS = nowS - floats[n * 4 + 2]!;
      const how = ageS > HOLLOW_S || GONE[state >> 4] ? HOW.lost : ageS > SOLID_S ? HOW.hollow : HOW.solid;
      const shown = x >= -reach && y >= -reach && x < right && y < top && (offDuty || flags !== 0 || (state & 15) !== OFF_DUTY);
      const beats = Number(pulse && (flags & FLAG.emergency) !== 0);
      const look = shown ? state | (how << HOW_BIT) | (flags << FLAGS_BIT) | (beats << PULSE_BIT) : NOT_SEEN;
      const column = shown ? Math.floor(x * PLACES) : 0;
      const line = shown ? Math.floor(y * PLACES) : 0;
      const heading = shown && !small ? halves[n * 8 + 6]! : 0;
      const at = n * SPOT;
      otherwise |= (spots[at]! ^ column) | (spots[at + 1]! ^ line) | (spots[at + 2]! ^ look) | (spots[at + 3]! ^ heading);
      spots[at] = column;
      spots[at + 1] = line;
      spots[at + 2] = look;
      spots[at + 3] = heading;
    }
    return otherwise !== 0;
  }

  /** Draw the small discs as they were seen last. */
  draw(pixels: Pixels): void {
    const { spots, plain, seen } = this;
    if (!seen) return;
    if (pixels.row !== this.row) this.discs = [];
    this.row = pixels.row;
    for (let at = 0; at < plain * SPOT; at += SPOT) {
      const look = spots[at + 2]!;
      if (look === NOT_SEEN) continue;
      const kind = (look & 15) * HOWS + ((look >> HOW_BIT) & (HOWS - 1));
      pixels.stamp((this.discs[kind] ??= disc(pixels, look & 15, (look >> HOW_BIT) & (HOWS - 1), seen)), spots[at]!, spots[at + 1]!);
    }
  }
}

function disc(pixels: Pixels, progress: number, how: number, { radius, ratio, ink }: Seen): Disc {
  const large = radius * ratio * (progress === OFF_DUTY ? OFF_SIZE : 1);
  const core = rgb(ink[how === HOW.lost ? 'lost' : (LOOK[PROGRESS[progress] ?? '']?.[1] ?? 'idle')]);
  const [edge, ground] = [rgb(ink['map-edge']), rgb(ink['map-halo'])];
  return pixels.disc(large + ratio, (far) => {
    const out = far - large;
    const cover = Math.max(0, Math.min(1, 1 - out / ratio));
    const [red, green, blue] = out > 0 ? edge : how === HOW.hollow && out < -ratio ? ground : core;
    return [red * cover, green * cover, blue * cover, cover];
  });
}
