// What a seat must notice: officers in danger, pressing incidents nobody has taken, what has fallen due, calls to ring back.
// Each is new, then sounding until somebody acknowledges it, and returns when it falls due again. Silence is not
// acknowledgement, and an officer in danger stays in sight until reset. Pure.

import { alertKey } from './signals';
import type { Picture } from './picture';
import type { Alert, Call, Emergency, Incident } from './types';

const PRESSING = 2;

export type Level = 0 | 1 | 2;

export interface Noticeable {
  key: string;
  /** 0 an officer in danger, 1 a P1, 2 the rest */
  level: Level;
  emergency?: Emergency;
  incident?: Incident;
  alert?: Alert;
  call?: Call;
}

/** All there is to notice now, by a key each, the most pressing first. answers: this seat only takes reports; of incidents it notices
 * what rings, and what its own person took. */
export function noticeable(picture: Picture, answers: { principal: string } | null = null): Noticeable[] {
  const dangers = new Map(picture.emergencies);
  for (const incident of picture.incidents.values()) for (const one of incident.emergencies ?? []) dangers.set(one.id, one);
  const found: Noticeable[] = [...dangers.values()]
    .filter((one) => !one.reset_at)
    .map((emergency) => ({ key: `${emergency.id}:${emergency.presses}`, level: 0, emergency }));
  for (const incident of picture.incidents.values()) {
    const level = incident.priority === 1 ? 1 : 2;
    if (answers && incident.press?.state !== 'ringing' && !incident.alarms.some((alarm) => alarm.taken_by === answers.principal)) continue;
    const calls = incident.press?.state === 'ringing' || (!answers && incident.state === 'received' && incident.priority <= PRESSING);
    if (calls) found.push({ key: `${incident.id}:${incident.press?.count ?? 0}`, level, incident });
    for (const alert of incident.alerts) {
      if (alert.noun !== 'emergency') found.push({ key: alertKey(incident, alert), level, incident, alert });
    }
  }
  for (const call of picture.calls.values()) if (call.owes_ring_back) found.push({ key: call.id, level: 2, call });
  return found.sort((a, b) => a.level - b.level || Number(Boolean(a.alert)) - Number(Boolean(b.alert)));
}

export class Alerts {
  /** What is in sight: what nobody has acknowledged, and officers in danger whatever was acknowledged. */
  shown: Noticeable[] = [];
  silent = false;
  private known: Set<string> | null = null;
  private readonly waiting = new Set<string>();

  get sounding(): Noticeable[] {
    return this.shown.filter(({ key }) => this.waiting.has(key));
  }

  /** Notice what is new, and forget what somebody has taken up. The first look of a seat only learns what there is. */
  look(now: Noticeable[]): void {
    const keys = new Set(now.map(({ key }) => key));
    const { known } = this;
    const fresh = known ? [...keys].filter((key) => !known.has(key)) : now.filter(({ level }) => level === 0).map(({ key }) => key);
    this.known = keys;
    for (const key of [...this.waiting]) if (!keys.has(key)) this.waiting.delete(key);
    for (const key of fresh) this.waiting.add(key);
    if (fresh.length) this.silent = false;
    this.shown = now.filter(({ key, level }) => level === 0 || this.waiting.has(key));
  }

  acknowledge(): void {
    this.waiting.clear();
    this.shown = this.shown.filter(({ level }) => level === 0);
  }

  silence(): void {
    this.silent = true;
  }
}
