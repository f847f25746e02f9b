// The one-page picture of a seat: what stood when the stream was last heard, in words and figures that paper can hold. Pure.

import { BOARD, OPEN } from '../core/order';
import type { Picture } from '../core/picture';
import type { Reference } from '../core/reference';

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
  room: string;
  state: string;
  group: string;
  /** Number of the incident it is on. */
  job: string;
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
  units: SheetUnit[];
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
  const units = [...picture.units.values()]
    .filter((unit) => unit.state !== 'off_duty')
    .map((unit): SheetUnit => ({
      sign: unit.call_sign, room: reference.roomName(unit.room), state: unit.state, group: unit.talk_group ?? '', job: numbers.get(unit.id) ?? '',
    }))
    .sort((a, b) => collator.compare(a.room, b.room) || BOARD.indexOf(a.state) - BOARD.indexOf(b.state) || collator.compare(a.sign, b.sign));
  const rooms = [...reference.rooms.values()].map((one): SheetRoom => ({
    id: one.id, name: reference.roomName(one.id), phone: String((one as { phone?: string | null }).phone ?? ''),
  }));
  return { heardMs, room: reference.roomName(room), incidents, units, rooms };
}

function placeText(place: { address: string | null; code: string | null; floor: string | null; lon: number | null; lat: number | null } | null): string {
  if (!place) return '';
  const words = [place.address, place.floor, place.code].filter(Boolean).join(' ');
  return words || (place.lon !== null && place.lat !== null ? `${place.lon.toFixed(5)}, ${place.lat.toFixed(5)}` : '');
}
