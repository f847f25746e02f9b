// The replay of an incident: what is known of each unit and of the incident at a moment, and how the time of a replay goes. Pure.
// Nothing is filled in: between two fixes close together a unit moves, over a gap it stays where it was last seen, grey, with its age.

import type { components } from './schema';

export type Course = components['schemas']['Course'];
export type Frame = Course['frames'][number];
export type Learned = Course['knowledge'][number];
export type UnitTrack = components['schemas']['UnitTrack'];

/** As on the live map: solid, then hollow, then grey with its age. */
export const SOLID_MS = 10_000;
export const HOLLOW_MS = 60_000;
export const SPEEDS = [1, 2, 5, 10, 20, 60] as const;

export interface SeenThen {
  lon: number;
  lat: number;
  ageS: number;
  quality: 'solid' | 'hollow' | 'grey';
}

/** Index of the last entry at or before t; -1: none. */
export function lastBefore(times: ArrayLike<number>, t: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! <= t) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Where a unit was known to be; null: not yet seen, or no longer on the incident. */
export function seenAt(track: UnitTrack, t: number): SeenThen | null {
  if (t > track.to_ms) return null;
  const at = lastBefore(track.t_ms, t);
  if (at < 0) return null;
  const [lon, lat, from] = [track.lon[at]!, track.lat[at]!, track.t_ms[at]!];
  const next = track.t_ms[at + 1];
  if (next !== undefined && next - from <= SOLID_MS) {
    const part = (t - from) / (next - from);
    return { lon: lon + (track.lon[at + 1]! - lon) * part, lat: lat + (track.lat[at + 1]! - lat) * part, ageS: 0, quality: 'solid' };
  }
  const age = t - from;
  return { lon, lat, ageS: age / 1000, quality: age <= SOLID_MS ? 'solid' : age <= HOLLOW_MS ? 'hollow' : 'grey' };
}

/** The way behind a unit up to t, broken at its gaps. */
export function wayUntil(track: UnitTrack, t: number): [number, number][][] {
  const lines: [number, number][][] = [];
  const end = lastBefore(track.t_ms, t);
  for (let n = 0; n <= end; n += 1) {
    if (n === 0 || track.t_ms[n]! - track.t_ms[n - 1]! > HOLLOW_MS) lines.push([]);
    lines.at(-1)!.push([track.lon[n]!, track.lat[n]!]);
  }
  const now = seenAt(track, t);
  if (now?.quality === 'solid' && lines.length && t > track.t_ms[end]!) lines.at(-1)!.push([now.lon, now.lat]);
  return lines.filter((line) => line.length > 1);
}

/** The incident as it was known then; null: nobody knew of it. */
export function frameAt(frames: readonly Frame[], t: number): Frame | null {
  return frames[lastBefore(frames.map((one) => one.t_ms), t)] ?? null;
}

/** Every place it was ever said to be at until t, the newest last. */
export function placesUntil(frames: readonly Frame[], t: number): [number, number][] {
  const found: [number, number][] = [];
  for (const { t_ms: at, lon, lat } of frames) {
    if (at > t || lon === null || lat === null) continue;
    const last = found.at(-1);
    if (!last || last[0] !== lon || last[1] !== lat) found.push([lon, lat]);
  }
  return found;
}

/** The ways that were proposed for units sent by then: where each was to go, beside where it went. */
export function proposedUntil(choices: readonly Course['choices'][number][], t: number): [number, number][][] {
  return choices.filter((one) => Date.parse(one.computed_at) <= t).flatMap(({ sent }) => sent.flatMap(({ route }) => (route && route.length > 1 ? [route as [number, number][]] : [])));
}

/** The state of a unit's order then; null: none stood. */
export function orderOf(frame: Frame | null, unitId: string): string | null {
  return frame?.orders.findLast((one) => one.unit_id === unitId)?.state ?? null;
}

/** The moment of the next fact (or of the one before) that mattered; null: there is none. */
export function neighbour(facts: readonly Learned[], t: number, forward: boolean): number | null {
  const times = facts.map((one) => one.known_ms);
  return (forward ? times.find((at) => at > t) : times.findLast((at) => at < t)) ?? null;
}

/** What of a span is shown: all of it, or its last minutes. */
export function span(course: Pick<Course, 'from_at' | 'to_at'>, lastMinutes: number | null): readonly [from: number, to: number] {
  const [from, to] = [Date.parse(course.from_at), Date.parse(course.to_at)];
  return [lastMinutes === null ? from : Math.max(from, to - lastMinutes * 60_000), to];
}

/** Time as a replay goes: from a moment, at a speed, to its end and no further. */
export function moved(t: number, passedMs: number, speed: number, end: number): number {
  return Math.min(end, t + passedMs * speed);
}
