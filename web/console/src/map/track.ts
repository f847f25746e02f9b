// Where the selected unit was in the last hour: its way, with the time every few minutes. Asked for only when switched on; the
// server logs who asks.

import type { LayerSpecification } from 'maplibre-gl';
import { speaker } from '../core/language.svelte';
import type { components } from '../core/schema';
import { momentText } from '../core/text';
import { feature, fill, point, type Feature, type Fetched, type Reading } from './overlay';
import type { Ink } from './palette';
import { REGULAR } from './style';

export const words = { none: ['{unit}，无定位', '{unit}, no positions'] } as const;
const t = speaker(words);
type Fix = components['schemas']['TrackFix'];
const TRACK = 'track';
const SPAN_MS = 3_600_000;
const GAP_MS = 120_000;
const STAMP_MS = 300_000;
const PAGE = 500;
const MOST = 4_000;

export class Track implements Fetched {
  readonly group = 'track';
  readonly everyS = 30;
  readonly nouns = [];
  /** Whose track is drawn. */
  private of: string | null = null;

  layers(ink: Ink): LayerSpecification[] {
    return [
      { id: 'track-line', type: 'line', source: TRACK, filter: ['==', ['geometry-type'], 'LineString'], layout: { 'line-join': 'round', 'line-cap': 'round' }, paint: { 'line-color': ink['map-text'], 'line-width': 2.2, 'line-opacity': 0.75, 'line-dasharray': ['literal', [0.1, 2]] } },
      { id: 'track-spot', type: 'circle', source: TRACK, filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-radius': 3, 'circle-color': ink['map-text'], 'circle-stroke-color': ink['map-edge'], 'circle-stroke-width': 1 } },
      {
        id: 'track-time', type: 'symbol', source: TRACK, filter: ['==', ['geometry-type'], 'Point'],
        layout: { 'text-field': ['get', 'time'], 'text-font': REGULAR, 'text-size': 11, 'text-anchor': 'left', 'text-offset': [0.6, 0] },
        paint: { 'text-color': ink['map-text'], 'text-halo-color': ink['map-halo'], 'text-halo-width': 1.6 },
      },
    ];
  }

  async read({ map, seat, nowMs }: Reading): Promise<string> {
    const unit = seat.unitId ? seat.picture.units.get(seat.unitId) : undefined;
    if (this.of !== (unit?.id ?? null)) fill(map, TRACK, []); // a track is never shown as another's
    this.of = unit?.id ?? null;
    if (!unit) return '';
    const [from, to] = [new Date(nowMs - SPAN_MS).toISOString(), new Date(nowMs).toISOString()];
    const fixes: Fix[] = [];
    let after: string | null = null;
    do {
      const page: { items: Fix[]; next: string | null } = await seat.api.get(`/units/${unit.id}/track?from=${from}&to=${to}&limit=${PAGE}${after ? `&after=${after}` : ''}`);
      fixes.push(...page.items);
      after = page.next;
    } while (after && fixes.length < MOST);
    if (seat.unitId !== unit.id) return ''; // another was selected meanwhile; its own is on the way
    fill(map, TRACK, drawn(fixes));
    return fixes.length > 1 ? unit.call_sign : t('none', { unit: unit.call_sign });
  }
}

/** Lines without the stretches nobody knows of, and a time every five minutes. */
export function drawn(fixes: readonly Pick<Fix, 'lon' | 'lat' | 't_ms' | 'at'>[]): Feature[] {
  const lines: [number, number][][] = [];
  const stamps: Feature[] = [];
  let [lastMs, stampedMs] = [-Infinity, -Infinity];
  for (const { lon, lat, t_ms: ms, at } of fixes) {
    if (ms - lastMs > GAP_MS) lines.push([]);
    lines.at(-1)!.push([lon, lat]);
    if (ms - stampedMs >= STAMP_MS) {
      stamps.push(point(lon, lat, { time: momentText(at).slice(0, 5) }));
      stampedMs = ms;
    }
    lastMs = ms;
  }
  return [...lines.filter((line) => line.length > 1).map((line) => feature({ type: 'LineString', coordinates: line })), ...stamps];
}
