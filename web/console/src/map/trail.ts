// Pursuits 追堵: where each was seen, dotted, with times and headings; jumps apart; and where it will be if it drives straight on,
// for as long as anybody may say so: grey and without an arrow once nobody has seen it for a while.

import type { LayerSpecification, Map as GlMap } from 'maplibre-gl';
import type { components } from '../core/schema';
import { momentText } from '../core/text';
import type { Incident } from '../core/types';
import { feature, fill, point, type Feature, type Overlay } from './overlay';
import type { Ink } from './palette';
import { REGULAR } from './style';

type Shown = components['schemas']['PursuitShown'];
const TRAIL = 'trail';
const AHEAD_S = 120;
const MARK_S = 60;
const METRES_A_DEGREE = 111_195;

export class Trail implements Overlay {
  readonly group = 'trail';

  layers(ink: Ink): LayerSpecification[] {
    const is = (kind: string): ['==', ['get', string], string] => ['==', ['get', 'kind'], kind];
    const eastward = ['<', ['%', ['coalesce', ['get', 'heading'], 270], 360], 180] as unknown as boolean; // its time stands where its arrow does not point
    const tint = ['case', ['get', 'stale'], ink['map-dim'], ink.crit] as unknown as string;
    return [
      { id: 'trail-line', type: 'line', source: TRAIL, filter: is('line'), layout: { 'line-join': 'round', 'line-cap': 'round' }, paint: { 'line-color': ink.crit, 'line-width': 3, 'line-opacity': 0.85, 'line-dasharray': ['literal', [0.1, 2]] } },
      { id: 'trail-ahead', type: 'line', source: TRAIL, filter: is('ahead'), paint: { 'line-color': tint, 'line-width': 2.4, 'line-dasharray': ['literal', [4, 2.5]] } },
      { id: 'trail-spot', type: 'circle', source: TRAIL, filter: is('spot'), paint: { 'circle-radius': ['case', ['get', 'newest'], 6, 4], 'circle-color': ['case', ['get', 'jump'], ink['map-halo'], ink.crit], 'circle-stroke-color': ['case', ['get', 'jump'], ink.crit, ink['map-edge']], 'circle-stroke-width': 1.5 } },
      { id: 'trail-mark', type: 'circle', source: TRAIL, filter: is('mark'), paint: { 'circle-radius': 4.5, 'circle-color': ink['map-halo'], 'circle-stroke-color': tint, 'circle-stroke-width': 2 } },
      {
        id: 'trail-heading', type: 'symbol', source: TRAIL, filter: ['all', is('spot'), ['has', 'heading']],
        layout: { 'text-field': '▲', 'text-font': REGULAR, 'text-size': 13, 'text-rotate': ['get', 'heading'], 'text-rotation-alignment': 'map', 'text-offset': [0, -1], 'text-overlap': 'always' },
        paint: { 'text-color': ink['crit-text'], 'text-halo-color': ink['map-halo'], 'text-halo-width': 1.4 },
      },
      {
        id: 'trail-time', type: 'symbol', source: TRAIL, filter: ['has', 'text'],
        layout: { 'text-field': ['get', 'text'], 'text-font': REGULAR, 'text-size': 11.5, 'text-anchor': ['case', eastward, 'right', 'left'], 'text-offset': ['case', eastward, ['literal', [-0.8, 0]], ['literal', [0.8, 0]]] },
        paint: { 'text-color': ink['map-text'], 'text-halo-color': ink['map-halo'], 'text-halo-width': 1.6 },
      },
    ];
  }

  /** Those that move, and the one that is selected; nowMs: by the server's clock. */
  show(map: GlMap, incidents: Iterable<Incident>, selectedId: string | null, nowMs: number): void {
    const shown = [...incidents].filter(({ id, pursuit }) => pursuit && (pursuit.moving || id === selectedId));
    fill(map, TRAIL, shown.flatMap(({ pursuit }) => trailOf(pursuit!, nowMs)));
  }
}

/** One pursuit as it is drawn: its way without the jumps, every point, and where it goes on to. */
export function trailOf(pursuit: Shown, nowMs: number): Feature[] {
  const { trail, motion } = pursuit;
  const way = trail.filter(({ jump }) => !jump).map(({ lon, lat }) => [lon, lat]);
  const spots = trail.map((one, n) => point(one.lon, one.lat, {
    kind: 'spot', jump: one.jump, newest: n === trail.length - 1, text: momentText(one.at), ...(one.heading == null ? {} : { heading: one.heading }),
  }));
  const lines = way.length > 1 ? [feature({ type: 'LineString', coordinates: way }, { kind: 'line' })] : [];
  return [...lines, ...(motion && pursuit.moving ? aheadOf(motion, nowMs) : []), ...spots];
}

/** The line straight on, with where it is now and each minute after; only where it was going, once that is stale. */
function aheadOf(motion: NonNullable<Shown['motion']>, nowMs: number): Feature[] {
  const goneS = Math.max(0, (nowMs - Date.parse(motion.at)) / 1000);
  const stale = nowMs > Date.parse(motion.stale_at);
  const untilS = stale ? (Date.parse(motion.stale_at) - Date.parse(motion.at)) / 1000 : goneS + AHEAD_S;
  const line = feature({ type: 'LineString', coordinates: [[motion.lon, motion.lat], placeOf(motion, untilS)] }, { kind: 'ahead', stale });
  if (stale) return [line];
  const marks = [0, MARK_S, 2 * MARK_S].map((after) => point(...placeOf(motion, goneS + after), { kind: 'mark', stale, ...(after ? { text: `+${after / MARK_S}′` } : {}) }));
  return [line, ...marks];
}

/** Where it is so many seconds after it was seen, straight on. */
export function placeOf({ lon, lat, heading, speed }: { lon: number; lat: number; heading: number; speed: number }, afterS: number): [number, number] {
  const turn = (heading * Math.PI) / 180;
  const far = (speed * afterS) / METRES_A_DEGREE;
  return [lon + (far * Math.sin(turn)) / Math.cos((lat * Math.PI) / 180), lat + far * Math.cos(turn)];
}
