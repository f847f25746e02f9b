// What was promised to whoever waits: the time left until a unit should be there, beside its call sign. Pure.

import { clockText } from '../core/text';
import type { Assignment, Incident, Unit } from '../core/types';

const ON_THE_WAY = new Set(['ordered', 'delivered', 'accepted', 'en_route']);

/** '→3:07' until the promised arrival, '→+0:40' beyond it; '' where nothing was promised or it is there. */
export function tailOf(assignment: Pick<Assignment, 'state' | 'promised_at'>, nowMs: number): string {
  if (!assignment.promised_at || !ON_THE_WAY.has(assignment.state)) return '';
  const leftS = (Date.parse(assignment.promised_at) - nowMs) / 1000;
  return leftS >= 0 ? `→${clockText(leftS)}` : `→+${clockText(-leftS)}`;
}

/** By handle, for the units on these incidents. */
export function tailsOf(incidents: Iterable<Incident>, units: ReadonlyMap<string, Pick<Unit, 'handle' | 'assignment_id'>>, nowMs: number): Map<number, string> {
  const tails = new Map<number, string>();
  for (const incident of incidents) {
    for (const assignment of incident.assignments) {
      const unit = assignment.unit_id ? units.get(assignment.unit_id) : undefined;
      const tail = unit?.assignment_id === assignment.id ? tailOf(assignment, nowMs) : '';
      if (unit && tail) tails.set(unit.handle, tail);
    }
  }
  return tails;
}
