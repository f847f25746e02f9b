// Whom to send: what the server proposed, which of them are painted, and what has changed since it was shown. What is painted is
// what is sent, nothing else. Pure.

import { OPEN } from './order';
import type { Incident, Unit } from './types';

/** A sentence of the server in both languages, with the key it is known by. */
export interface Reason {
  key: string;
  params: Record<string, unknown>;
  zh: string;
  en: string;
  /** How many seconds it counts in the ranking, where it does. */
  effect_s?: number;
}

export interface Proposed {
  unit_id: string;
  handle: number;
  call_sign: string;
  eta_s: number;
  road_m: number | null;
  straight_m: number;
  fix_age_s: number | null;
  state: string;
  skills: string[];
  reasons: Reason[];
  warnings: Reason[];
  route: [number, number][] | null;
  streets: string[];
  /** Its time and the seconds of all terms: by what it is ranked. */
  score_s: number;
  terms: Record<string, number>;
}

export interface PassedOver {
  unit_id: string;
  call_sign: string;
  straight_m: number | null;
  eta_s: number | null;
  state: string;
  why_nots: Reason[];
}

/** Who is on its way to what can wait, and would be here much sooner than anybody free. */
export interface Diversion {
  unit_id: string;
  call_sign: string;
  state: string;
  eta_s: number;
  saved_s: number | null;
  incident_id: string;
  number: string;
  priority: number;
  replaced_by: { unit_id: string; call_sign: string; eta_s: number } | null;
}

/** A recommendation as the server shows and keeps it. */
export interface Proposal {
  id: string;
  incident_id: string;
  computed_at: string;
  basis: 'road' | 'straight_line';
  waves: Proposed[][];
  passed_over: PassedOver[];
  shortfalls: Reason[];
  diversions: Diversion[];
}

/** A unit that may be sent, wherever it came from. */
export interface Line {
  unitId: string;
  callSign: string;
  /** State when it was shown. */
  was: string;
  wave: number;
  proposed: Proposed | null;
}

export interface Change {
  unitId: string;
  callSign: string;
  was: string;
  now: string;
  /** The incident that has it now. */
  by: Incident | null;
  since: string | null;
}

/** Kept as long as the server keeps it. */
const KEPT_MS = 15 * 60_000;
/** A proposal older than that is worth computing again. */
const STALE_MS = 60_000;
const ASKABLE = new Set(['received', 'dispatched', 'accepted', 'en_route', 'on_scene', 'handled', 'fed_back', 'reviewed']);
const UNDER_WAY = new Set(['ordered', 'delivered', 'accepted', 'en_route']);
/** Told in columns of their own. */
const IN_COLUMNS = new Set(['nearest', 'by_road', 'has_skills']);

export const askable = (incident: Incident): boolean => ASKABLE.has(incident.state);

/** All that can be toggled, in the order of their digits: the proposed by wave, then who was typed in. */
export function linesOf(proposal: Proposal | null, added: readonly Unit[]): Line[] {
  const lines: Line[] = (proposal?.waves ?? []).flatMap((wave, n) => wave.map((row) => ({
    unitId: row.unit_id, callSign: row.call_sign, was: row.state, wave: n + 1, proposed: row,
  })));
  const known = new Set(lines.map(({ unitId }) => unitId));
  for (const unit of added) if (!known.has(unit.id)) lines.push({ unitId: unit.id, callSign: unit.call_sign, was: unit.state, wave: 0, proposed: null });
  return lines;
}

/** Painted at first: the first wave for an incident nobody is on; for one that has somebody, nobody. */
export function firstPainted(proposal: Proposal, incident: Incident): string[] {
  return incident.state === 'received' ? (proposal.waves[0] ?? []).map(({ unit_id }) => unit_id) : [];
}

/** What became of a unit since its line was shown; null: nothing. */
export function changeOf(line: Line, units: ReadonlyMap<string, Unit>, incidents: ReadonlyMap<string, Incident>): Change | null {
  const unit = units.get(line.unitId);
  if (unit && unit.state === line.was) return null;
  const now = unit?.state ?? 'off_duty';
  const by = unit?.incident_id ? (incidents.get(unit.incident_id) ?? null) : null;
  const order = by?.assignments.find((one) => one.unit_id === line.unitId && OPEN.has(one.state));
  return { unitId: line.unitId, callSign: line.callSign, was: line.was, now, by, since: order?.times.ordered ?? null };
}

/** The next that is neither painted nor changed, to go in place of one that cannot. */
export function nextOf(lines: readonly Line[], painted: ReadonlySet<string>, changed: (line: Line) => boolean): Line | null {
  return lines.find((line) => !painted.has(line.unitId) && !changed(line)) ?? null;
}

/** Why a newer computing may give another answer; null: nothing speaks for it. */
export function newer(proposal: Proposal, incident: Incident, shown: { place: string; priority: number }, nowMs: number): 'place' | 'priority' | 'over' | 'age' | null {
  if (placeKey(incident) !== shown.place) return 'place';
  if (incident.priority !== shown.priority) return 'priority';
  const ageMs = nowMs - Date.parse(proposal.computed_at);
  if (ageMs > KEPT_MS) return 'over';
  return ageMs > STALE_MS ? 'age' : null;
}

export const placeKey = (incident: Incident): string => `${incident.place?.lon ?? ''},${incident.place?.lat ?? ''}`;

/** Reasons worth saying beside the columns. */
export const spokenReasons = (reasons: readonly Reason[]): Reason[] => reasons.filter(({ key }) => !IN_COLUMNS.has(key));

/** Whether this seat may take a passed-over unit from its job. */
export function mayTake(passed: PassedOver, roles: readonly string[]): boolean {
  const keys = new Set(passed.why_nots.map(({ key }) => key));
  return (keys.has('may_preempt') && roles.some((role) => role === 'dispatcher' || role === 'leader')) || (keys.has('may_preempt_leader') && roles.includes('leader'));
}

/** Who may still be diverted: nobody who has arrived there, or was taken or released meanwhile. */
export function divertible(proposal: Proposal | null, units: ReadonlyMap<string, Unit>, roles: readonly string[]): Diversion[] {
  if (!roles.some((role) => role === 'dispatcher' || role === 'leader')) return [];
  return (proposal?.diversions ?? []).filter(({ unit_id, incident_id }) => {
    const unit = units.get(unit_id);
    return unit !== undefined && UNDER_WAY.has(unit.state) && unit.incident_id === incident_id;
  });
}

/** The body of the order: exactly the painted, in the order of the list. */
export function orderBody(lines: readonly Line[], painted: ReadonlySet<string>, kind: 'order' | 'stack', proposal: Proposal | null): Record<string, unknown> {
  const orders = lines.filter(({ unitId }) => painted.has(unitId)).map(({ unitId }) => ({ unit_id: unitId }));
  return { orders, kind, ...(proposal ? { recommendation_id: proposal.id } : {}) };
}
