// Cameras that video patrols watch: a dot each, hollow where nobody looks, with its name and who watches it beside it from near.

import type { LayerSpecification } from 'maplibre-gl';
import { coverageOf, type Camera } from '../core/cameras';
import { listing, named, speaker } from '../core/language.svelte';
import { cameraFaults, cameraStates } from '../words/cameras';
import { projector, type View } from './mercator';
import { fill, point, type Fetched, type Reading } from './overlay';
import type { Ink } from './palette';
import { REGULAR } from './style';

const CAMERAS = 'cameras';
const FROM_ZOOM = 12;
const REACH_PX = 9;
export const words = { watched: ['{on}/{all} 有人看', '{on} of {all} watched'] } as const;
const t = speaker(words);

export class Cameras implements Fetched {
  readonly group = 'cameras';
  readonly sources = [CAMERAS];
  readonly everyS = 30;
  readonly nouns = ['camera', 'camera_watch', 'city'];
  /** As last read, for whoever points at one. */
  all: readonly Camera[] = [];

  layers(ink: Ink): LayerSpecification[] {
    const state = ['get', 'state'];
    const watched = ['match', state, 'watched', ink['map-point'], ink['map-ground']] as unknown as string;
    const edge = ['match', state, 'watched', ink['map-text'], 'out_of_order', ink.crit, ink.scene] as unknown as string;
    return [
      { id: 'camera', type: 'circle', source: CAMERAS, minzoom: FROM_ZOOM, paint: { 'circle-radius': ['interpolate', ['linear'], ['zoom'], 12, 2.4, 16, 5], 'circle-color': watched, 'circle-stroke-color': edge, 'circle-stroke-width': 1.6 } },
      {
        id: 'camera-name', type: 'symbol', source: CAMERAS, minzoom: 15,
        layout: { 'text-field': ['get', 'text'], 'text-font': REGULAR, 'text-size': 11, 'text-anchor': 'bottom', 'text-offset': [0, -0.7], 'text-max-width': 10, 'symbol-sort-key': ['get', 'priority'] },
        paint: { 'text-color': ink['map-dim'], 'text-halo-color': ink['map-halo'], 'text-halo-width': 1.4 },
      },
    ];
  }

  async read({ map, seat }: Reading): Promise<string> {
    this.all = (await seat.api.get<{ items: Camera[] }>('/cameras')).items;
    fill(map, CAMERAS, this.all.map((one) => point(one.lon, one.lat, { id: one.id, state: one.state, priority: one.priority, text: `${one.name}\n${saidOf(one)}` })));
    const { all, watched } = coverageOf(this.all);
    return all ? t('watched', { on: watched, all }) : '';
  }

  /** The nearest camera under a point of the screen; null when none, and from so far that none is drawn. */
  at(view: View, [x, y]: readonly [number, number]): Camera | null {
    if (view.zoom < FROM_ZOOM) return null;
    const project = projector(view);
    let [found, nearest]: [Camera | null, number] = [null, REACH_PX];
    for (const one of this.all) {
      const [px, py] = project(one.lon, one.lat);
      const far = Math.hypot(px - x, py - y);
      if (far <= nearest) [found, nearest] = [one, far];
    }
    return found;
  }
}

/** Who watches it, or why nobody does. */
export function saidOf(camera: Camera): string {
  if (camera.fault) return named(cameraFaults, camera.fault);
  return camera.state === 'watched' ? listing(camera.watchers.map(({ call_sign }) => call_sign)) : named(cameraStates, camera.state);
}

