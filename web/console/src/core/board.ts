// The board of units: which are shown, in which order, and finding one by typing. Pure.

import { BOARD, OPEN } from './order';
import { plain, unitNamed } from './names';
import type { Unit } from './types';

export const FILTERS = ['all', 'free', 'working', 'off'] as const;
export type Filter = (typeof FILTERS)[number];

export interface Choice {
  filter: Filter;
  /** Of these rooms, with those lent there; null: all. */
  rooms: ReadonlySet<string> | null;
  kind: string | null;
  /** Part of a call sign, of a badge number, a plate, or the name of a beat. */
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

/** Call signs in the order people count, found once: to compare twenty thousand names anew with every event, or with every part of a
 * large city that comes, costs too much. */
export class Signs {
  private sorted: string[] = [];
  private ranks = new Map<string, number>();

  constructor(private readonly collator: Intl.Collator) {}

  /** The place of each sign; unknown ones are sorted in. */
  of(units: readonly Unit[]): ReadonlyMap<string, number> {
    const fresh = new Set(units.flatMap(({ call_sign: sign }) => (this.ranks.has(sign) ? [] : [sign])));
    if (fresh.size) {
      this.sorted = this.merged([...fresh].sort((a, b) => this.collator.compare(a, b)));
      this.ranks = new Map(this.sorted.map((sign, n) => [sign, n]));
    }
    return this.ranks;
  }

  private merged(fresh: readonly string[]): string[] {
    const all: string[] = [];
    let next = 0;
    for (const sign of this.sorted) {
      while (next < fresh.length && this.collator.compare(fresh[next]!, sign) < 0) all.push(fresh[next++]!);
      all.push(sign);
    }
    return [...all, ...fresh.slice(next)];
  }
}

/** Units for the board: those in trouble and at work first, then the free, by call sign. */
export function chosen(units: readonly Unit[], choice: Choice, signs: Signs): Unit[] {
  const ranks = signs.of(units);
  const place = (unit: Unit): number => BOARD.indexOf(unit.state) * 1e6 + (ranks.get(unit.call_sign) ?? 0);
  return units
    .filter((unit) => isIn[choice.filter](unit) && fits(unit, choice))
    .map((unit) => ({ unit, at: place(unit) }))
    .sort((a, b) => a.at - b.at)
    .map(({ unit }) => unit);
}

function fits(unit: Unit, { rooms, kind, text }: Choice): boolean {
  if (rooms && !rooms.has(unit.room) && !(unit.lent_to && rooms.has(unit.lent_to))) return false;
  if (kind && unit.kind !== kind) return false;
  if (!text) return true;
  const wanted = plain(text);
  return [unit.call_sign, unit.vehicle, unit.beat?.name, unit.beat?.code, ...(unit.crew ?? [])].some((said) => said && plain(said).includes(wanted));
}

/** The unit a typed beginning means first, for type-ahead. */
export function ahead(text: string, units: readonly Unit[]): Unit | null {
  const found = unitNamed(text, units);
  return 'one' in found ? found.one : 'many' in found ? (found.many[0] ?? null) : null;
}

const SOON_MS = 1_200;

/** Numbers typed into the list, digit after digit. Letters are the page's own, and a digit that finds nobody too. */
export class TypeAhead {
  private typed = '';
  private at = -Infinity;

  /** The unit that what was typed so far means; null: this key is not ours. */
  press(character: string, units: readonly Unit[], nowMs: number): Unit | null {
    if (!/^\p{N}$/u.test(character)) return null;
    const begun = nowMs - this.at < SOON_MS ? this.typed : '';
    for (const text of new Set([begun + character, character])) {
      const found = ahead(text, units);
      if (!found) continue;
      [this.typed, this.at] = [text, nowMs];
      return found;
    }
    return null;
  }
}

/** How a position is shown by its age: solid up to 10 s, hollow up to a minute, grey beyond. */
export function howOld(ageS: number | null): 'solid' | 'hollow' | 'grey' {
  if (ageS === null || !(ageS <= 60)) return 'grey';
  return ageS <= 10 ? 'solid' : 'hollow';
}
