// What an incident waits for, on whom, until when and what happens then; and what has fallen due and still stands. Pure.

import { spoken } from './language.svelte';
import type { Alert, Incident, Waiting } from './types';

/** Words of a waiting or an alert in the language of the seat. */
export function wordsOf<W>(signal: { said: Record<string, W> }): W {
  return (signal.said[spoken.now] ?? signal.said['zh'])!;
}

/** Seconds left until what is waited for falls due; negative when it has. */
export const leftS = (waiting: Waiting, nowMs: number): number => (Date.parse(waiting.until) - nowMs) / 1000;

/** Alerts of whoever works on it; what speaks to one room alone sounds there and hides on no row what is waited for. */
export const dueOf = ({ alerts }: { alerts: readonly Alert[] }): Alert[] => alerts.filter((one) => !one.room);

/** The alert that counts: the newest that stands, null when all is well. */
export function alertOf(incident: { alerts: readonly Alert[] }): Alert | null {
  const due = dueOf(incident);
  return due.length ? due.reduce((a, b) => (a.fired_at > b.fired_at ? a : b)) : null;
}

/** One name for one alert, so that it sounds once: what fell due, of what, since when. */
export const alertKey = (incident: Incident, alert: Alert): string => `${incident.id}:${alert.rule}:${alert.id}:${alert.since}`;
