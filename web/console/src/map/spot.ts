// The spot that was asked about: a small ring, while the card about it is open.

import type { LayerSpecification, Map as GlMap } from 'maplibre-gl';
import type { Spot } from './geometry';
import { fill, point, type Overlay } from './overlay';
import type { Ink } from './palette';

const ASKED = 'asked';

export class Asked implements Overlay {
  readonly group = 'asked';

  layers(ink: Ink): LayerSpecification[] {
    return [
      { id: 'asked-edge', type: 'circle', source: ASKED, paint: { 'circle-radius': 8, 'circle-color': 'rgba(0, 0, 0, 0)', 'circle-stroke-color': ink['map-edge'], 'circle-stroke-width': 4, 'circle-stroke-opacity': 0.6 } },
      { id: 'asked-ring', type: 'circle', source: ASKED, paint: { 'circle-radius': 8, 'circle-color': 'rgba(0, 0, 0, 0)', 'circle-stroke-color': ink['map-text'], 'circle-stroke-width': 2 } },
      { id: 'asked-dot', type: 'circle', source: ASKED, paint: { 'circle-radius': 1.8, 'circle-color': ink['map-text'] } },
    ];
  }

  show(map: GlMap, spot: Spot | null): void {
    fill(map, ASKED, spot ? [point(...spot)] : []);
  }
}
