// The joint offer: who would go where so that several waiting incidents wait least together, and whether it still stands. It is
// shown beside the queue and sent only by a key; nothing moves by itself. Pure.

import { OPEN } from './order';
import type { Reason } from './plan';
import type { Incident, Unit } from './types';

export interface UnitOffered {
  unit_id: string;
  call_sign: string;
  eta_s: number;
  road_m: number | null;
  state: string;
}

export interface CallOffered {
  incident_id: string;
  number: string;
  priority: number;
  wanted: number;
  recommendation_id: string;
  usual: UnitOffered[];
  offered: UnitOffered[];
  sooner_s: number | null;
}

/** What the server offers; `key` is the same as long as the same is offered. */
export interface JointOffer {
  key: string;
  computed_at: string;
  basis: 'road' | 'straight_line';
  calls: CallOffered[];
  saved_s: number;
  more: number;
  said: Reason;
}

type Units = ReadonlyMap<string, Unit>;
type Incidents = ReadonlyMap<string, Incident>;

/** Asked again at the soonest after that, while what waits has changed; else after EVEN_SO_MS, since units move. */
export const AGAIN_MS = 10_000;
export const EVEN_SO_MS = 30_000;

/** Incidents that have a place and nobody yet. */
export function waitingIn(incidents: Iterable<Incident>): string[] {
  return [...incidents].filter(({ state, place, merged_into: into }) => state === 'received' && place?.lon != null && !into).map(({ id }) => id).sort();
}

/** Whether it is worth asking: two or more wait, and something has changed since, or a while has passed. */
export function worthAsking(waiting: readonly string[], said: string, last: { said: string; atMs: number }, nowMs: number): boolean {
  if (waiting.length < 2) return false;
  const agoMs = nowMs - last.atMs;
  return agoMs >= EVEN_SO_MS || (agoMs >= AGAIN_MS && said !== last.said);
}

export const saidOf = (waiting: readonly string[], free: number): string => `${free}:${waiting.join()}`;

/** Units of a call that are no longer as they were shown. */
export function changedIn(call: CallOffered, units: Units): UnitOffered[] {
  return call.offered.filter((one) => units.get(one.unit_id)?.state !== one.state);
}

/** Whether somebody has sent to a call since it was offered, or it is gone. */
export function isServed(call: CallOffered, incidents: Incidents): boolean {
  const incident = incidents.get(call.incident_id);
  const going = (incident?.assignments ?? []).filter(({ unit_id, state }) => unit_id && OPEN.has(state)).map(({ unit_id }) => unit_id);
  return !incident || call.offered.some((one) => going.includes(one.unit_id));
}

/** Whether it may still be offered: all its units are as they were, all its calls there. */
export function stands(offer: JointOffer, units: Units, incidents: Incidents): boolean {
  return offer.calls.every((call) => !changedIn(call, units).length && !isServed(call, incidents));
}

/** The body of one call's order: exactly whom it was offered. */
export function orderOf(call: CallOffered): Record<string, unknown> {
  return { orders: call.offered.map(({ unit_id }) => ({ unit_id })), kind: 'order', recommendation_id: call.recommendation_id };
}
