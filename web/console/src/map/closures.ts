// Roads that are closed or slow 封路: areas, stretches and spots with their name and until when.

import type { Geometry, Position } from 'geojson';
import type { LayerSpecification } from 'maplibre-gl';
import { speaker } from '../core/language.svelte';
import type { components } from '../core/schema';
import type { Spot } from './geometry';
import { innerSpot } from './inner';
import { feature, fill, point, type Fetched, type Reading } from './overlay';
import type { Ink } from './palette';
import { MEDIUM } from './style';

type Closure = components['schemas']['ClosureShown'];
const CLOSED = 'closures';
export const words = { until: ['至 {at}', 'until {at}'], planned: ['计划', 'planned'] } as const;
const t = speaker(words);

export class Closures implements Fetched {
  readonly group = 'closures';
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
      { id: 'closure-spot', type: 'circle', source: CLOSED, filter: ['all', ['==', ['geometry-type'], 'Point'], ['!', ['has', 'text']]], paint: { 'circle-radius': 6, 'circle-color': ink['map-halo'], 'circle-stroke-color': tint, 'circle-stroke-width': 3 } },
      {
        id: 'closure-name', type: 'symbol', source: CLOSED, minzoom: 11, filter: ['has', 'text'],
        layout: {
          'text-field': ['get', 'text'], 'text-font': MEDIUM, 'text-size': 12, 'text-max-width': 14, 'text-variable-anchor': ['top', 'bottom', 'left', 'right'],
          'text-radial-offset': 0.8, 'text-justify': 'auto', 'text-overlap': 'always',
        },
        paint: { 'text-color': ['match', ['get', 'kind'], 'slowed', ink['scene-text'], ink['crit-text']], 'text-halo-color': ink['map-halo'], 'text-halo-width': 1.8 },
      },
    ];
  }

  async read({ map, seat }: Reading): Promise<string> {
    const { items } = await seat.api.get<{ items: Closure[] }>('/closures?limit=500');
    fill(map, CLOSED, items.flatMap((one) => {
      const geometry = one.geometry as unknown as Geometry;
      const spot = nameSpot(geometry);
      const said = { kind: one.kind, planned: one.state === 'planned' };
      return [feature(geometry, said), ...(spot ? [point(...spot, { ...said, text: closureText(one) })] : [])];
    }));
    return items.length ? String(items.length) : '';
  }
}

/** Where its name stands: well inside its largest area; of lines on the middle corner of the longest, so that it lies on what is meant. */
export function nameSpot(geometry: Geometry): Spot | null {
  if (geometry.type === 'GeometryCollection') return geometry.geometries.map(nameSpot).find((spot) => spot) ?? null;
  if (geometry.type === 'Polygon' || geometry.type === 'MultiPolygon') return innerSpot(geometry);
  const lines: Position[][] = [];
  const gather = (part: unknown): void => {
    if (!Array.isArray(part) || !part.length) return;
    if (typeof part[0] === 'number') lines.push([part as Position]);
    else if (typeof (part[0] as unknown[])[0] === 'number') lines.push(part as Position[]);
    else part.forEach(gather);
  };
  gather(geometry.coordinates);
  const longest = lines.sort((a, b) => b.length - a.length)[0];
  const middle = longest?.[Math.floor(longest.length / 2)];
  return middle ? [middle[0]!, middle[1]!] : null;
}

/** Its name and until when, as it stands on the map. */
export function closureText(one: Pick<Closure, 'name' | 'until' | 'state'>): string {
  const at = one.until ? new Date(one.until).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' }) : '';
  return [one.name, one.state === 'planned' ? t('planned') : '', at && t('until', { at })].filter(Boolean).join(' · ');
}
