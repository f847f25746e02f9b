// Standing facts of places 地点须知 that are about nobody: a triangle where one warns, a dot where it informs, the area it holds in.

import type { Geometry } from 'geojson';
import type { LayerSpecification } from 'maplibre-gl';
import { speaker, wording } from '../core/language.svelte';
import type { components } from '../core/schema';
import { nameSpot } from './closures';
import { circle } from './geometry';
import { feature, fill, point, type Feature, type Fetched, type Reading } from './overlay';
import type { Ink } from './palette';
import { BOLD, MEDIUM } from './style';

type Fact = components['schemas']['FactOnMap'];
const FACTS = 'standing-facts';
/** As many as the server tells at once. */
const MOST = 2_000;
export const words = { more: ['仅显示 {n} 条，请放大', 'the first {n}: zoom in'] } as const;
const t = speaker(words);

export class StandingFacts implements Fetched {
  readonly group = 'facts';
  readonly sources = [FACTS];
  readonly everyS = 300;
  readonly nouns = ['standing_fact'];
  readonly below = new Set(['fact-area', 'fact-edge']);

  layers(ink: Ink): LayerSpecification[] {
    const tint = ['case', ['get', 'warns'], ink.crit, ink['map-dim']] as unknown as string;
    return [
      { id: 'fact-area', type: 'fill', source: FACTS, minzoom: 13, filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': tint, 'fill-opacity': 0.12 } },
      { id: 'fact-edge', type: 'line', source: FACTS, minzoom: 13, filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'line-color': tint, 'line-width': 1.2, 'line-opacity': 0.7 } },
      {
        id: 'fact-sign', type: 'symbol', source: FACTS, minzoom: 11, filter: ['==', ['geometry-type'], 'Point'],
        layout: { 'text-field': ['case', ['get', 'warns'], '▲', '●'], 'text-font': BOLD, 'text-size': ['case', ['get', 'warns'], 15, 9], 'text-overlap': 'always', 'symbol-sort-key': ['case', ['get', 'warns'], 1, 0] },
        paint: { 'text-color': ['case', ['get', 'warns'], ink['crit-text'], ink['map-text']], 'text-halo-color': ink['map-halo'], 'text-halo-width': 1.8 },
      },
      {
        id: 'fact-name', type: 'symbol', source: FACTS, minzoom: 14.5, filter: ['==', ['geometry-type'], 'Point'],
        layout: { 'text-field': ['get', 'text'], 'text-font': MEDIUM, 'text-size': 11, 'text-anchor': 'top', 'text-offset': [0, 0.8], 'text-max-width': 10 },
        paint: { 'text-color': ['case', ['get', 'warns'], ink['crit-text'], ink['map-text']], 'text-halo-color': ink['map-halo'], 'text-halo-width': 1.6 },
      },
    ];
  }

  async read({ map, seat }: Reading): Promise<string> {
    const bounds = map.getBounds();
    const within = (degrees: number, most: number): string => Math.max(-most, Math.min(most, degrees)).toFixed(5);
    const box = new URLSearchParams({ west: within(bounds.getWest(), 180), south: within(bounds.getSouth(), 90), east: within(bounds.getEast(), 180), north: within(bounds.getNorth(), 90) });
    const { items } = await seat.api.get<{ items: Fact[] }>(`/standing-facts/map?${box}`);
    fill(map, FACTS, items.flatMap(drawn));
    return items.length >= MOST ? t('more', { n: MOST }) : items.length ? String(items.length) : '';
  }
}

/** The area one holds in, and its sign in the middle of it. */
export function drawn({ area, severity, name }: Pick<Fact, 'area' | 'severity' | 'name'>): Feature[] {
  const said = { warns: severity === 'warns', text: wording(name) };
  if (area.geometry) {
    const geometry = area.geometry as unknown as Geometry;
    const spot = nameSpot(geometry);
    return [feature(geometry, said), ...(spot ? [point(...spot, said)] : [])];
  }
  const [lon, lat] = [area.lon!, area.lat!];
  return [feature({ type: 'Polygon', coordinates: [circle([lon, lat], area.radius_m!)] }, said), point(lon, lat, said)];
}
