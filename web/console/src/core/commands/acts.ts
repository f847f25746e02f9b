// From a line that was read to what is asked of the server: the very requests, or why it can't be done. Pure.

import { OPEN } from '../order';
import type { Assignment, Incident, Unit } from '../types';
import type { Read } from './read';
import type { VerbId } from './verbs';

export interface Request {
  method: 'POST' | 'PATCH';
  path: string;
  body: Record<string, unknown>;
  /** The version a PATCH was read at. */
  version?: number;
}

/** Something to be looked at instead of done. */
export type Act = { requests: Request[]; orders?: boolean } | { show: { incident?: Incident; unit?: Unit } } | { write: 'call' | 'lookout'; text: string } | { open: 'duty' } | { why: 'no_order' | 'same' | 'has_no_round' };

const STEPS: Partial<Record<VerbId, string>> = {
  deliver: 'deliver', accept: 'accept', go: 'en-route', scene: 'on-scene', clear: 'clear', recall: 'recall', unable: 'unable', release: 'release',
};
const DUTY: Partial<Record<VerbId, string>> = { break: 'break', free: 'available', busy: 'busy' };

const post = (path: string, body: Record<string, unknown> = {}): Request => ({ method: 'POST', path, body });
const said = (text: string): Record<string, unknown> => (text ? { reason: text } : {});

/** The order that a unit carries out now, or one that is kept for it. */
export function orderOf(unit: Unit, incidents: Iterable<Incident>): Assignment | null {
  let kept: Assignment | null = null;
  for (const incident of incidents) {
    for (const order of incident.assignments) {
      if (order.unit_id !== unit.id) continue;
      if (OPEN.has(order.state)) return order;
      if (order.state === 'stacked') kept ??= order;
    }
  }
  return kept;
}

/** The requests of a whole reading; only for one without doubts and without anything missing. */
export function actOf(read: Read, incidents: Iterable<Incident>): Act {
  const { id } = read.verb;
  if (id in STEPS) return step(read, incidents);
  if (id in DUTY) return duty(read);
  if (id === 'find') return { show: { ...(read.incident ? { incident: read.incident } : {}), ...(read.units[0] ? { unit: read.units[0] } : {}) } };
  if (id === 'call_all' || id === 'look_out') return { write: id === 'call_all' ? 'call' : 'lookout', text: read.text };
  if (id === 'roll') return { requests: [post('/roll-calls')] };
  if (id === 'duty') return { open: 'duty' };
  if (id === 'message') return { requests: [post(`/units/${read.units[0]!.id}/message`, { text: read.text })] };
  if (id === 'check') return { requests: [post(`/units/${read.units[0]!.id}/checked`)] };
  return ofIncident(read, read.incident!);
}

function step({ verb, units, text, result }: Read, incidents: Iterable<Incident>): Act {
  const order = orderOf(units[0]!, incidents);
  if (!order || (order.state === 'stacked' && verb.id !== 'recall')) return { why: 'no_order' };
  const body = verb.id === 'clear' ? { result: result![0] } : said(text);
  return { requests: [post(`/assignments/${order.id}/${STEPS[verb.id]!}`, body)] };
}

function duty({ verb, units, minutes }: Read): Act {
  const body = { duty: DUTY[verb.id]!, ...(verb.id === 'break' ? { minutes } : {}) };
  return { requests: [post(`/units/${units[0]!.id}/duty`, body)] };
}

function ofIncident(read: Read, incident: Incident): Act {
  const path = `/incidents/${incident.id}`;
  const { text, into, rooms, result } = read;
  switch (read.verb.id) {
    case 'send':
    case 'add':
    case 'stack':
    case 'take':
      return { requests: [post(`${path}/assignments`, orders(read))], orders: true };
    case 'hand':
      return { requests: [post(`${path}/hand-over`, { room_id: rooms[0]!.id })] };
    case 'merge':
      return incident === into ? { why: 'same' } : { requests: [post(`${path}/merge`, { into: into!.id })] };
    case 'unmerge':
      return { requests: incident.absorbed.length ? incident.absorbed.map((one) => post(`/incidents/${one.id}/unmerge`)) : [post(`${path}/unmerge`)] };
    case 'dispute':
      return { requests: [post(`${path}/disputes`, { text })] };
    case 'pursue':
      return { requests: [post(`${path}/pursuit`)] };
    case 'note':
    case 'urgent':
      return { requests: [post(`${path}/notes`, { kind: 'scene', text, urgent: read.verb.id === 'urgent' })] };
    case 'level':
      return { requests: [{ method: 'PATCH', path, body: { priority: read.level }, version: incident.version }] };
    case 'handle':
      return { requests: [post(`${path}/handle`, { result: result![0] })] };
    case 'close':
      return { requests: [post(`${path}/close`)] };
    case 'void':
    case 'advise':
      return { requests: [post(`${path}/${read.verb.id}`, { reason: text })] };
    default:
      return { why: 'has_no_round' };
  }
}

function orders({ verb, units, rooms, text, incident }: Read): Record<string, unknown> {
  const [room] = rooms;
  const toUnits = units.map((unit) => ({ unit_id: unit.id }));
  const toRooms = rooms.map((one) => ({ room_id: one.id }));
  const lines = room && rooms.length === 1 && units.length === 1 ? [{ room_id: room.id, unit_id: units[0]!.id }] : [...toUnits, ...toRooms];
  const reason = verb.id === 'take' ? { preempt: true, reason: text || `P${incident!.priority} ${incident!.number}` } : said(text);
  return { orders: lines, kind: verb.id === 'stack' ? 'stack' : 'order', ...reason };
}
