// What a command room looks at: what was raised to it and who commands that, what it follows, how the whole room stands. Pure.

import type { SeatShown } from './company';
import { backlogOf, type Backlog } from './backlog';
import { clockOf } from './order';
import type { Reference, Room } from './reference';
import type { components } from './schema';
import type { Incident, Unit } from './types';

type Shapes = components['schemas'];
export type Demand = Shapes['SupervisionShown'];
export type AgencyRequest = Incident['agency_requests'][number];
export type Raised = Incident['raised'][number];

/** How long somebody who follows an incident may leave it unlooked at, by priority, as the shipped rules say; s. */
const LOOK_S: Record<number, number> = { 1: 600, 2: 900 };
const LOOK_ELSE_S = 3600;
const PRESSING = 2;
const OPEN_REQUEST = new Set(['sent', 'taken', 'arrived']);

export type Lane = 'raised' | 'followed' | 'pressing';

export interface RoomRow {
  key: string;
  incident: Incident;
  lane: Lane;
  /** How it was raised to one of the rooms that look; null: it was not. */
  raised: Raised | null;
}

/** How an incident was raised to one of these rooms, the furthest drawn in first. */
export function raisedTo(incident: Incident, rooms: ReadonlySet<string>): Raised | null {
  const drawn = ['take', 'share', 'monitor'];
  return incident.raised.filter((one) => rooms.has(one.room)).sort((a, b) => drawn.indexOf(a.mode) - drawn.indexOf(b.mode))[0] ?? null;
}

/** When somebody who follows it is to look in next, ms; null: nobody follows it by name. */
export function nextLookMs(incident: Incident, raised: Raised | null): number | null {
  if (!raised?.owner) return null;
  const last = raised.checked_at ?? raised.noticed_at ?? raised.at;
  return Date.parse(last!) + (LOOK_S[incident.priority] ?? LOOK_ELSE_S) * 1000;
}

/** What was raised and nobody follows yet, what is followed (the next look first), then P1 and P2 beside. */
export function roomRows(incidents: Iterable<Incident>, rooms: ReadonlySet<string>): RoomRow[] {
  const rows: RoomRow[] = [];
  for (const incident of incidents) {
    const raised = raisedTo(incident, rooms);
    if (raised) rows.push({ key: incident.id, incident, raised, lane: raised.owner ? 'followed' : 'raised' });
    else if (incident.priority <= PRESSING) rows.push({ key: incident.id, incident, raised, lane: 'pressing' });
  }
  const lanes: Lane[] = ['raised', 'followed', 'pressing'];
  const soonest = (row: RoomRow): number => nextLookMs(row.incident, row.raised) ?? 0;
  return rows.sort((a, b) => lanes.indexOf(a.lane) - lanes.indexOf(b.lane) || a.incident.priority - b.incident.priority || soonest(a) - soonest(b)
    || clockOf(a.incident) - clockOf(b.incident) || (a.key < b.key ? -1 : 1));
}

export interface Standing {
  open: number;
  p1: number;
  p2: number;
  backlog: Backlog;
  /** Since when the oldest open P1 goes on, ms; null: there is none. */
  oldestP1Ms: number | null;
  free: number;
  on: number;
  /** kind of unit → free and on duty */
  kinds: Map<string, { free: number; on: number }>;
}

/** How these incidents and units stand as a whole. */
export function standingOf(incidents: readonly Incident[], units: Iterable<Unit>): Standing {
  const found: Standing = { open: 0, p1: 0, p2: 0, backlog: backlogOf(incidents), oldestP1Ms: null, free: 0, on: 0, kinds: new Map() };
  for (const incident of incidents) {
    found.open += 1;
    if (incident.priority === 1) {
      found.p1 += 1;
      found.oldestP1Ms = Math.min(found.oldestP1Ms ?? Infinity, clockOf(incident));
    }
    if (incident.priority === 2) found.p2 += 1;
  }
  for (const unit of units) {
    if (unit.state === 'off_duty') continue;
    const kind = found.kinds.get(unit.kind) ?? { free: 0, on: 0 };
    found.kinds.set(unit.kind, kind);
    found.on += 1;
    kind.on += 1;
    if (unit.state !== 'available') continue;
    found.free += 1;
    kind.free += 1;
  }
  return found;
}

/** Requests to agencies that stand, each with its incident, what was asked first on top. */
export function requestsOf(incidents: Iterable<Incident>): { incident: Incident; request: AgencyRequest }[] {
  const found = [...incidents].flatMap((incident) => incident.agency_requests.filter((one) => OPEN_REQUEST.has(one.state)).map((request) => ({ incident, request })));
  return found.sort((a, b) => (a.request.id < b.request.id ? -1 : 1));
}

/** Demands on these rooms or by them, the soonest due first. */
export function demandsOf(lists: ReadonlyMap<string, ReadonlyMap<string, unknown>>): Demand[] {
  const all = [...(lists.get('supervision')?.values() ?? [])] as Demand[];
  return all.sort((a, b) => (a.due_at ?? '').localeCompare(b.due_at ?? '') || (a.id < b.id ? -1 : 1));
}

/** This room and all below it, the tree in order: the room itself, then each below, the highest first. */
export function subtree(reference: Pick<Reference, 'rooms'>, roomId: string | null): Room[] {
  const all = [...reference.rooms.values()];
  const below = roomId ? all.filter((room) => room.lineage.includes(roomId)) : all;
  return below.sort((a, b) => a.lineage.length - b.lineage.length || (a.code < b.code ? -1 : 1));
}

/** Units and incidents of one room and what is below it. */
export function partOf<E extends { room: string }>(all: Iterable<E>, reference: Pick<Reference, 'rooms'>, roomId: string): E[] {
  return [...all].filter((one) => reference.rooms.get(one.room)?.lineage.includes(roomId));
}

/** Whether somebody answers in a room just now. */
export const answeredIn = (seats: Iterable<SeatShown>, roomId: string): boolean => [...seats].some((seat) => seat.room_id === roomId && ['ready', 'on_call', 'wrap_up'].includes(seat.state));

/** What a room is called from afar: each of them is a room, so the word for that says nothing. */
export const shortRoom = (name: string): string => name.replace(/(?:勤务)?指挥室$/, '').replace(/ (?:duty )?command room$/i, '');
