// How many incidents wait for somebody, and how many are overdue. Pure: counted when an incident changes; from second to second only
// what has run out since is told, since thousands are not gone through for a clock.

import { isStuck } from './order';
import { dueOf } from './signals';
import type { Incident } from './types';

export interface Backlog {
  /** Nobody has been sent, or who was sent cannot go. */
  waiting: number;
  /** What fell due stands. */
  due: number;
  /** Until when the others may take their time, ms since 1970. */
  untilMs: readonly number[];
}

export function backlogOf(incidents: Iterable<Incident>): Backlog {
  const untilMs: number[] = [];
  let [waiting, due] = [0, 0];
  for (const incident of incidents) {
    if (incident.state === 'received' || isStuck(incident)) waiting += 1;
    if (dueOf(incident).length) due += 1;
    else if (incident.waiting) untilMs.push(Date.parse(incident.waiting.until));
  }
  return { waiting, due, untilMs };
}

export function overdue({ due, untilMs }: Backlog, nowMs: number): number {
  let count = due;
  for (const one of untilMs) if (one < nowMs) count += 1;
  return count;
}
