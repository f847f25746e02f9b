// Distances, bearings, circles and rectangles on the ground. Degrees WGS-84, lon before lat; metres. Pure.

import * as away from '../core/away';

export type Spot = [lon: number, lat: number];
export type Box = [west: number, south: number, east: number, north: number];

const RADIUS_M = 6_371_008.8;
const rad = (degrees: number): number => (degrees * Math.PI) / 180;
const deg = (radians: number): number => (radians * 180) / Math.PI;

/** Great circle, metres. */
export const distanceM = ([lon1, lat1]: Spot, [lon2, lat2]: Spot): number => away.distanceM({ lon: lon1, lat: lat1 }, { lon: lon2, lat: lat2 });

/** Along the points, metres. */
export const lengthM = (line: readonly Spot[]): number =>
  line.reduce((sum, spot, n) => (n ? sum + distanceM(line[n - 1]!, spot) : 0), 0);

/** From the first to the second, degrees clockwise from north, 0 to 360. */
export const bearingDeg = ([lon1, lat1]: Spot, [lon2, lat2]: Spot): number => away.bearingDeg({ lon: lon1, lat: lat1 }, { lon: lon2, lat: lat2 });

/** 0 north, 1 north-east, ... 7 north-west. */
export const eighth = (bearing: number): number => Math.round((((bearing % 360) + 360) % 360) / 45) % 8;

/** The spot this far away in this direction. */
export function travelled([lon, lat]: Spot, bearing: number, metres: number): Spot {
  const way = metres / RADIUS_M;
  const sinLat = Math.sin(rad(lat)) * Math.cos(way) + Math.cos(rad(lat)) * Math.sin(way) * Math.cos(rad(bearing));
  const y = Math.sin(rad(bearing)) * Math.sin(way) * Math.cos(rad(lat));
  const x = Math.cos(way) - Math.sin(rad(lat)) * sinLat;
  return [lon + deg(Math.atan2(y, x)), deg(Math.asin(sinLat))];
}

/** A closed ring of 64 corners. */
export function circle(middle: Spot, metres: number, corners = 64): Spot[] {
  const ring = Array.from({ length: corners }, (_, n) => travelled(middle, (n * 360) / corners, metres));
  return [...ring, ring[0]!];
}

/** A closed ring with its corners cut off, `times` over (Chaikin): outlines made of cells without their look. */
export function rounded(ring: readonly Spot[], times = 2): Spot[] {
  let now = ring.slice(0, -1);
  for (let n = 0; n < times; n += 1) {
    now = now.flatMap((a, at) => {
      const b = now[(at + 1) % now.length]!;
      const part = (t: number): Spot => [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t];
      return [part(0.25), part(0.75)];
    });
  }
  return now.length ? [...now, now[0]!] : [];
}

/** Around all spots; null when there are none. */
export function boxOf(spots: Iterable<readonly number[]>): Box | null {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [lon, lat] of spots) {
    west = Math.min(west, lon!);
    east = Math.max(east, lon!);
    south = Math.min(south, lat!);
    north = Math.max(north, lat!);
  }
  return west <= east ? [west, south, east, north] : null;
}

/** What two boxes share; the first one where they share nothing. */
export function shared(a: Box, b: Box): Box {
  const both: Box = [Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])];
  return both[0] < both[2] && both[1] < both[3] ? both : a;
}

export const within = ([west, south, east, north]: Box, lon: number, lat: number): boolean =>
  lat >= south && lat <= north && (west <= east ? lon >= west && lon <= east : lon >= west || lon <= east);

const round = (degrees: number): number => Math.round(degrees * 1e5) / 1e5;
const turned = (lon: number): number => ((((lon + 180) % 360) + 360) % 360) - 180;

/**
 * What is looked at as rectangles that cross no antimeridian, with a margin of a share of its size. west and east as the map
 * has them: beyond ±180 when one looks across.
 */
export function lookBoxes([west, south, east, north]: Box, margin = 0.15): Box[] {
  const [dx, dy] = [(east - west) * margin, (north - south) * margin];
  const [low, high] = [round(Math.max(-90, south - dy)), round(Math.min(90, north + dy))];
  if (east - west + 2 * dx >= 360) return [[-180, low, 180, high]];
  const [left, right] = [round(turned(west - dx)), round(turned(east + dx))];
  return left <= right ? [[left, low, right, high]] : [[left, low, 180, high], [-180, low, right, high]];
}

/** A rectangle around a spot, reaching this far each way. */
export function around([lon, lat]: Spot, metres: number): Box[] {
  const dLat = deg(metres / RADIUS_M);
  const dLon = Math.min(180, dLat / Math.max(0.01, Math.cos(rad(lat))));
  return lookBoxes([lon - dLon, lat - dLat, lon + dLon, lat + dLat], 0);
}

type Rings = readonly (readonly (readonly number[])[])[];

/** The outer corners of a polygon or of several. */
export function corners(geometry: { type: string; coordinates: unknown }): (readonly number[])[] {
  const polygons = (geometry.type === 'MultiPolygon' ? geometry.coordinates : [geometry.coordinates]) as Rings[];
  return polygons.flatMap((rings) => [...(rings[0] ?? [])]);
}
