// What an incident waits for, on whom, until when and what happens then; and what has fallen due and still stands. Pure.

import { currentLanguage } from './text.js';

/** Words of a waiting or an alert in the language of the seat. */
export const wordsOf = (signal) => signal.said[currentLanguage()] ?? signal.said.zh;

/** Seconds left until what is waited for falls due; negative when it has. */
export const leftS = (waiting, nowMs) => (Date.parse(waiting.until) - nowMs) / 1000;

/** The alert that counts: the newest that stands, null when all is well. */
export function alertOf({ alerts }) {
  return alerts?.length ? alerts.reduce((a, b) => (a.fired_at > b.fired_at ? a : b)) : null;
}

/** One name for one alert, so that it sounds once: what fell due, of what, since when. */
export const alertKey = (incident, alert) => `${incident.id}:${alert.rule}:${alert.id}:${alert.since}`;

/** Whether a row needs a third line. */
export const hasSignal = (incident) => Boolean(incident.alerts?.length || incident.waiting);
