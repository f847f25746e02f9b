// Where it happened in the last day: incidents counted in squares of the ground, the more the fuller. Squares, not cells of an index:
// what stands on the screen can be said aloud.

import type { LayerSpecification } from 'maplibre-gl';
import { speaker } from '../core/language.svelte';
import type { Incident } from '../core/types';
import { latOf, lonOf, mercatorX, mercatorY } from './mercator';
import { feature, fill, type Fetched, type Reading } from './overlay';
import type { Ink } from './palette';
import { MEDIUM } from './style';

const SQUARES = 'heat';
const SIDE_M = 400;
const HOURS = 24;
const MOST = 2_000;
const PAGE = 500;
const EARTH_M = 40_075_016.686;
export const words = { of: ['近{hours}小时 {n} 起', '{n} in {hours} h'], most: ['近{hours}小时最新 {n} 起', 'newest {n} in {hours} h'] } as const;
const t = speaker(words);

export interface Square {
  west: number;
  south: number;
  east: number;
  north: number;
  count: number;
}

/** Squares of about `sideM` metres that hold something, with how much. */
export function squares(spots: readonly (readonly [lon: number, lat: number])[], sideM: number): Square[] {
  const first = spots[0];
  if (!first) return [];
  const side = sideM / (EARTH_M * Math.cos((first[1] * Math.PI) / 180));
  const counts = new Map<string, number>();
  for (const [lon, lat] of spots) {
    const key = `${Math.floor(mercatorX(lon) / side)},${Math.floor(mercatorY(lat) / side)}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, count]) => {
    const [x, y] = key.split(',').map(Number) as [number, number];
    return { west: lonOf(x * side), east: lonOf((x + 1) * side), north: latOf(y * side), south: latOf((y + 1) * side), count };
  });
}

export class Heat implements Fetched {
  readonly group = 'heat';
  readonly everyS = 600;
  readonly nouns = [];
  readonly below = new Set(['heat-square']);

  layers(ink: Ink): LayerSpecification[] {
    return [
      { id: 'heat-square', type: 'fill', source: SQUARES, paint: { 'fill-color': ink.heat, 'fill-opacity': ['interpolate', ['linear'], ['get', 'share'], 0, 0.1, 1, 0.45] } },
      {
        id: 'heat-count', type: 'symbol', source: SQUARES, minzoom: 12.5, filter: ['>', ['get', 'count'], 1],
        layout: { 'text-field': ['to-string', ['get', 'count']], 'text-font': MEDIUM, 'text-size': 12 },
        paint: { 'text-color': ink['map-text'], 'text-halo-color': ink['map-halo'], 'text-halo-width': 1.6 },
      },
    ];
  }

  async read({ map, seat, nowMs }: Reading): Promise<string> {
    const since = new Date(nowMs - HOURS * 3_600_000).toISOString();
    const found: Incident[] = [];
    let after: string | null = null;
    do {
      const page: { items: Incident[]; next: string | null } = await seat.api.get(`/incidents?since=${since}&limit=${PAGE}${after ? `&after=${after}` : ''}`);
      found.push(...page.items);
      after = page.next;
    } while (after && found.length < MOST);
    const counted = squares(found.flatMap(({ place }) => (place?.lon == null ? [] : [[place.lon, place.lat!] as const])), SIDE_M);
    const most = Math.max(1, ...counted.map((one) => one.count));
    fill(map, SQUARES, counted.map(({ west, south, east, north, count }) => feature(
      { type: 'Polygon', coordinates: [[[west, south], [east, south], [east, north], [west, north], [west, south]]] },
      { count, share: most > 1 ? (count - 1) / (most - 1) : 0 },
    )));
    return after ? t('most', { hours: HOURS, n: found.length }) : t('of', { hours: HOURS, n: found.length });
  }
}
