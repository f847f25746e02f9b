// Promise: where a processor stands in for the graphics card every unit on duty of a crowd is drawn where it is, as it is: full, hollow
// or grey; nothing else changes.

import { describe, expect, it } from 'vitest';
import { Fleet } from '../src/core/fleet';
import type { Unit } from '../src/core/types';
import { inkOf } from '../src/map/palette';
import { MARGIN, Pixels, PLACES, type Shade } from '../src/map/pixels';
import { Columns, FLAG } from '../src/map/units/columns';
import { Crowd, type Seen } from '../src/map/units/crowd';

const NOW = 1_800_000_000_000;
const [WIDTH, HEIGHT] = [200, 100];
const INK = inkOf('dark', (token) => ({ ok: '#010203', idle: '#040506', lost: '#070809', 'map-edge': '#0a0b0c', 'map-halo': '#0d0e0f' })[token] ?? '#ffffff');
const [FREE, IDLE, LOST, GROUND] = ['010203', '040506', '070809', '0d0e0f'];

/** One degree, of which there are few here, is a thousand px; the first unit is in the middle. */
const matrix = (): number[] => {
  const side = 360 * 1_000;
  return [side / (WIDTH / 2), 0, 0, 0, 0, -side / (HEIGHT / 2), 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
};

interface Told { lon: number; state?: string; ageS?: number }
function drawn(told: readonly Told[], more: Partial<Seen> = {}): Pixels {
  const fleet = new Fleet();
  told.forEach(({ lon, state = 'available', ageS = 0 }, n) => fleet.learn({ handle: n + 1, state, fix: { lon, lat: 0, age_s: ageS, quality: 'good' } } as unknown as Unit, NOW));
  const columns = new Columns();
  columns.pack(fleet, new Map(), NOW);
  const pixels = new Pixels();
  pixels.clear(WIDTH, HEIGHT);
  const crowd = new Crowd();
  crowd.look(pixels, columns, { matrix: matrix(), nowS: 0, radius: 2.6, ratio: 1, offDuty: false, pulse: false, plain: columns.idle, ink: INK, ...more });
  crowd.draw(pixels);
  return pixels;
}

/** Colour of a pixel, '' where nothing was drawn. */
function at({ words, row }: Pixels, x: number, y: number): string {
  const word = words[(Math.floor(y) + MARGIN) * row + Math.floor(x) + MARGIN]!;
  return word ? [0, 8, 16].map((bits) => ((word >>> bits) & 255).toString(16).padStart(2, '0')).join('') : '';
}
const seen = (pixels: Pixels): number => {
  let count = 0;
  for (let y = 0; y < HEIGHT; y += 1) for (let x = 0; x < WIDTH; x += 1) if (at(pixels, x, y)) count += 1;
  return count;
};
const middle = [WIDTH / 2 + 0.01, HEIGHT / 2 + 0.01] as const;

describe('a crowd', () => {
  it('has every unit that is on duty where it is', () => {
    const lons = Array.from({ length: 19 }, (_, n) => n * 0.005);
    const pixels = drawn(lons.map((lon) => ({ lon, state: lon ? 'busy' : 'available' })));
    expect(lons.map((lon) => at(pixels, middle[0] + lon * 1_000, middle[1]))).toEqual([FREE, ...Array.from({ length: 18 }, () => IDLE)]);
  });

  it('shows a fix that ages hollow, and grey once it is lost', () => {
    expect(at(drawn([{ lon: 0, ageS: 9 }]), ...middle)).toBe(FREE);
    expect(at(drawn([{ lon: 0, ageS: 11 }]), ...middle)).toBe(GROUND);
    expect(at(drawn([{ lon: 0, ageS: 61 }]), ...middle)).toBe(LOST);
    expect(at(drawn([{ lon: 0, ageS: 9 }], { nowS: 2 }), ...middle)).toBe(GROUND);
  });

  it('shows those off duty when that is asked, and smaller', () => {
    const off = [{ lon: 0, state: 'off_duty' }];
    expect(seen(drawn(off))).toBe(0);
    expect(at(drawn(off, { offDuty: true }), ...middle)).toBe(IDLE);
    expect(seen(drawn(off, { offDuty: true }))).toBeLessThan(seen(drawn([{ lon: 0 }])));
  });

  it('leaves who is at work to be drawn with a shape', () => {
    expect(seen(drawn([{ lon: 0, state: 'en_route' }]))).toBe(0);
  });
});

describe('a picture of the crowd', () => {
  const unit = (handle: number, lon: number, state = 'available'): Unit => ({ handle, state, fix: { lon, lat: 0, age_s: 0, quality: 'good' } }) as unknown as Unit;
  function standing(): { fleet: Fleet; looks: (more?: Partial<Seen> & { marks?: Map<number, number>; nowMs?: number }) => number } {
    const fleet = new Fleet();
    const [columns, crowd] = [new Columns(), new Crowd()];
    [unit(1, 0), unit(2, 0.02), unit(3, 0.04, 'en_route'), unit(4, 5)].forEach((one) => fleet.learn(one, NOW));
    const looks = ({ marks = new Map<number, number>(), nowMs = NOW, ...more }: Partial<Seen> & { marks?: Map<number, number>; nowMs?: number } = {}): number => {
      columns.pack(fleet, marks, nowMs);
      crowd.look({ width: WIDTH, height: HEIGHT }, columns, { matrix: matrix(), nowS: 0, radius: 2.6, ratio: 1, offDuty: false, pulse: false, plain: columns.idle, ink: INK, ...more });
      return crowd.looks;
    };
    return { fleet, looks };
  }

  it('is not drawn twice where nobody moved or only somebody out of sight did', () => {
    const { fleet, looks } = standing();
    const first = looks();
    expect(looks({ nowMs: NOW + 3_000 })).toBe(first);
    fleet.learn(unit(4, 5.001), NOW + 1);
    expect(looks({ nowMs: NOW + 3_000, pulse: true })).toBe(first);
  });

  it.each([
    ['moves', (fleet: Fleet) => fleet.learn(unit(2, 0.021), NOW + 1), {}],
    ['at work moves', (fleet: Fleet) => fleet.learn(unit(3, 0.041, 'en_route'), NOW + 1), {}],
    ['goes off duty', (fleet: Fleet) => fleet.learn(unit(1, 0, 'off_duty'), NOW), {}],
    ['is sent', (fleet: Fleet) => fleet.learn(unit(1, 0, 'ordered'), NOW), {}],
    ['is gone', (fleet: Fleet) => fleet.forget(2), {}],
    ['has not been heard for a while', () => undefined, { nowMs: NOW + 11_000 }],
    ['is lost', () => undefined, { nowMs: NOW + 61_000 }],
    ['is chosen', () => undefined, { marks: new Map([[1, FLAG.selected]]) }],
    ['is seen in other colours', () => undefined, { ink: { ...INK, ok: '#0f0f0f' } }],
    ['is seen from elsewhere', () => undefined, { radius: 2.9 }],
  ])('is drawn when somebody %s', (_, happens, more) => {
    const { fleet, looks } = standing();
    const first = looks();
    happens(fleet);
    expect(looks(more)).toBeGreaterThan(first);
  });

  it('is drawn with every beat of an emergency', () => {
    const { looks } = standing();
    const marks = new Map([[3, FLAG.emergency]]);
    const first = looks({ marks });
    expect(looks({ marks })).toBe(first);
    expect(looks({ marks, pulse: true })).toBeGreaterThan(first);
  });
});

describe('a sheet of pixels', () => {
  const full: Shade = (far) => (far <= 3 ? [1, 1, 1, 1] : [0, 0, 0, 0]);
  function sheet(): Pixels {
    const pixels = new Pixels();
    pixels.clear(WIDTH, HEIGHT);
    return pixels;
  }

  it('cuts a disc at its edge and draws none of it on the other side', () => {
    const pixels = sheet();
    pixels.stamp(pixels.disc(3, full), 0, 50 * PLACES);
    expect(at(pixels, 0, 50)).toBe('ffffff');
    expect(at(pixels, WIDTH - 1, 49) + at(pixels, WIDTH - 1, 50) + at(pixels, WIDTH - 1, 51)).toBe('');
    expect(pixels.holds(-4, 50, 3)).toBe(false);
    expect(pixels.holds(WIDTH + 2, 50, 3)).toBe(true);
  });

  it('lays what one sees through over what is there', () => {
    const pixels = sheet();
    pixels.stamp(pixels.disc(3, full), 50 * PLACES, 50 * PLACES);
    pixels.stamp(pixels.disc(3, (far) => (far <= 3 ? [0, 0, 0, 0.5] : [0, 0, 0, 0])), 50 * PLACES, 50 * PLACES);
    expect(parseInt(at(pixels, 50, 50).slice(0, 2), 16)).toBeGreaterThan(120);
    expect(parseInt(at(pixels, 50, 50).slice(0, 2), 16)).toBeLessThan(132);
  });

  it('is empty again once it is cleared', () => {
    const pixels = sheet();
    pixels.stamp(pixels.disc(3, full), 50 * PLACES, 50 * PLACES);
    pixels.clear(WIDTH, HEIGHT);
    expect(seen(pixels)).toBe(0);
  });
});
