// A broadcast as it is being written: whom it means, as the server is asked. Pure.

import { unitNamed } from '../core/names';
import type { Audience, Unit } from '../core/types';
import { askedOf, type AreaDraft } from './areas';

export interface MarkRow {
  kind: string;
  text: string;
}

export interface Drafted {
  rooms: string[];
  toRooms: boolean;
  toUnits: boolean;
  kind: string;
  auxiliaries: boolean;
  /** Call signs, as typed. */
  units: string;
  areas: readonly AreaDraft[];
}

export const blank = (room: string | null): Drafted => ({
  rooms: room ? [room] : [], toRooms: true, toUnits: true, kind: '', auxiliaries: false, units: '', areas: [],
});

/** The units named by their call signs, and the words that name none. */
export function unitsNamed(typed: string, units: Iterable<Unit>): { units: Unit[]; unknown: string[] } {
  const all = [...units];
  const found: Unit[] = [];
  const unknown: string[] = [];
  for (const word of typed.split(/[\s,，、]+/).filter(Boolean)) {
    const meant = unitNamed(word, all);
    if ('one' in meant) found.push(meant.one);
    else unknown.push(word);
  }
  return { units: found, unknown };
}

/** Whom it means; null while it means nobody. */
export function audienceOf(drafted: Drafted, units: Iterable<Unit>): Audience | null {
  const named = unitsNamed(drafted.units, units).units.map((unit) => unit.id);
  const { areas } = drafted;
  if (!drafted.rooms.length && !named.length && !areas.length) return null;
  return {
    rooms: drafted.rooms,
    to_rooms: drafted.toRooms || !drafted.rooms.length,
    to_units: drafted.toUnits,
    units: named,
    areas: areas.map(askedOf),
    kinds: drafted.kind ? [drafted.kind] : [],
    auxiliaries: drafted.auxiliaries,
  } as Audience;
}
