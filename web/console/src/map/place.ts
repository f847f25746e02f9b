// How well a place is known: the circle of its accuracy, around the pin that is being set or the place of the selected incident.

import type { LayerSpecification, Map as GlMap } from 'maplibre-gl';
import { circle } from './geometry';
import { feature, fill, type Overlay } from './overlay';
import type { Ink } from './palette';

const CIRCLES = 'accuracy';

export interface Known {
  lon: number;
  lat: number;
  accuracy_m?: number | null | undefined;
}

export class Accuracy implements Overlay {
  readonly group = 'place';
  readonly below = new Set(['accuracy-area', 'accuracy-edge']);

  layers(ink: Ink): LayerSpecification[] {
    return [
      { id: 'accuracy-area', type: 'fill', source: CIRCLES, paint: { 'fill-color': ink.accent, 'fill-opacity': 0.1 } },
      { id: 'accuracy-edge', type: 'line', source: CIRCLES, paint: { 'line-color': ink.accent, 'line-width': 1.4, 'line-opacity': 0.8 } },
    ];
  }

  show(map: GlMap, places: readonly Known[]): void {
    fill(map, CIRCLES, places
      .filter((one) => (one.accuracy_m ?? 0) > 0)
      .map((one) => feature({ type: 'Polygon', coordinates: [circle([one.lon, one.lat], one.accuracy_m!)] })));
  }
}
