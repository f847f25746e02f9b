// What a row of the queue says: how many presses or callers, what it waits for. Pure but for the language.

import { speaker } from '../../../core/language.svelte';
import { alertOf, dueOf, leftS, wordsOf } from '../../../core/signals';
import { clockText } from '../../../core/text';
import type { Incident } from '../../../core/types';

export const words = {
  'waiting': ['{what} {left} → {then}', '{what} {left} → {then}'],
  'surge': ['集中警情 {n}', 'surge {n}'],
  'presses': ['连按 {n} 次', '{n} presses'],
} as const;
const t = speaker(words);

/** How many presses or callers, where that says something. */
export function badge({ press, surge }: Incident): string {
  if (surge) return t('surge', { n: surge.count });
  return press && press.count > 1 ? t('presses', { n: press.count }) : '';
}

/** What has fallen due, or else what it waits for, how long yet, and what happens then. */
export function signalText(incident: Incident, nowMs: number): string {
  const alert = alertOf(incident);
  if (alert) return `! ${wordsOf(alert).what}`;
  if (!incident.waiting) return '';
  const { what, then } = wordsOf(incident.waiting);
  return t('waiting', { what, then, left: clockText(Math.max(0, leftS(incident.waiting, nowMs))) });
}

export const isDue = (incident: Incident): boolean => dueOf(incident).length > 0;
/** Whether a row needs a third line. */
export const hasSignal = (incident: Incident): boolean => Boolean(dueOf(incident).length || incident.waiting);
