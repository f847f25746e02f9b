// What this person took lately: newest first, with what became of it, and what may still be done with it here. Pure.

import type { Incident } from '../../../core/types';

export interface OwnRow {
  key: string;
  incident: Incident;
  alarmId: string;
  /** Own, and nobody was ordered: it may be void or settled by telephone. */
  may: { void: boolean; attach: boolean };
}

const ATTACHABLE = new Set(['received', 'dispatched', 'accepted', 'en_route', 'on_scene', 'handled', 'fed_back', 'reviewed']);

/** The incidents with an alarm that this principal took, by when it was taken, at most `most`. */
export function ownRows(incidents: Iterable<Incident>, principal: string, most = 30): OwnRow[] {
  const found: { row: OwnRow; at: string }[] = [];
  for (const incident of incidents) {
    const mine = incident.alarms.filter((alarm) => alarm.taken_by === principal);
    const [last] = mine.sort((a, b) => (b.recorded_at ?? '').localeCompare(a.recorded_at ?? ''));
    if (!last) continue;
    const alone = incident.alarms_total === mine.length;
    found.push({
      at: last.recorded_at ?? '',
      row: {
        key: incident.id, incident, alarmId: last.id,
        may: { void: incident.state === 'received' && alone, attach: ATTACHABLE.has(incident.state) },
      },
    });
  }
  return found.sort((a, b) => b.at.localeCompare(a.at)).slice(0, most).map(({ row }) => row);
}
