// Opens the map itself: worker, ground and what may be asked of whom. Nothing leaves the origin.

import { Map as GlMap, setWorkerUrl, type MapOptions, type StyleSpecification } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import type { Api } from '../core/api';
import { CSS_FAMILY, type TileSet } from './style';

setWorkerUrl(workerUrl);

/** What the city's tiles are; null while no city is served here. */
export async function readTileSet(api: Api): Promise<TileSet | null> {
  return api.get<TileSet | null>('/tiles');
}

export interface Opened {
  container: HTMLElement;
  style: StyleSpecification;
  bounds: [number, number, number, number];
  still: boolean;
}

export function openGround({ container, style, bounds, still }: Opened): GlMap {
  const options: MapOptions = {
    container, style, bounds, fitBoundsOptions: { padding: 24 }, attributionControl: false, maplibreLogo: false,
    dragRotate: false, pitchWithRotate: false, touchPitch: false, maxPitch: 0, boxZoom: false, doubleClickZoom: true,
    minZoom: 2, maxZoom: 19.5, fadeDuration: 0, validateStyle: false, refreshExpiredTiles: false, reduceMotion: still,
    localIdeographFontFamily: CSS_FAMILY, transformRequest: stay,
    canvasContextAttributes: { antialias: false, failIfMajorPerformanceCaveat: false },
  };
  const map = new GlMap(options);
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  return map;
}

/** Refuse what would leave this server. */
export function stay(url: string): { url: string; credentials: 'same-origin' } {
  const asked = new URL(url, location.href);
  if (asked.origin !== location.origin && !['blob:', 'data:'].includes(asked.protocol)) throw new Error(`The map asks only its own server, not ${asked.origin}.`);
  return { url: asked.href, credentials: 'same-origin' };
}

/** Whether this machine can draw the map; `?list=1` says no on purpose. */
export function canDraw(search: string): boolean {
  if (new URLSearchParams(search).get('list') === '1') return false;
  return Boolean(document.createElement('canvas').getContext('webgl2'));
}
