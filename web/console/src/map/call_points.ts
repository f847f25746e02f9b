// Call points 一键报警点: a small square each, a ring around one whose press is being answered, amber where one is amiss; its cameras
// are dots beside it.

import type { LayerSpecification, Map as GlMap } from 'maplibre-gl';
import type { CallPoint } from '../core/reference';
import type { Incident } from '../core/types';
import { fill, point, Same, type Overlay } from './overlay';
import type { Ink } from './palette';
import { REGULAR } from './style';

const POINTS = 'call-points';
const AMISS = new Set(['fault', 'silent', 'low_battery']);

export class CallPoints implements Overlay {
  readonly group = 'call_points';
  readonly sources = [POINTS];
  private readonly same = new Same();

  layers(ink: Ink): LayerSpecification[] {
    return [
      {
        id: 'call-point-ring', type: 'circle', source: POINTS, filter: ['==', ['get', 'pressed'], true],
        paint: { 'circle-radius': 13, 'circle-color': ink.crit, 'circle-opacity': 0.18, 'circle-stroke-color': ink.crit, 'circle-stroke-width': 2.5 },
      },
      {
        id: 'call-point', type: 'circle', source: POINTS, minzoom: 12,
        paint: {
          'circle-radius': ['interpolate', ['linear'], ['zoom'], 12, 1.8, 16, 4],
          'circle-color': ['case', ['get', 'amiss'], ink.scene, ink['map-ground']],
          'circle-stroke-color': ['case', ['get', 'amiss'], ink.scene, ink['map-point']], 'circle-stroke-width': 1.3,
        },
      },
      {
        id: 'call-point-camera', type: 'circle', source: POINTS, minzoom: 15, filter: ['==', ['get', 'cameras'], true],
        paint: { 'circle-radius': 1.6, 'circle-color': ink['map-point'], 'circle-translate': [8, -5] },
      },
      {
        id: 'call-point-name', type: 'symbol', source: POINTS, minzoom: 15.5,
        layout: { 'text-field': ['get', 'name'], 'text-font': REGULAR, 'text-size': 11, 'text-anchor': 'top', 'text-offset': [0, 0.7], 'text-max-width': 9, 'symbol-sort-key': 5 },
        paint: { 'text-color': ink['map-dim'], 'text-halo-color': ink['map-halo'], 'text-halo-width': 1.4 },
      },
    ];
  }

  show(map: GlMap, points: readonly CallPoint[], incidents: Iterable<Incident>): void {
    const pressed = pressedOf(incidents);
    if (!this.same.changed([points, ...[...pressed].sort()])) return;
    fill(map, POINTS, points.map((one) => point(one.lon, one.lat, {
      id: one.id, name: one.name, amiss: AMISS.has(one.state), pressed: pressed.has(one.id), cameras: one.cameras.length > 0,
    })));
  }
}

/** Call points whose press nobody has dealt with yet. */
export function pressedOf(incidents: Iterable<Incident>): Set<string> {
  const pressed = new Set<string>();
  for (const { call_point_id: id, press, state } of incidents) {
    if (id && press && (press.state === 'ringing' || (press.state === 'unanswered' && state === 'received'))) pressed.add(id);
  }
  return pressed;
}
