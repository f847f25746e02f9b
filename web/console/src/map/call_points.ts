// Call points 一键报警点: a small square each, a ring around one whose press is being answered, amber where one is amiss; its cameras
// are dots beside it.

import type { LayerSpecification, Map as GlMap } from 'maplibre-gl';
import { speaker } from '../core/language.svelte';
import type { CallPoint } from '../core/reference';
import type { components } from '../core/schema';
import type { Incident } from '../core/types';
import { projector, type View } from './mercator';
import { fill, point, Same, type Fetched, type Reading } from './overlay';
import type { Ink } from './palette';
import { REGULAR } from './style';

const POINTS = 'call-points';
export const words = { amiss: ['{n} 个异常', '{n} amiss'] } as const;
const t = speaker(words);
/** A call point with the health of its device. */
export type Ailing = components['schemas']['CallPointShown'];

export class CallPoints implements Fetched {
  readonly group = 'call_points';
  readonly everyS = 60;
  readonly nouns = ['call_point'];
  /** Those that are not well, by id. */
  ailing: ReadonlyMap<string, Ailing> = new Map();
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
        paint: { 'circle-radius': 2.2, 'circle-color': ink['map-dim'], 'circle-translate': [8, -5] },
      },
      {
        id: 'call-point-name', type: 'symbol', source: POINTS, minzoom: 15.5,
        layout: { 'text-field': ['get', 'name'], 'text-font': REGULAR, 'text-size': 11, 'text-anchor': 'top', 'text-offset': [0, 0.7], 'text-max-width': 9, 'symbol-sort-key': 5 },
        paint: { 'text-color': ink['map-dim'], 'text-halo-color': ink['map-halo'], 'text-halo-width': 1.4 },
      },
    ];
  }

  /** Which of their devices are not well; they are drawn with the next look at the picture. */
  async read({ seat }: Reading): Promise<string> {
    const { items } = await seat.api.get<{ items: Ailing[] }>('/call-points?state=alert&limit=500');
    this.ailing = new Map(items.map((one) => [one.id, one]));
    return items.length ? t('amiss', { n: items.length }) : '';
  }

  show(map: GlMap, points: readonly CallPoint[], incidents: Iterable<Incident>): void {
    const pressed = pressedOf(incidents);
    if (!this.same.changed([points, this.ailing, ...[...pressed].sort()])) return;
    fill(map, POINTS, points.map((one) => point(one.lon, one.lat, {
      id: one.id, name: one.name, amiss: this.ailing.has(one.id), pressed: pressed.has(one.id), cameras: one.cameras.length > 0,
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

const POINTS_FROM_ZOOM = 12;
const REACH_PX = 9;

/** The nearest call point under a point of the screen; null when none, and from so far that none is drawn. */
export function callPointAt(points: readonly CallPoint[], view: View, [x, y]: readonly [number, number]): CallPoint | null {
  if (view.zoom < POINTS_FROM_ZOOM) return null;
  const project = projector(view);
  let [found, nearest]: [CallPoint | null, number] = [null, REACH_PX];
  for (const one of points) {
    const [px, py] = project(one.lon, one.lat);
    const far = Math.hypot(px - x, py - y);
    if (far <= nearest) [found, nearest] = [one, far];
  }
  return found;
}
