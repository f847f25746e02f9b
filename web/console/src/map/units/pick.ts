// What lies under the pointer, found by looking at everything: a tenth of a millisecond for twenty thousand units. Pure.

import type { Fleet } from '../../core/fleet';
import { PROGRESS } from '../../core/wire';
import { lonOf, latOf, mercatorX, mercatorY, projector, shorter, type View } from '../mercator';

const OFF_DUTY = PROGRESS.indexOf('off_duty');

export interface Hit {
  handle: number;
  /** px from the pointer */
  far: number;
}

/** Units within `reach` px of a point of the screen, the nearest first. */
export function unitsAt(fleet: Fleet, view: View, [x, y]: readonly [number, number], reach: number, offDuty: boolean): Hit[] {
  const project = projector(view);
  const side = 512 * 2 ** view.zoom;
  const [x0, y0] = [mercatorX(view.lon), mercatorY(view.lat)];
  const most = (reach + Math.hypot(view.width, view.height)) / side; // nothing farther from the middle can be on the screen
  const [west, east] = [lonOf(x0 - most), lonOf(x0 + most)];
  const [north, south] = [latOf(y0 - most), latOf(y0 + most)];
  const hits: Hit[] = [];
  for (let row = 0; row < fleet.count; row += 1) {
    const lat = fleet.lat[row]!;
    if (lat < south || lat > north) continue;
    const lon = fleet.lon[row]!;
    if (east - west < 360 && Math.abs(shorter(mercatorX(lon) - x0)) > most) continue;
    if (!offDuty && (fleet.state[row]! & 15) === OFF_DUTY) continue;
    const [ux, uy] = project(lon, lat);
    const far = Math.hypot(ux - x, uy - y);
    if (far <= reach) hits.push({ handle: fleet.handle[row]!, far });
  }
  return hits.sort((a, b) => a.far - b.far);
}

/** Units inside a rectangle of the screen between two of its corners, in no order. */
export function unitsInside(fleet: Fleet, view: View, [ax, ay]: readonly [number, number], [bx, by]: readonly [number, number], offDuty: boolean): number[] {
  const project = projector(view);
  const [left, right, top, bottom] = [Math.min(ax, bx), Math.max(ax, bx), Math.min(ay, by), Math.max(ay, by)];
  const found: number[] = [];
  for (let row = 0; row < fleet.count; row += 1) {
    if (!offDuty && (fleet.state[row]! & 15) === OFF_DUTY) continue;
    const [x, y] = project(fleet.lon[row]!, fleet.lat[row]!);
    if (x >= left && x <= right && y >= top && y <= bottom) found.push(fleet.handle[row]!);
  }
  return found;
}

/** The one to take of what lies under the pointer: the nearest, or the next one when it is chosen already. */
export function next<T>(candidates: readonly T[], isChosen: (one: T) => boolean): T | null {
  const now = candidates.findIndex(isChosen);
  return candidates[(now + 1) % Math.max(1, candidates.length)] ?? null;
}
