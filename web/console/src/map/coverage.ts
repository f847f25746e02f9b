// How far the free units get in 1, 3 and 5 minutes 快反圈, and where nobody is in time. The server answers in cells; on the screen they
// are one outline each, with their corners rounded off.

import type { Position } from 'geojson';
import type { LayerSpecification } from 'maplibre-gl';
import { speaker } from '../core/language.svelte';
import type { components } from '../core/schema';
import { momentText } from '../core/text';
import { rounded, type Spot } from './geometry';
import { feature, fill, type Feature, type Fetched, type Reading } from './overlay';
import type { Ink } from './palette';

type Shown = components['schemas']['CoverageShown'];
const RINGS = 'coverage';
export const MINUTES = [1, 3, 5] as const;
const OPACITY = ['match', ['get', 'ring'], 0, 0.42, 1, 0.24, 0.11] as unknown as number;
/** The ring of auxiliaries 群防群治力量, who are counted apart: an outline of its own, no shade. */
const BESIDE = 9;
export const words = { at: ['{n} 个空闲单元，{at}', '{n} free units, {at}'], both: ['{n} 个空闲单元，群防 {helpers}，{at}', '{n} free units, {helpers} auxiliaries, {at}'] } as const;
const t = speaker(words);

export class Coverage implements Fetched {
  readonly group = 'coverage';
  readonly everyS = 60;
  readonly nouns = [];
  readonly below = new Set(['coverage-area', 'coverage-gap', 'coverage-edge', 'coverage-beside']);

  layers(ink: Ink): LayerSpecification[] {
    return [
      { id: 'coverage-area', type: 'fill', source: RINGS, filter: ['all', ['>=', ['get', 'ring'], 0], ['<', ['get', 'ring'], BESIDE]], paint: { 'fill-color': ink.cover, 'fill-opacity': OPACITY, 'fill-antialias': false } },
      { id: 'coverage-gap', type: 'fill', source: RINGS, filter: ['<', ['get', 'ring'], 0], paint: { 'fill-color': ink.crit, 'fill-opacity': 0.2 } },
      { id: 'coverage-edge', type: 'line', source: RINGS, filter: ['<', ['get', 'ring'], 0], paint: { 'line-color': ink['crit-text'], 'line-width': 1.2, 'line-dasharray': ['literal', [3, 2]] } },
      { id: 'coverage-beside', type: 'line', source: RINGS, filter: ['==', ['get', 'ring'], BESIDE], paint: { 'line-color': ink.limit, 'line-width': 1.6, 'line-dasharray': ['literal', [1, 1]] } },
    ];
  }

  async read({ map, seat }: Reading): Promise<string> {
    const [{ cellsToMultiPolygon }, shown] = await Promise.all([import('h3-js'), seat.api.get<Shown>(`/coverage?minutes=${MINUTES.join(',')}`)]);
    const outline = (cells: readonly string[], ring: number): Feature[] =>
      (cellsToMultiPolygon([...cells], true) as Spot[][][]).map((polygon) =>
        feature({ type: 'Polygon', coordinates: polygon.map((one) => rounded(one) as Position[]) }, { ring }));
    fill(map, RINGS, [...outline(shown.gaps, -1), ...shown.rings.flatMap((one, n) => outline(one.cells, n)), ...shown.auxiliary.flatMap((one) => outline(one.cells, BESIDE))]);
    return t(shown.auxiliaries ? 'both' : 'at', { n: shown.units, helpers: shown.auxiliaries, at: momentText(shown.computed_at).slice(0, 5) });
  }
}
