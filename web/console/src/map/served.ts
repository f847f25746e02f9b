// How soon the next call would be served, cell by cell of this room's ground, from where the free units stand or are asked to stand by.
// Cells are drawn as one outline each step; what is said of them elsewhere are names.

import type { Position } from 'geojson';
import type { LayerSpecification } from 'maplibre-gl';
import { speaker } from '../core/language.svelte';
import type { components } from '../core/schema';
import { clockText } from '../core/text';
import { rounded, type Spot } from './geometry';
import { feature, fill, type Feature, type Fetched, type Reading } from './overlay';
import type { Ink } from './palette';

type Shown = components['schemas']['GroundShown'];
const SERVED = 'served';
/** Steps: within 1, 3, 5 minutes, later. The later the fuller, since that is what one looks for. */
export const STRENGTH = [0.06, 0.14, 0.26, 0.42] as const;
const OPACITY = ['match', ['get', 'step'], 0, STRENGTH[0], 1, STRENGTH[1], 2, STRENGTH[2], STRENGTH[3]] as unknown as number;
export const words = { wait: ['下一警预计等 {s}', 'next call waits {s}'], none: ['暂无数据', 'nothing known'] } as const;
const t = speaker(words);

export class Served implements Fetched {
  readonly group = 'served';
  readonly everyS = 30;
  readonly nouns = [];
  readonly below = new Set(['served-area']);

  layers(ink: Ink): LayerSpecification[] {
    return [{ id: 'served-area', type: 'fill', source: SERVED, paint: { 'fill-color': ink.heat, 'fill-opacity': OPACITY, 'fill-antialias': false } }];
  }

  async read({ map, seat }: Reading): Promise<string> {
    const [{ cellsToMultiPolygon }, shown] = await Promise.all([import('h3-js'), seat.api.get<Shown>('/coverage/now')]);
    const outline = (cells: readonly string[], step: number): Feature[] =>
      (cellsToMultiPolygon([...cells], true) as Spot[][][]).map((polygon) =>
        feature({ type: 'Polygon', coordinates: polygon.map((one) => rounded(one) as Position[]) }, { step }));
    fill(map, SERVED, shown.served.flatMap((one, step) => outline(one.cells, step)));
    return shown.wait_s === null ? t('none') : t('wait', { s: clockText(shown.wait_s) });
  }
}
