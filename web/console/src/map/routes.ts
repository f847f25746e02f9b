// The ways of proposed units to the selected incident: what would be sent is solid, the others thin; a unit without a road gets a
// dashed straight line. Also the lines from the units that are on it.

import type { LayerSpecification, Map as GlMap } from 'maplibre-gl';
import { feature, fill, type Overlay } from './overlay';
import type { Ink } from './palette';

const WAYS = 'ways';

export interface RouteDrawn {
  unit_id: string;
  line: [lon: number, lat: number][];
  painted: boolean;
}

export class Routes implements Overlay {
  readonly group = 'routes';

  layers(ink: Ink): LayerSpecification[] {
    const round = { 'line-cap': 'round', 'line-join': 'round' } as const;
    const kind = (name: string): ['==', ['get', string], string] => ['==', ['get', 'kind'], name];
    return [
      { id: 'way-thin', type: 'line', source: WAYS, filter: kind('thin'), layout: round, paint: { 'line-color': ink.accent, 'line-width': 2, 'line-opacity': 0.45 } },
      { id: 'way-edge', type: 'line', source: WAYS, filter: kind('painted'), layout: round, paint: { 'line-color': ink['map-edge'], 'line-width': 7, 'line-opacity': 0.55 } },
      { id: 'way-painted', type: 'line', source: WAYS, filter: kind('painted'), layout: round, paint: { 'line-color': ink.accent, 'line-width': 4.2 } },
      { id: 'way-link', type: 'line', source: WAYS, filter: kind('link'), paint: { 'line-color': ink.accent, 'line-width': 1.6, 'line-opacity': 0.8, 'line-dasharray': ['literal', [3, 2.5]] } },
    ];
  }

  /** links: straight lines to the units at work on the selected incident. */
  show(map: GlMap, routes: readonly RouteDrawn[], links: readonly [number, number][][]): void {
    const drawn = (line: readonly [number, number][], kind: string) => feature({ type: 'LineString', coordinates: line.map((spot) => [...spot]) }, { kind });
    fill(map, WAYS, [
      ...links.filter((line) => line.length > 1).map((line) => drawn(line, 'link')),
      ...routes.filter(({ line }) => line.length > 1).map(({ line, painted }) => drawn(line, painted ? 'painted' : 'thin')),
    ]);
  }
}
