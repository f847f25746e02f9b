// Times of events as they are read: the day where it is not today, the clock always.

import { spoken } from '../../core/language.svelte';
import type { Seat } from '../../seat/seat.svelte';

const clock = (at: Date): string => at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
const sameDay = (a: Date, b: Date): boolean => a.toDateString() === b.toDateString();

/** 18:30, with the day before it when that is another one than today. */
export function whenText(iso: string | null | undefined, now = new Date()): string {
  if (!iso) return '';
  const at = new Date(iso);
  if (sameDay(at, now)) return clock(at);
  const day = at.toLocaleDateString(spoken.now === 'zh' ? 'zh-CN' : 'en-GB', { month: 'short', day: 'numeric', ...(at.getFullYear() === now.getFullYear() ? {} : { year: 'numeric' }) });
  return `${day} ${clock(at)}`;
}

/** From when to when; the day of the end only where it is another. */
export function spanText(from: string, to: string): string {
  return `${whenText(from)}–${sameDay(new Date(from), new Date(to)) ? clock(new Date(to)) : whenText(to)}`;
}

/** Who did it, as people call them; the ids of keys and of this program's own parts say nothing to anybody. */
export const whoText = (seat: Seat, principal: string): string => (/^(?:key|system|unit):/.test(principal) ? '' : seat.company.nameOf(principal));
