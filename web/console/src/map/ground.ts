// Opens the map itself: worker, ground and what may be asked of whom. Nothing leaves the origin.

import { Map as GlMap, setWorkerUrl, type MapOptions, type StyleSpecification } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import type { Api } from '../core/api';
import { CannotDraw } from './drawable';
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
  /** Unless it is said: it is. */
  interactive?: boolean;
  /** Whether it takes another size by itself, at once; unless it is said: it does. */
  grows?: boolean;
}

/** Raises CannotDraw where the browser gives no WebGL2. */
export function openSheet({ container, style, bounds, still, interactive = true, grows = true }: Opened): GlMap {
  const options: MapOptions = {
    container, style, bounds, interactive, trackResize: grows, fitBoundsOptions: { padding: 24 }, attributionControl: false, maplibreLogo: false,
    dragRotate: false, pitchWithRotate: false, touchPitch: false, maxPitch: 0, boxZoom: false, doubleClickZoom: true,
    minZoom: 2, maxZoom: 19.5, fadeDuration: 0, validateStyle: false, refreshExpiredTiles: false, reduceMotion: still,
    localIdeographFontFamily: CSS_FAMILY, transformRequest: stay,
    canvasContextAttributes: { antialias: false, failIfMajorPerformanceCaveat: false },
  };
  const map = made(options);
  map.painter.drawFunctions = { ...map.painter.drawFunctions, sky: () => undefined }; // never seen from above, and a third of a frame without a graphics card
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  return map;
}

function made(options: MapOptions): GlMap {
  try {
    return new GlMap(options);
  } catch (error) {
    throw new CannotDraw(error instanceof Error ? error.message : String(error));
  }
}

/** Refuse what would leave this server. */
export function stay(url: string): { url: string; credentials: 'same-origin' } {
  const asked = new URL(url, location.href);
  if (asked.origin !== location.origin && !['blob:', 'data:'].includes(asked.protocol)) throw new Error(`The map asks only its own server, not ${asked.origin}.`);
  return { url: asked.href, credentials: 'same-origin' };
}
