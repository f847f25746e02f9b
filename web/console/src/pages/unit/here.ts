// Where the crew is, as well as anybody knows: by this telephone when it is fresh, else by the newest fix of radio or vehicle.

import type { Point } from '../../core/away';
import type { Unit } from '../../core/types';
import type { Crew } from './crew.svelte';

export interface Here {
  at: Point;
  ageS: number;
  from: 'phone' | 'fix';
}

export function hereOf(crew: Crew, unit: Unit): Here | null {
  const spot = crew.place.fresh;
  if (spot) return { at: spot, ageS: (Date.now() - spot.atMs) / 1000, from: 'phone' };
  const standing = crew.picture.fleet.at(unit.handle, Date.now());
  return standing ? { at: standing, ageS: standing.ageS, from: 'fix' } : null;
}
