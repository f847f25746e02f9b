// Beats 巡段: the ground that one patrol goes round on, as the city's bundle has it.

import type { FeatureCollection } from 'geojson';
import type { LayerSpecification } from 'maplibre-gl';
import { fill, type Feature, type Fetched, type Reading } from './overlay';
import type { Ink } from './palette';
import { REGULAR } from './style';

const BEATS = 'beats';

export class Beats implements Fetched {
  readonly group = 'beats';
  readonly sources = [BEATS];
  readonly everyS = 3600;
  readonly nouns = ['city'];
  readonly below = new Set(['beat-edge']);

  layers(ink: Ink): LayerSpecification[] {
    return [
      { id: 'beat-edge', type: 'line', source: BEATS, paint: { 'line-color': ink.limit, 'line-width': 1, 'line-opacity': 0.75, 'line-dasharray': ['literal', [1, 2]] } },
      {
        id: 'beat-name', type: 'symbol', source: BEATS, minzoom: 12.5,
        layout: { 'text-field': ['get', 'name'], 'text-font': REGULAR, 'text-size': 11, 'text-max-width': 8 },
        paint: { 'text-color': ink.limit, 'text-halo-color': ink['map-halo'], 'text-halo-width': 1.4 },
      },
    ];
  }

  async read({ map, seat }: Reading): Promise<string> {
    const beats = await seat.api.get<FeatureCollection>('/admin/beats.geojson');
    fill(map, BEATS, beats.features as Feature[]);
    return String(beats.features.length || '');
  }
}
