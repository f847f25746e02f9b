// A spot well inside an area, where its name can stand: of all stretches inside along some lines across it, the middle that lies
// farthest from every edge. Degrees WGS-84, lon before lat; an area smaller than a city is taken as flat. Pure.

import type { MultiPolygon, Polygon, Position } from 'geojson';
import type { Spot } from './geometry';

type Ring = readonly Position[];
/** An odd number, so that one line goes through the middle. */
const LINES = 15;

/** null for an area without corners. */
export function innerSpot(area: Polygon | MultiPolygon): Spot | null {
  const polygons: readonly (readonly Ring[])[] = area.type === 'MultiPolygon' ? area.coordinates : [area.coordinates];
  const largest = polygons.filter((rings) => (rings[0]?.length ?? 0) > 3).sort((a, b) => sizeOf(b[0]!) - sizeOf(a[0]!))[0];
  if (!largest) return null;
  const lats = largest[0]!.map((spot) => spot[1]!);
  const [south, north] = [Math.min(...lats), Math.max(...lats)];
  const shrink = Math.cos(((south + north) / 2) * (Math.PI / 180)) || 1;
  let best: { spot: Spot; far: number } | null = null;
  for (let n = 0; n < LINES; n += 1) {
    const lat = south + ((n + 0.5) / LINES) * (north - south);
    for (const lon of middles(largest, lat)) {
      const far = fromEdges(largest, lon, lat, shrink);
      if (!best || far > best.far) best = { spot: [lon, lat], far };
    }
  }
  return best?.spot ?? null;
}

/** Twice its area, in square degrees. */
function sizeOf(ring: Ring): number {
  return Math.abs(ring.reduce((sum, [lon, lat], n) => {
    const [lon2, lat2] = ring[(n + 1) % ring.length]!;
    return sum + lon! * lat2! - lon2! * lat!;
  }, 0));
}

/** The middles of the stretches inside along a parallel, holes left out. */
function middles(rings: readonly Ring[], lat: number): number[] {
  const crossed: number[] = [];
  for (const [[lon1, lat1], [lon2, lat2]] of edges(rings)) {
    if (lat1! > lat !== lat2! > lat) crossed.push(lon1! + ((lat - lat1!) / (lat2! - lat1!)) * (lon2! - lon1!));
  }
  crossed.sort((a, b) => a - b);
  return crossed.flatMap((lon, n) => (n % 2 ? [(crossed[n - 1]! + lon) / 2] : []));
}

/** How far the nearest edge is, squared, in degrees of latitude. */
function fromEdges(rings: readonly Ring[], lon: number, lat: number, shrink: number): number {
  let nearest = Infinity;
  for (const [a, b] of edges(rings)) {
    const [x1, y1, x2, y2] = [(a[0]! - lon) * shrink, a[1]! - lat, (b[0]! - lon) * shrink, b[1]! - lat];
    const [dx, dy] = [x2 - x1, y2 - y1];
    const along = Math.max(0, Math.min(1, -(x1 * dx + y1 * dy) / (dx * dx + dy * dy || 1)));
    nearest = Math.min(nearest, (x1 + along * dx) ** 2 + (y1 + along * dy) ** 2);
  }
  return nearest;
}

function* edges(rings: readonly Ring[]): Generator<[Position, Position]> {
  for (const ring of rings) for (let n = 1; n < ring.length; n += 1) yield [ring[n - 1]!, ring[n]!];
}
