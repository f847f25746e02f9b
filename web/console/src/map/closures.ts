// Roads that are closed or slow 封路: areas, stretches and spots with their name and until when.

import type { Geometry } from 'geojson';
import type { LayerSpecification } from 'maplibre-gl';
import { speaker } from '../core/language.svelte';
import type { components } from '../core/schema';
import { feature, fill, type Fetched, type Reading } from './overlay';
import type { Ink } from './palette';
import { MEDIUM } from './style';

type Closure = components['schemas']['ClosureShown'];
const CLOSED = 'closures';
export const words = { until: ['至 {at}', 'until {at}'], planned: ['计划', 'planned'] } as const;
const t = speaker(words);

export class Closures implements Fetched {
  readonly group = 'closures';
  readonly sources = [CLOSED];
  readonly everyS = 300;
  readonly nouns = ['closure'];
  readonly below = new Set(['closure-area', 'closure-edge']);

  layers(ink: Ink): LayerSpecification[] {
    const tint = ['match', ['get', 'kind'], 'slowed', ink.scene, ink.crit] as unknown as string;
    return [
      { id: 'closure-area', type: 'fill', source: CLOSED, filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': tint, 'fill-opacity': ['case', ['get', 'planned'], 0.06, 0.16] } },
      {
        id: 'closure-edge', type: 'line', source: CLOSED, filter: ['!=', ['geometry-type'], 'Point'],
        paint: { 'line-color': tint, 'line-width': ['match', ['geometry-type'], 'LineString', 5, 2], 'line-dasharray': ['literal', [1.2, 0.9]], 'line-opacity': ['case', ['get', 'planned'], 0.45, 0.9] },
      },
      { id: 'closure-spot', type: 'circle', source: CLOSED, filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-radius': 6, 'circle-color': ink['map-halo'], 'circle-stroke-color': tint, 'circle-stroke-width': 3 } },
      {
        id: 'closure-name', type: 'symbol', source: CLOSED, minzoom: 11,
        layout: { 'text-field': ['get', 'text'], 'text-font': MEDIUM, 'text-size': 12, 'text-anchor': 'top', 'text-offset': [0, 0.7], 'text-max-width': 14 },
        paint: { 'text-color': ['match', ['get', 'kind'], 'slowed', ink['scene-text'], ink['crit-text']], 'text-halo-color': ink['map-halo'], 'text-halo-width': 1.8 },
      },
    ];
  }

  async read({ map, seat }: Reading): Promise<string> {
    const { items } = await seat.api.get<{ items: Closure[] }>('/closures?limit=500');
    fill(map, CLOSED, items.map((one) => feature(one.geometry as unknown as Geometry, { kind: one.kind, planned: one.state === 'planned', text: closureText(one) })));
    return items.length ? String(items.length) : '';
  }
}

/** Its name and until when, as it stands on the map. */
export function closureText(one: Pick<Closure, 'name' | 'until' | 'state'>): string {
  const at = one.until ? new Date(one.until).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' }) : '';
  return [one.name, one.state === 'planned' ? t('planned') : '', at && t('until', { at })].filter(Boolean).join(' · ');
}
