// Cameras that video patrols watch: which is to be looked at next, and how long that still is. Pure.

import type { components } from './schema';

export type Camera = components['schemas']['CameraNow'];
export type CameraNear = components['schemas']['CameraNear'];
export type CamerasNear = components['schemas']['CamerasNear'];

/** Seconds until the next look is due, below zero once it is; null: none is due. */
export function dueInS(camera: Camera, nowMs: number): number | null {
  return camera.due_at ? (Date.parse(camera.due_at) - nowMs) / 1000 : null;
}

export const watches = (camera: Camera, unitId: string): boolean => camera.watchers.some((one) => one.unit_id === unitId);

/** What this patrol watches: the sooner due first, what is out of order last. */
export function listOf(cameras: readonly Camera[], unitId: string): Camera[] {
  const moment = (one: Camera): number => (one.due_at ? Date.parse(one.due_at) : Infinity);
  return cameras.filter((one) => watches(one, unitId)).sort((a, b) => moment(a) - moment(b) || a.priority - b.priority || (a.code < b.code ? -1 : 1));
}

/** How a room is watched: of all cameras so many, and those that nobody looks through, the more important first, as they were listed. */
export function coverageOf(cameras: readonly Camera[]): { all: number; watched: number; open: Camera[]; broken: Camera[] } {
  return {
    all: cameras.length, watched: cameras.filter(({ state }) => state === 'watched').length,
    open: cameras.filter(({ state }) => state === 'unwatched' || state === 'away'), broken: cameras.filter(({ state }) => state === 'out_of_order'),
  };
}
