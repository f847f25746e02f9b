// The one-page picture of a seat: what stood when the stream was last heard, in words and figures that paper can hold. Pure.

import { BOARD, OPEN } from '../core/order';
import type { Picture } from '../core/picture';
import type { Reference } from '../core/reference';
import type { Unit } from '../core/types';

export interface SheetIncident {
  number: string;
  priority: number;
  state: string;
  type: string;
  place: string;
  /** When its clock began. */
  since: string | null;
  units: { sign: string; state: string }[];
}

export interface SheetUnit {
  sign: string;
  state: string;
  group: string;
  /** Number of the incident it is on. */
  job: string;
}

/** Units of a room: each that is not free by itself, the free ones by their talk groups, so that a whole city is on few sheets. */
export interface SheetCrew {
  room: string;
  working: SheetUnit[];
  free: { group: string; signs: string[] }[];
}

export interface SheetRoom {
  id: string;
  name: string;
  phone: string;
}

export interface PaperSheet {
  /** When all this was true: the last word of the server, ms by this machine's clock. */
  heardMs: number;
  room: string;
  incidents: SheetIncident[];
  /** On duty, all in all. */
  manned: number;
  crews: SheetCrew[];
  rooms: SheetRoom[];
}

/** What a seat keeps. Off-duty units are left out; callers' numbers and names never come onto it. */
export function sheetOf(picture: Picture, reference: Reference, room: string | null, heardMs: number): PaperSheet {
  const collator = new Intl.Collator('zh', { numeric: true });
  const numbers = new Map<string, string>();
  const incidents = [...picture.incidents.values()]
    .sort((a, b) => a.priority - b.priority || (a.number < b.number ? -1 : 1))
    .map((incident): SheetIncident => {
      const orders = incident.assignments.filter((one) => OPEN.has(one.state));
      for (const one of orders) if (one.unit_id) numbers.set(one.unit_id, incident.number);
      return {
        number: incident.number, priority: incident.priority, state: incident.state,
        type: reference.typeName(incident.type_verified ?? incident.type_reported),
        place: placeText(incident.place), since: incident.times.ringing ?? incident.times.entered ?? incident.opened_at,
        units: orders.map((one) => ({ sign: one.unit?.call_sign ?? reference.roomName(one.room_id), state: one.state })),
      };
    });
  const onDuty = [...picture.units.values()].filter((unit) => unit.state !== 'off_duty');
  const rooms = [...reference.rooms.values()].map((one): SheetRoom => ({
    id: one.id, name: reference.roomName(one.id), phone: String((one as { phone?: string | null }).phone ?? ''),
  }));
  return { heardMs, room: reference.roomName(room), incidents, manned: onDuty.length, crews: crewsOf(onDuty, numbers, reference, collator), rooms };
}

/** Call signs of all who are on it. */
export const signsOn = ({ crews }: PaperSheet): string[] => crews.flatMap(({ working, free }) => [...working.map(({ sign }) => sign), ...free.flatMap(({ signs }) => signs)]);

function crewsOf(units: readonly Unit[], jobs: ReadonlyMap<string, string>, reference: Reference, collator: Intl.Collator): SheetCrew[] {
  const all = [...grouped(units, ({ room }) => reference.roomName(room))].map(([room, crew]): SheetCrew => {
    const [working, free] = [crew.filter((unit) => jobs.has(unit.id) || unit.state !== 'available'), crew.filter((unit) => !jobs.has(unit.id) && unit.state === 'available')];
    return {
      room,
      working: working
        .map((unit): SheetUnit => ({ sign: unit.call_sign, state: unit.state, group: unit.talk_group ?? '', job: jobs.get(unit.id) ?? '' }))
        .sort((a, b) => BOARD.indexOf(a.state) - BOARD.indexOf(b.state) || collator.compare(a.sign, b.sign)),
      free: [...grouped(free, (unit) => unit.talk_group ?? '')]
        .map(([group, those]) => ({ group, signs: those.map((unit) => unit.call_sign).sort(collator.compare) }))
        .sort((a, b) => collator.compare(a.group, b.group)),
    };
  });
  return all.sort((a, b) => collator.compare(a.room, b.room));
}

function grouped<T>(things: readonly T[], of: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of things) {
    const key = of(one);
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return groups;
}

function placeText(place: { address: string | null; code: string | null; floor: string | null; lon: number | null; lat: number | null } | null): string {
  if (!place) return '';
  const words = [place.address, place.floor, place.code].filter(Boolean).join(' ');
  return words || (place.lon !== null && place.lat !== null ? `${place.lon.toFixed(5)}, ${place.lat.toFixed(5)}` : '');
}
