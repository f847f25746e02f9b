// Figures as people at a seat read them: clocks, ages, distances. Pure but for the language.

import { speaker } from './language.svelte';

export const words = {
  's': ['{n}秒', '{n} s'],
  'm': ['{n}分', '{n} min'],
  'h': ['{n}时', '{n} h'],
  'd': ['{n}天', '{n} d'],
  'never': ['无定位', 'no fix'],
  'old': ['很久', 'long ago'],
} as const;
const t = speaker(words);

/** 0:07, 12:34, 1:02:03, then whole days. */
export function clockText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n: number): string => String(n).padStart(2, '0');
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (h >= 48) return t('d', { n: Math.floor(h / 24) });
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** The age of a fix as short as can be: 4s, 3m, 2h. null: it never had one. */
export function ageText(seconds: number | null): string {
  if (seconds === null) return t('never');
  if (!Number.isFinite(seconds)) return t('old');
  if (seconds < 60) return t('s', { n: Math.floor(seconds) });
  if (seconds < 3600) return t('m', { n: Math.floor(seconds / 60) });
  return t('h', { n: Math.floor(seconds / 3600) });
}

/** How long it will take, to the second below ten minutes: 3:07; then whole minutes. */
export function etaText(seconds: number): string {
  return seconds < 600 ? clockText(seconds) : t('m', { n: Math.round(seconds / 60) });
}

const MOMENT = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });

/** The wall clock of this seat then, ms since 1970. */
export const dayClock = (ms: number): string => MOMENT.format(ms);

/** A moment as the wall clock of this seat shows it. */
export function momentText(iso: string | null | undefined): string {
  return iso ? MOMENT.format(new Date(iso)) : '';
}

/** Day and minute, for what is older than this shift. */
export function dayText(iso: string | null | undefined): string {
  if (!iso) return '';
  const at = new Date(iso);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

const HALF_A_DAY_MS = 43_200_000;

/** The minute by which something is due, with its day where it isn't near. */
export function dueText(iso: string, nowMs: number): string {
  return Math.abs(Date.parse(iso) - nowMs) < HALF_A_DAY_MS ? momentText(iso).slice(0, 5) : dayText(iso);
}

export function distanceText(metres: number | null): string {
  if (metres === null) return '—';
  return metres < 1000 ? `${Math.round(metres)} m` : `${(metres / 1000).toFixed(1)} km`;
}
