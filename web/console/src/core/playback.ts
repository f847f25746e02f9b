// Playback of units over a span: where each was at a moment, the way behind it, what happened when, and its figures as a file. Pure.
// Nothing is filled in: within an unbroken part a unit moves from fix to fix, over a break it is not drawn but as it was last seen.

import { HOLLOW_MS, lastBefore, SOLID_MS, type SeenThen } from './replay';
import type { components } from './schema';

type Shapes = components['schemas'];
export type Track = Shapes['ShownTrack'];
export type Figures = Shapes['Figures'];
export type UnitPlayback = Shapes['UnitPlayback'];
export type AreaPlayback = Shapes['AreaPlayback'];
export type IncidentThen = Shapes['IncidentThen'];
export type OrderInPlayback = Shapes['OrderInPlayback'];

/** One unit as the page plays it, whether it was asked for by name or found in an area. whole: what is told of one asked for by name. */
export interface Played {
  id: string;
  sign: string;
  kind: string;
  room: string;
  track: Track;
  figures: Figures | null;
  stops: readonly { from_ms: number; to_ms: number; lon: number; lat: number; road?: string | null; beat?: string | null }[];
  insideS: number | null;
  whole: UnitPlayback | null;
}

/** So long after its last fix a unit is still shown where it was last seen, grey. */
export const GHOST_MS = 300_000;
/** The way behind a unit that is drawn when many are. */
export const TAIL_MS = 300_000;

const kmh = (mps: number | null | undefined): number | null => (mps == null ? null : Math.round(mps * 3.6));
export { kmh };

export const ofUnit = (told: UnitPlayback): Played => ({
  id: told.unit_id, sign: told.call_sign, kind: told.kind, room: told.room_id, track: told.track, figures: told.figures,
  stops: told.stops, insideS: told.beats?.inside_s ?? null, whole: told,
});

export const ofArea = (told: AreaPlayback): Played[] => told.items.map((one) => ({
  id: one.unit_id, sign: one.call_sign, kind: one.kind, room: one.room_id, track: one.track, figures: one.figures ?? null,
  stops: one.stops, insideS: one.in_area_s ?? null, whole: null,
}));

/** Whether two neighbouring fixes belong to one unbroken part. */
const joined = (track: Track, at: number): boolean => at + 1 < track.t_s.length && !track.parts.includes(at + 1);

/** Where a unit was known to be; null: not seen yet, or not any more. offDuty: whether it was off duty then, and is not shown. */
export function seenThen(track: Track, fromMs: number, t: number, offDuty = false): SeenThen | null {
  const s = (t - fromMs) / 1000;
  const at = lastBefore(track.t_s, s);
  if (at < 0 || offDuty) return null;
  const [lon, lat, seen] = [track.lon[at]!, track.lat[at]!, track.t_s[at]!];
  if (joined(track, at)) {
    const part = (s - seen) / Math.max(1, track.t_s[at + 1]! - seen);
    return { lon: lon + (track.lon[at + 1]! - lon) * part, lat: lat + (track.lat[at + 1]! - lat) * part, ageS: 0, quality: 'solid' };
  }
  const age = (s - seen) * 1000;
  if (age > GHOST_MS) return null;
  return { lon, lat, ageS: s - seen, quality: age <= SOLID_MS ? 'solid' : age <= HOLLOW_MS ? 'hollow' : 'grey' };
}

/** The duty of a unit then; null: off duty, or nothing is known of its duty. */
export const dutyThen = (played: Played, t: number): string | null =>
  played.whole?.duty.find((one) => one.from_ms <= t && t < one.to_ms)?.duty ?? null;

/** The way behind a unit from one moment to another, broken where it was. */
export function wayThen(track: Track, fromMs: number, since: number, until: number): [number, number][][] {
  const lines: [number, number][][] = [];
  const first = Math.max(0, lastBefore(track.t_s, (since - fromMs) / 1000));
  const last = lastBefore(track.t_s, (until - fromMs) / 1000);
  for (let n = first; n <= last; n += 1) {
    if (n === first || track.parts.includes(n)) lines.push([]);
    lines.at(-1)!.push([track.lon[n]!, track.lat[n]!]);
  }
  const now = seenThen(track, fromMs, until);
  if (now && last >= 0 && joined(track, last)) lines.at(-1)?.push([now.lon, now.lat]);
  return lines.filter((line) => line.length > 1);
}

export interface Moment {
  t: number;
  kind: 'stop' | 'incident' | 'order';
  id: string;
}

/** What is marked on the slider, by time: stops and orders of the chosen unit, and incidents. */
export function moments(chosen: Played | null, incidents: readonly IncidentThen[], span: readonly [number, number]): Moment[] {
  const found: Moment[] = [
    ...incidents.map((one): Moment => ({ t: one.opened_ms, kind: 'incident', id: one.id })),
    ...(chosen?.stops.map((one): Moment => ({ t: one.from_ms, kind: 'stop', id: String(one.from_ms) })) ?? []),
    ...(chosen?.whole?.orders.flatMap((one) => (one.times['ordered'] ? [{ t: Date.parse(one.times['ordered']), kind: 'order' as const, id: one.id }] : [])) ?? []),
  ];
  return found.filter(({ t }) => t >= span[0] && t <= span[1]).sort((a, b) => a.t - b.t);
}

/** A cell of a CSV file; what a spreadsheet would take for a formula is told as text. */
const cell = (value: string | number | null): string => {
  const text = value === null ? '' : typeof value === 'number' ? String(Math.round(value * 10) / 10) : /^[=+\-@\t]/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** The figures of everybody as a CSV file that spreadsheets open as UTF-8. head: words of its columns. */
export function figuresFile(played: readonly Played[], head: readonly string[], rooms: (id: string) => string, span: readonly [number, number]): string {
  const [from, to] = span.map((ms) => new Date(ms).toISOString());
  const rows = played.map((one) => [
    one.sign, rooms(one.room), from!, to!, one.figures?.driven_m ?? null, one.figures?.known_s ?? null, one.figures?.unknown_s ?? null,
    one.figures?.stops ?? null, one.figures?.stood_s ?? null, kmh(one.figures?.top_mps), one.insideS, one.figures?.left_out ?? null,
  ]);
  return `\ufeff${[head, ...rows].map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}

/** A moment as a field for day and time takes it, by the clock of this machine. */
export function fieldOf(ms: number): string {
  const at = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return at.toISOString().slice(0, 16);
}
