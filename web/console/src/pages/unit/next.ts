// Which step comes next for a crew: what the server knows of its order, and what was pressed here and has not been heard yet. Pure.

import type { Act } from '../../core/outbox';
import { OPEN } from '../../core/order';
import type { Assignment, Incident, Unit } from '../../core/types';

export type Step = 'accept' | 'en_route' | 'on_scene' | 'clear';
export const STEPS: readonly Step[] = ['accept', 'en_route', 'on_scene', 'clear'];
export const PATHS: Readonly<Record<Step, string>> = { accept: 'accept', en_route: 'en-route', on_scene: 'on-scene', clear: 'clear' };

/** State an order has once a step was taken. */
const AFTER: Readonly<Record<string, string>> = {
  accept: 'accepted', en_route: 'en_route', on_scene: 'on_scene', clear: 'cleared', unable: 'unable',
};
const BEFORE: Readonly<Record<string, Step>> = {
  ordered: 'accept', delivered: 'accept', expired: 'accept', accepted: 'en_route', en_route: 'on_scene', on_scene: 'clear',
};
const WAY = ['ordered', 'delivered', 'expired', 'accepted', 'en_route', 'on_scene', 'cleared'];
/** Acts that say of an order how far it is. */
export const TELLING = new Set(Object.keys(AFTER));

/** How far an order is with what was pressed here: pressed steps only lead forward, whatever the server has heard. */
export function stateOf(assignment: Assignment, waiting: readonly Act[]): string {
  let state: string = assignment.state;
  for (const act of waiting) {
    const after = act.about === assignment.id ? AFTER[act.kind] : undefined;
    if (!after || !OPEN.has(state)) continue;
    if (after === 'unable' || WAY.indexOf(after) > WAY.indexOf(state)) state = after;
  }
  return state;
}

export interface Job {
  incident: Incident;
  assignment: Assignment;
  /** With what was pressed here. */
  state: string;
}

/** The order a unit has now, with its incident. */
export function jobOf(unit: Unit, incidents: Iterable<Incident>, waiting: readonly Act[]): Job | null {
  for (const incident of incidents) {
    for (const assignment of incident.assignments) {
      if (assignment.unit_id !== unit.id || !OPEN.has(assignment.state)) continue;
      const state = stateOf(assignment, waiting);
      if (state !== 'cleared') return { incident, assignment, state };
    }
  }
  return null;
}

export interface Owed extends Job {
  /** Sent back for correction, as against not handed in yet. */
  returned: boolean;
}

/** Forms this unit still owes, those sent back first: of what it has ended as the one in charge. */
export function owedBy(unit: Unit, incidents: Iterable<Incident>, waiting: readonly Act[]): Owed[] {
  const owed: Owed[] = [];
  for (const incident of incidents) {
    for (const assignment of incident.assignments) {
      if (assignment.unit_id !== unit.id || waiting.some((act) => act.kind === 'feedback' && act.about === assignment.id)) continue;
      const state = stateOf(assignment, waiting);
      const form = assignment.feedback.findLast((one) => one.kind === 'final' && one.state !== 'replaced');
      const returned = form?.state === 'returned';
      const missing = !form && state === 'cleared' && assignment.role === 'primary';
      if (returned || missing) owed.push({ incident, assignment, state, returned });
    }
  }
  return owed.sort((a, b) => Number(b.returned) - Number(a.returned));
}

export type Next = { kind: 'log_on' } | { kind: Step; job: Job } | { kind: 'feedback'; owed: Owed } | { kind: 'none' };

/** What the one large button does. */
export function nextStep(unit: Unit, job: Job | null, owed: readonly Owed[], waiting: readonly Act[]): Next {
  if (job) {
    const step = BEFORE[job.state];
    return step ? { kind: step, job } : { kind: 'none' };
  }
  if (owed[0]) return { kind: 'feedback', owed: owed[0] };
  return dutyOf(unit, waiting) === 'off_duty' ? { kind: 'log_on' } : { kind: 'none' };
}

/** What the unit is there for, with what was pressed here. */
export function dutyOf(unit: Unit, waiting: readonly Act[]): string {
  let duty: string = unit.duty;
  for (const act of waiting) {
    if (act.kind === 'log_on' && duty === 'off_duty') duty = 'available';
    else if (act.kind === 'log_off') duty = 'off_duty';
    else if (act.kind === 'duty') duty = String(act.body['duty']);
  }
  return duty;
}

/** Urgent notes this unit was sent and has not read; nor pressed that it has. */
export function unreadNotes(incident: Incident, unitId: string, waiting: readonly Act[]): Incident['notes'] {
  return incident.notes.filter((note) => note.urgent
    && note.reads.some((lamp) => lamp.unit_id === unitId && !lamp.read_at)
    && !waiting.some((act) => act.kind === 'note_read' && act.about === note.id));
}

/** Whether somebody waits to hear that this crew is all right: a status check nobody answered. */
export function askedWhetherWell(incident: Incident, assignmentId: string): boolean {
  const asks = new Set(['status_unanswered', 'safety_check']);
  return incident.alerts.some((alert) => alert.id === assignmentId && asks.has(alert.rule));
}
