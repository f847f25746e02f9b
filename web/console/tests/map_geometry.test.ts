// Promise: what lies where on the ground and on the screen is reckoned right, across the antimeridian too.

import { describe, expect, it } from 'vitest';
import { around, bearingDeg, boxOf, circle, corners, distanceM, eighth, lengthM, lookBoxes, rounded, shared, travelled, within, type Spot } from '../src/map/geometry';
import { innerSpot } from '../src/map/inner';
import { latOf, lonOf, mercatorX, mercatorY, metresPerPixel, projector, shorter } from '../src/map/mercator';
import { ruler } from '../src/map/ruler';

const SHENZHEN: Spot = [114.0579, 22.5431];
const FIJI: Spot = [179.99, -17];

describe('distances and bearings', () => {
  it('are those of the globe', () => {
    expect(distanceM(SHENZHEN, [114.0579, 23.5431])).toBeCloseTo(111_195, -1);
    expect(bearingDeg(SHENZHEN, [114.0579, 23])).toBeCloseTo(0);
    expect(bearingDeg(SHENZHEN, [115, 22.5431])).toBeCloseTo(89.8, 0);
    expect(distanceM(FIJI, [-179.99, -17])).toBeLessThan(2_200);
  });

  it('have names by eighths', () => {
    expect([0, 22, 23, 90, 180, 315, 338, 359.9, -45].map(eighth)).toEqual([0, 0, 1, 2, 4, 7, 0, 0, 7]);
  });

  it('add up along a line', () => {
    const there = travelled(SHENZHEN, 37, 1_000);
    expect(lengthM([SHENZHEN, there, SHENZHEN])).toBeCloseTo(2_000, 3);
    expect(lengthM([SHENZHEN])).toBe(0);
  });
});

it('a circle of accuracy keeps its radius and closes', () => {
  const ring = circle(SHENZHEN, 250);
  expect(ring.at(-1)).toEqual(ring[0]);
  for (const spot of ring) expect(distanceM(SHENZHEN, spot)).toBeCloseTo(250, 3);
});

it('an outline of cells loses its corners, stays closed and inside itself', () => {
  const square: Spot[] = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]];
  const soft = rounded(square);
  expect(soft.at(-1)).toEqual(soft[0]);
  expect(soft.length).toBe(17);
  for (const [x, y] of soft) expect(x >= 0 && x <= 1 && y >= 0 && y <= 1).toBe(true);
  expect(rounded([])).toEqual([]);
});

describe('what is looked at', () => {
  it('is one rectangle with a margin', () => {
    expect(lookBoxes([114, 22, 114.2, 22.1], 0.5)).toEqual([[113.9, 21.95, 114.3, 22.15]]);
  });

  it('is two rectangles when one looks across the antimeridian, from either side', () => {
    const both = [[179.8, -18, 180, -17], [-180, -18, -179.8, -17]];
    expect(lookBoxes([179.8, -18, 180.2, -17], 0)).toEqual(both);
    expect(lookBoxes([-180.2, -18, -179.8, -17], 0)).toEqual(both);
  });

  it('is the whole world when more than that is on the screen', () => {
    expect(lookBoxes([-300, -95, 300, 95])).toEqual([[-180, -90, 180, 90]]);
  });

  it('around a unit reaches as far each way, even beside the antimeridian', () => {
    const [west, east] = around(FIJI, 3_000);
    expect(west![2]).toBe(180);
    expect(east![0]).toBe(-180);
    expect(within(west!, 179.999, -17)).toBe(true);
    expect(within(east!, -179.99, -17)).toBe(true);
  });

  it('knows what is inside a rectangle that crosses', () => {
    expect(within([179, -18, -179, -17], 179.5, -17.5)).toBe(true);
    expect(within([179, -18, -179, -17], 0, -17.5)).toBe(false);
  });
});

it('a box lies around all corners of a jurisdiction of several parts', () => {
  const parts = { type: 'MultiPolygon', coordinates: [[[[1, 1], [2, 1], [2, 2], [1, 1]]], [[[5, -3], [6, -3], [6, 0], [5, -3]]]] };
  expect(boxOf(corners(parts))).toEqual([1, -3, 6, 2]);
  expect(boxOf([])).toBeNull();
});

it('the city is shown as far as its roads go, or whole where the two have nothing in common', () => {
  expect(shared([0, 0, 10, 10], [2, 3, 5, 12])).toEqual([2, 3, 5, 10]);
  expect(shared([0, 0, 1, 1], [2, 2, 3, 3])).toEqual([0, 0, 1, 1]);
});

describe('the projection', () => {
  const view = { lon: 114, lat: 22.5, zoom: 12, width: 800, height: 600, bearing: 0 };

  it('goes there and back', () => {
    expect(lonOf(mercatorX(114.0579))).toBeCloseTo(114.0579, 9);
    expect(latOf(mercatorY(22.5431))).toBeCloseTo(22.5431, 9);
    expect(shorter(0.9)).toBeCloseTo(-0.1);
  });

  it('has the middle in the middle, east to the right and north up', () => {
    const project = projector(view);
    expect(project(114, 22.5)).toEqual([400, 300]);
    expect(project(114.01, 22.5)[0]).toBeGreaterThan(400);
    expect(project(114, 22.51)[1]).toBeLessThan(300);
  });

  it('turns with the map', () => {
    const [x, y] = projector({ ...view, bearing: 90 })(114.01, 22.5); // east is up
    expect(x).toBeCloseTo(400);
    expect(y).toBeLessThan(300);
  });

  it('shows what lies just beyond the antimeridian beside it', () => {
    const [x] = projector({ ...view, lon: 179.99, lat: -17 })(-179.99, -17);
    expect(x - 400).toBeCloseTo((0.02 / 360) * 512 * 2 ** 12);
  });

  it('gives the ruler a round length that fits', () => {
    for (const zoom of [3, 8, 11.3, 14, 19]) {
      const { metres, px } = ruler({ ...view, zoom });
      expect(px).toBeLessThanOrEqual(110);
      expect(px).toBeGreaterThan(110 / 2.6);
      expect([1, 2, 5]).toContain(metres / 10 ** Math.floor(Math.log10(metres)));
      expect(metres / px).toBeCloseTo(metresPerPixel(22.5, zoom));
    }
  });
});

describe('a spot inside an area', () => {
  // A horseshoe: the middle of the box around it lies outside.
  const shoe = [[0, 0], [10, 0], [10, 10], [8, 10], [8, 2], [2, 2], [2, 10], [0, 10], [0, 0]];
  const pool = [[4, 4], [6, 4], [6, 6], [4, 6], [4, 4]];
  it('lies in what is there, not in a bay or a hole', () => {
    const [lon, lat] = innerSpot({ type: 'Polygon', coordinates: [shoe] })!;
    expect(lon < 2 || lon > 8 || lat < 2).toBe(true);
    const [x, y] = innerSpot({ type: 'Polygon', coordinates: [[[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]], pool] })!;
    expect(x > 4 && x < 6 && y > 4 && y < 6).toBe(false);
  });
  it('lies in the largest of several, and nowhere in none', () => {
    const small = [[20, 20], [21, 20], [21, 21], [20, 20]];
    expect(innerSpot({ type: 'MultiPolygon', coordinates: [[small], [pool]] })).toEqual([5, 5]);
    expect(innerSpot({ type: 'Polygon', coordinates: [] })).toBeNull();
  });
});
