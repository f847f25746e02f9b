// In which order incidents and units stand in their lists. Pure.

import type { Assignment, Incident } from './types';

export const OPEN = new Set(['ordered', 'delivered', 'accepted', 'en_route', 'on_scene', 'unable', 'expired']);

/** Lanes from the most to the least pressing. */
export const LANES = ['danger', 'surge', 'waiting', 'no_place', 'typing', 'going', 'settling'] as const;
export type Lane = (typeof LANES)[number];
const GOING = new Set(['dispatched', 'accepted', 'en_route', 'on_scene']);
const RESPONDING = new Set(['received', ...GOING]);
const STUCK = new Set(['unable', 'expired']);

export type QueueRow =
  | { key: string; lane: Lane | 'fresh'; count: number }
  | { key: string; draft: string; fresh?: boolean }
  | { key: string; incident: Incident; tall: boolean; fresh?: boolean; gone?: boolean };

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

const laned = new WeakMap<Incident, Lane>();

export function laneOf(incident: Incident): Lane {
  let lane = laned.get(incident);
  if (lane === undefined) laned.set(incident, (lane = laneNow(incident)));
  return lane;
}

function laneNow(incident: Incident): Lane {
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

/** Whether a row needs a third line. */
const signalled = (incident: Incident): boolean => Boolean(incident.alerts?.length || incident.waiting);

/** Rows of the queue: per lane a heading, then its incidents; after the waiting what call-takers are typing. */
export function queueRows(incidents: Iterable<Incident>, typing: readonly { id: string }[] = []): QueueRow[] {
  const lanes = new Map<Lane, Incident[]>(LANES.map((lane) => [lane, []]));
  for (const incident of incidents) lanes.get(laneOf(incident))!.push(incident);
  const rows: QueueRow[] = [];
  for (const [lane, inside] of lanes) {
    if (lane === 'typing') {
      if (typing.length) rows.push({ key: lane, lane, count: typing.length });
      for (const { id } of typing) rows.push({ key: id, draft: id });
      continue;
    }
    inside.sort(compare);
    if (inside.length) rows.push({ key: lane, lane, count: inside.length });
    for (const incident of inside) rows.push({ key: incident.id, incident, tall: signalled(incident) });
  }
  return rows;
}

/**
 * The rows as they stood when the pointer came in, none moved, grown or gone, each with what is known of it now; what came
 * since stands below in a lane of its own. `gone` rows are no longer part of the queue.
 */
export function heldRows(held: readonly QueueRow[], incidents: ReadonlyMap<string, Incident>, typing: readonly { id: string }[] = []): QueueRow[] {
  const standing = new Set(held.map(({ key }) => key));
  const rows: QueueRow[] = held.map((row) => {
    if (!('incident' in row)) return row;
    const now = incidents.get(row.key);
    return now ? { ...row, incident: now, gone: false } : { ...row, gone: true };
  });
  const fresh = queueRows(incidents.values(), typing).filter((row) => !('lane' in row) && !standing.has(row.key));
  if (fresh.length) rows.push({ key: 'fresh', lane: 'fresh', count: fresh.length }, ...fresh.map((row) => ({ ...row, fresh: true })));
  return rows;
}

/** States of units in the order of every list of them: those in trouble, at work, free, away. */
export const BOARD: readonly string[] = ['unable', 'expired', 'on_scene', 'en_route', 'accepted', 'delivered', 'ordered', 'available', 'busy', 'break',
  'out_of_service', 'off_duty'];

/** How far an order has come, for a lamp: sent, on the terminal, taken by a person, done, its form handed in. */
export type Lamp = 'sent' | 'there' | 'taken' | 'done' | 'fed_back' | 'stuck';

export function lampOf(order: Assignment): Lamp | null {
  if (STUCK.has(order.state)) return 'stuck';
  if (order.state === 'ordered') return 'sent';
  if (order.state === 'delivered') return 'there';
  if (order.state === 'accepted' || order.state === 'en_route' || order.state === 'on_scene') return 'taken';
  if (order.state !== 'cleared' || !order.unit_id) return null;
  return order.feedback.some((form) => form.kind === 'final' && form.state !== 'returned') ? 'fed_back' : 'done';
}

/** Orders of an incident that stand, the primary first. */
export function standing(incident: Incident): Assignment[] {
  return incident.assignments
    .filter((one) => OPEN.has(one.state))
    .sort((a, b) => Number(b.id === incident.primary_id) - Number(a.id === incident.primary_id) || (a.id < b.id ? -1 : 1));
}
