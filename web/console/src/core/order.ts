// In which order incidents and units stand in their lists. Pure.

import type { Assignment, Incident, Unit } from './types';

export const OPEN = new Set(['ordered', 'delivered', 'accepted', 'en_route', 'on_scene', 'unable', 'expired']);

/** Lanes from the most to the least pressing. */
export const LANES = ['danger', 'surge', 'waiting', 'no_place', 'going', 'settling'] as const;
export type Lane = (typeof LANES)[number];
const GOING = new Set(['dispatched', 'accepted', 'en_route', 'on_scene']);
const RESPONDING = new Set(['received', ...GOING]);
const STUCK = new Set(['unable', 'expired']);

export type QueueRow = { key: string; lane: Lane; count: number } | { key: string; incident: Incident };

const clocks = new WeakMap<Incident, number>(); // entities are replaced, never changed, so what was worked out of one stays true

/** When the response clock of an incident began, ms. */
export function clockOf(incident: Incident): number {
  let clock = clocks.get(incident);
  if (clock === undefined) {
    clock = Date.parse(incident.times.ringing ?? incident.times.entered ?? incident.opened_at ?? '');
    clocks.set(incident, clock);
  }
  return clock;
}

/** What people call an incident today: the part of its number after the day, while that day is the newest there is. */
export function shortNumber(number: string, newest: string): string {
  const cut = number.lastIndexOf('-') + 1;
  return cut > 0 && newest.startsWith(number.slice(0, cut)) ? number.slice(cut) : number;
}

/** Whether an order of this incident will not be carried out unless somebody acts. */
export function isStuck(incident: Incident): boolean {
  return incident.assignments.some((one) => STUCK.has(one.state));
}

export function laneOf(incident: Incident): Lane {
  if (incident.emergencies?.length) return 'danger';
  if (incident.surge && RESPONDING.has(incident.state)) return 'surge';
  if (incident.state === 'received') return incident.place?.lon == null ? 'no_place' : 'waiting';
  if (GOING.has(incident.state)) return isStuck(incident) ? 'waiting' : 'going';
  return 'settling';
}

/** Within a lane: by priority, then the older one first. */
function compare(a: Incident, b: Incident): number {
  return a.priority - b.priority || clockOf(a) - clockOf(b) || (a.id < b.id ? -1 : 1);
}

/** Rows of the queue: per lane a heading, then its incidents. frozen: ids in the order on the screen, kept as it is while the
 * pointer rests there; new ones follow. */
export function queueRows(incidents: Iterable<Incident>, frozen: readonly string[] | null): QueueRow[] {
  const place = frozen && new Map(frozen.map((id, n) => [id, n]));
  const lanes = new Map<Lane, Incident[]>(LANES.map((lane) => [lane, []]));
  for (const incident of incidents) lanes.get(laneOf(incident))!.push(incident);
  const rows: QueueRow[] = [];
  for (const [lane, inside] of lanes) {
    inside.sort(compare);
    if (place) inside.sort((a, b) => (place.get(a.id) ?? place.size) - (place.get(b.id) ?? place.size));
    if (inside.length) rows.push({ key: lane, lane, count: inside.length });
    for (const incident of inside) rows.push({ key: incident.id, incident });
  }
  return rows;
}

const BOARD = ['unable', 'expired', 'on_scene', 'en_route', 'accepted', 'delivered', 'ordered', 'available', 'busy', 'break',
  'out_of_service', 'off_duty'];

/** Units for the board: those at work first, then the free, by call sign as people count. */
export function boardRows(units: Iterable<Unit>, collator: Intl.Collator): Unit[] {
  return [...units].sort((a, b) => BOARD.indexOf(a.state) - BOARD.indexOf(b.state) || collator.compare(a.call_sign, b.call_sign));
}

/** Orders of an incident that stand, the primary first. */
export function standing(incident: Incident): Assignment[] {
  return incident.assignments
    .filter((one) => OPEN.has(one.state))
    .sort((a, b) => Number(b.id === incident.primary_id) - Number(a.id === incident.primary_id) || (a.id < b.id ? -1 : 1));
}
