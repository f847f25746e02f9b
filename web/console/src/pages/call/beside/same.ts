// Which open incidents the caller may be speaking of: surges pinned on top, then what the server finds alike, at most three with a
// key each. Pure.

import type { components } from '../../../core/schema';
import type { Incident } from '../../../core/types';

export type Candidate = components['schemas']['CandidateShown'];

export interface SameRow {
  incident: Incident;
  /** 0 to 1; null: pinned as a surge, and not (yet) alike. */
  score: number | null;
  reasons: { zh: string; en: string }[];
  surge: boolean;
  /** Alt+1 to Alt+3; null below that. */
  key: number | null;
}

const RESPONDING = new Set(['received', 'dispatched', 'accepted', 'en_route', 'on_scene']);
const KEYS = 3;
const SHOWN = 5;

/** but: the incident that this form itself became. */
export function sameRows(incidents: ReadonlyMap<string, Incident>, candidates: readonly Candidate[], but: string | null): SameRow[] {
  const scores = new Map(candidates.map((one) => [one.incident_id, one]));
  const surges = [...incidents.values()].filter((one) => one.surge && RESPONDING.has(one.state));
  surges.sort((a, b) => (scores.get(b.id)?.score ?? 0) - (scores.get(a.id)?.score ?? 0) || b.alarms_total - a.alarms_total);
  const alike = candidates.flatMap((one) => incidents.get(one.incident_id) ?? []).filter((one) => !surges.includes(one));
  return [...surges, ...alike]
    .filter((one) => one.id !== but)
    .slice(0, Math.max(SHOWN, surges.length))
    .map((incident, n) => {
      const found = scores.get(incident.id);
      return {
        incident, score: found?.score ?? null, surge: Boolean(incident.surge), key: n < KEYS ? n + 1 : null,
        reasons: (found?.reasons ?? []) as unknown as SameRow['reasons'],
      };
    });
}

/** What the server is asked; null: nothing was said yet that could be compared. */
export function alikeQuestion(form: {
  lon: number | null; lat: number | null; accuracy_m: number | null; address: string; type: string | null; callId: string | null; exercise: boolean;
}): string | null {
  const asked = new URLSearchParams();
  if (form.lon !== null && form.lat !== null) {
    asked.set('lon', form.lon.toFixed(6));
    asked.set('lat', form.lat.toFixed(6));
    if (form.accuracy_m) asked.set('accuracy_m', String(Math.round(form.accuracy_m)));
  }
  if (form.address.trim()) asked.set('address', form.address.trim().slice(0, 200));
  if (form.callId) asked.set('call_id', form.callId);
  if (![...asked.keys()].length) return null;
  if (form.type) asked.set('type', form.type);
  if (form.exercise) asked.set('exercise', 'true');
  return `/incidents/alike?${asked}`;
}
