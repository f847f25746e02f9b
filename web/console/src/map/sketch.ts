// What somebody is drawing or choosing just now: areas, and the corners of the one that is being clicked. It has no switch.

import type { Geometry } from 'geojson';
import type { LayerSpecification, Map as GlMap } from 'maplibre-gl';
import { feature, fill, point, Same, type Overlay } from './overlay';
import type { Ink } from './palette';

const SKETCH = 'sketch';

export interface Sketched {
  areas: readonly Geometry[];
  corners: readonly (readonly [number, number])[];
}

export const NOTHING_SKETCHED: Sketched = { areas: [], corners: [] };

export class Sketch implements Overlay {
  readonly group = 'sketch';
  readonly below = new Set(['sketch-area']);
  private readonly same = new Same();

  layers(ink: Ink): LayerSpecification[] {
    return [
      { id: 'sketch-area', type: 'fill', source: SKETCH, filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': ink.event, 'fill-opacity': 0.2 } },
      { id: 'sketch-edge', type: 'line', source: SKETCH, filter: ['!=', ['geometry-type'], 'Point'], paint: { 'line-color': ink.event, 'line-width': 3, 'line-dasharray': ['literal', [4, 1.5]] } },
      { id: 'sketch-corner', type: 'circle', source: SKETCH, filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-radius': 5, 'circle-color': ink['map-halo'], 'circle-stroke-color': ink.event, 'circle-stroke-width': 2 } },
    ];
  }

  show(map: GlMap, { areas, corners }: Sketched): void {
    if (!this.same.changed([...areas, '', ...corners])) return;
    fill(map, SKETCH, [...areas.map((area) => feature(area)), ...corners.map(([lon, lat]) => point(lon, lat))]);
  }
}
