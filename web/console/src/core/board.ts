// The board of units: which are shown, in which order, and finding one by typing. Pure.

import { boardRows, OPEN } from './order';
import { plain, unitNamed } from './names';
import type { Unit } from './types';

export const FILTERS = ['all', 'free', 'working', 'off'] as const;
export type Filter = (typeof FILTERS)[number];

export interface Choice {
  filter: Filter;
  /** Of these rooms, with those lent there; null: all. */
  rooms: ReadonlySet<string> | null;
  kind: string | null;
  /** Part of a call sign. */
  text: string;
}

const isIn: Record<Filter, (unit: Unit) => boolean> = {
  all: (unit) => unit.state !== 'off_duty',
  free: (unit) => unit.state === 'available',
  working: (unit) => OPEN.has(unit.state),
  off: (unit) => unit.state === 'off_duty',
};

/** How many there are for each filter, of those that room, kind and text let through. */
export function counts(units: Iterable<Unit>, choice: Choice): Record<Filter, number> {
  const found = { all: 0, free: 0, working: 0, off: 0 };
  for (const unit of units) {
    if (!fits(unit, choice)) continue;
    for (const filter of FILTERS) if (isIn[filter](unit)) found[filter] += 1;
  }
  return found;
}

export function chosen(units: Iterable<Unit>, choice: Choice, collator: Intl.Collator): Unit[] {
  const found: Unit[] = [];
  for (const unit of units) if (isIn[choice.filter](unit) && fits(unit, choice)) found.push(unit);
  return boardRows(found, collator);
}

function fits(unit: Unit, { rooms, kind, text }: Choice): boolean {
  if (rooms && !rooms.has(unit.room) && !(unit.lent_to && rooms.has(unit.lent_to))) return false;
  if (kind && unit.kind !== kind) return false;
  return !text || plain(unit.call_sign).includes(plain(text));
}

/** The unit a typed beginning means first, for type-ahead. */
export function ahead(text: string, units: readonly Unit[]): Unit | null {
  const found = unitNamed(text, units);
  return 'one' in found ? found.one : 'many' in found ? (found.many[0] ?? null) : null;
}

/** How a position is shown by its age: solid up to 10 s, hollow up to a minute, grey beyond. */
export function howOld(ageS: number | null): 'solid' | 'hollow' | 'grey' {
  if (ageS === null || !(ageS <= 60)) return 'grey';
  return ageS <= 10 ? 'solid' : 'hollow';
}
