// How far it is: clicked points, the line between them, its length.

import type { LayerSpecification, Map as GlMap } from 'maplibre-gl';
import { distanceText } from '../core/text';
import { lengthM, type Spot } from './geometry';
import { feature, fill, point, type Overlay } from './overlay';
import type { Ink } from './palette';
import { BOLD } from './style';

const LINE = 'measure';

export class Measure implements Overlay {
  readonly group = 'measure';
  private spots: Spot[] = [];

  layers(ink: Ink): LayerSpecification[] {
    return [
      { id: 'measure-line', type: 'line', source: LINE, filter: ['==', ['geometry-type'], 'LineString'], paint: { 'line-color': ink['map-text'], 'line-width': 2, 'line-dasharray': ['literal', [2, 1.5]] } },
      { id: 'measure-spot', type: 'circle', source: LINE, filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-radius': 3.5, 'circle-color': ink['map-halo'], 'circle-stroke-color': ink['map-text'], 'circle-stroke-width': 2 } },
      {
        id: 'measure-text', type: 'symbol', source: LINE, filter: ['==', ['geometry-type'], 'Point'],
        layout: { 'text-field': ['get', 'far'], 'text-font': BOLD, 'text-size': 12, 'text-anchor': 'left', 'text-offset': [0.7, 0], 'text-allow-overlap': true, 'text-ignore-placement': true },
        paint: { 'text-color': ink['map-text'], 'text-halo-color': ink['map-halo'], 'text-halo-width': 2 },
      },
    ];
  }

  /** Metres so far. */
  get lengthM(): number {
    return lengthM(this.spots);
  }

  add(map: GlMap, spot: Spot): void {
    this.set(map, [...this.spots, spot]);
  }

  undo(map: GlMap): void {
    this.set(map, this.spots.slice(0, -1));
  }

  clear(map: GlMap): void {
    this.set(map, []);
  }

  private set(map: GlMap, spots: Spot[]): void {
    this.spots = spots;
    fill(map, LINE, [
      ...(spots.length > 1 ? [feature({ type: 'LineString', coordinates: spots })] : []),
      ...spots.map(([lon, lat], n) => point(lon, lat, { far: n ? distanceText(lengthM(spots.slice(0, n + 1))) : '' })),
    ]);
  }
}
