// What waits for a reviewer, lane by lane, read from the picture every seat has and from the list of callers. Pure.

import type { components } from '../../core/schema';
import type { Assignment, Incident } from '../../core/types';

type Shapes = components['schemas'];
export type CallBackDue = Shapes['CallBackDue'];
export type Demand = Shapes['SupervisionShown'];
export type Request = Shapes['AgencyRequestShown'];
export type Fact = Shapes['FactShown'];
export type Feedback = Assignment['feedback'][number];

export const LANES = ['reviews', 'call_backs', 'supervision', 'requests', 'ends', 'facts'] as const;
export type Lane = (typeof LANES)[number];

export type Row =
  | { lane: 'reviews'; key: string; incident: Incident }
  | { lane: 'call_backs'; key: string; due: CallBackDue }
  | { lane: 'supervision'; key: string; demand: Demand; late: boolean }
  | { lane: 'requests'; key: string; request: Request; incident: Incident }
  | { lane: 'ends'; key: string; incident: Incident }
  | { lane: 'facts'; key: string; fact: Fact };

const SETTLING = new Set(['handled', 'fed_back', 'reviewed']);
const STANDING = new Set(['sent', 'taken', 'arrived']);
const time = (at: string | null | undefined): number => (at ? Date.parse(at) : 0);

/** Where words about a caller are kept until the outcome was recorded. */
export const notesOf = (due: CallBackDue): string => `call_back.${due.id}`;

/** Forms a person must read: the most urgent first, of those the longest waiting. */
export function reviews(incidents: Iterable<Incident>): Row[] {
  const found = [...incidents].filter((one) => one.state === 'fed_back' && one.review?.by === 'person');
  found.sort((a, b) => a.priority - b.priority || time(a.times.fed_back) - time(b.times.fed_back) || (a.id < b.id ? -1 : 1));
  return found.map((incident) => ({ lane: 'reviews', key: incident.id, incident }));
}

/** The longest waiting caller first: a memory fades. */
export function callBacks(due: readonly CallBackDue[]): Row[] {
  return [...due].sort((a, b) => (a.id < b.id ? -1 : 1)).map((one) => ({ lane: 'call_backs', key: one.id, due: one }));
}

/** Late ones first, then what is answered and waits for a signature, then by the time they are due. */
export function supervision(demands: Iterable<Demand>, nowMs: number): Row[] {
  const late = (one: Demand): boolean => one.state !== 'answered' && one.due_at !== null && time(one.due_at) < nowMs;
  const rank = (one: Demand): number => (late(one) ? 0 : one.state === 'answered' ? 1 : 2);
  const found = [...demands].sort((a, b) => rank(a) - rank(b) || time(a.due_at) - time(b.due_at) || (a.id < b.id ? -1 : 1));
  return found.map((demand) => ({ lane: 'supervision', key: demand.id, demand, late: late(demand) }));
}

/** Open requests: those chased most first, then the oldest. */
export function requests(incidents: Iterable<Incident>): Row[] {
  const found = [...incidents].flatMap((incident) => incident.agency_requests.filter(({ state }) => STANDING.has(state)).map((request) => ({ request, incident })));
  found.sort((a, b) => b.request.chased - a.request.chased || time(a.request.times.sent) - time(b.request.times.sent));
  return found.map((one) => ({ lane: 'requests', key: one.request.id, ...one }));
}

/** Incidents whose work is done and that something keeps from closing. */
export function ends(incidents: Iterable<Incident>): Row[] {
  const found = [...incidents].filter((one) => SETTLING.has(one.state) && one.open_ends.length);
  found.sort((a, b) => time(a.times.handled) - time(b.times.handled) || (a.id < b.id ? -1 : 1));
  return found.map((incident) => ({ lane: 'ends', key: incident.id, incident }));
}

/** Standing facts of places that wait for a leader: what is proposed first, then what is doubted, then by the time of their review. */
export function facts(due: readonly Fact[]): Row[] {
  const rank = (one: Fact): number => (one.state === 'proposed' ? 0 : one.doubted ? 1 : 2);
  const found = [...due].sort((a, b) => rank(a) - rank(b) || time(a.review_at) - time(b.review_at) || (a.id < b.id ? -1 : 1));
  return found.map((fact) => ({ lane: 'facts', key: fact.id, fact }));
}

/** Forms that are to be judged: the final ones that stand, with their orders. */
export function formsOf(incident: Incident): { order: Assignment; form: Feedback }[] {
  return incident.assignments.flatMap((order) => order.feedback.filter(({ state }) => state === 'submitted' || state === 'returned').map((form) => ({ order, form })));
}

/** Which row comes after this one is done: the next, else the one before. */
export function after(rows: readonly Row[], key: string | null): string | null {
  const n = rows.findIndex((row) => row.key === key);
  return (n < 0 ? rows[0] : (rows[n + 1] ?? rows[n - 1]))?.key ?? null;
}
