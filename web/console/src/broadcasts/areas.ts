// The areas of an audience as they are chosen: rings of a typed radius around a point, what was drawn on the map, and areas that
// have a name already. Pure.

import type { Geometry } from 'geojson';
import type { Audience } from '../core/types';
import { circle, type Spot } from '../map/geometry';

type Asked = NonNullable<Audience['areas']>[number];

export type AreaDraft =
  | { kind: 'ring'; name: string; lon: number; lat: number; radiusM: number; innerM?: number }
  | { kind: 'shape'; name: string; geometry: Geometry };

/** As much as the server takes. */
export const MOST_AREAS = 20;
export const FURTHEST_M = 100_000;
const UNITS: Readonly<Record<string, number>> = { '': 1, m: 1, 米: 1, km: 1000, 公里: 1000, 千米: 1000 };

/** Metres out of what was typed: `800`, `800米`, `1.5 km`, `2公里`. null: no radius. */
export function radiusOf(text: string): number | null {
  const told = /^(\d+(?:[.,]\d+)?)\s*(m|km|米|公里|千米)?$/i.exec(text.trim());
  if (!told) return null;
  const metres = Math.round(Number(told[1]!.replace(',', '.')) * UNITS[(told[2] ?? '').toLowerCase()]!);
  return metres > 0 && metres <= FURTHEST_M ? metres : null;
}

/** As the server is asked. */
export const askedOf = (area: AreaDraft): Asked =>
  (area.kind === 'ring' ? { lon: area.lon, lat: area.lat, radius_m: area.radiusM, ...(area.innerM ? { inner_m: area.innerM } : {}) } : { geometry: area.geometry }) as unknown as Asked;

/** As it is drawn on the map. */
export const outlineOf = (area: AreaDraft): Geometry =>
  area.kind === 'ring' ? { type: 'Polygon', coordinates: [circle([area.lon, area.lat], area.radiusM), ...(area.innerM ? [circle([area.lon, area.lat], area.innerM).reverse()] : [])] } : area.geometry;

/** What was clicked so far as an area; null while it is none. */
export const shapeOf = (corners: readonly Spot[]): Geometry | null =>
  corners.length > 2 ? { type: 'Polygon', coordinates: [[...corners, corners[0]!]] } : null;

/** The areas of a broadcast that is written anew. name: what one without a name is called. */
export const draftsOf = (areas: readonly Asked[], name: (n: number) => string): AreaDraft[] =>
  areas.map((area, n) => (area.geometry
    ? { kind: 'shape', name: name(n + 1), geometry: area.geometry as unknown as Geometry }
    : { kind: 'ring', name: name(n + 1), lon: area.lon!, lat: area.lat!, radiusM: area.radius_m!, innerM: area.inner_m ?? 0 }));
