// How the ground of a room is covered, in one line, and which of the proposed moves is said. Pure but for the language.

import { speaker } from './language.svelte';
import type { components } from './schema';
import { clockText } from './text';
import type { Incident, Unit } from './types';

export type Ground = components['schemas']['GroundShown'];
export type Move = components['schemas']['MoveShown'];

export const words = {
  'wait': ['下一警预计等 {s}', 'Next call served in {s}'],
  'within': ['5 分钟可达 {n}%', '{n}% reached in 5 min'],
  'all': ['1、3、5 分钟内可达预期警情：{a}%、{b}%、{c}%；群防群治力量 1 分钟内 {x}%', 'Expected calls within 1, 3, 5 min: {a}%, {b}%, {c}%; auxiliaries within 1 min: {x}%'],
  'bare': ['空缺：{names}', 'No cover: {names}'],
  'and': ['、', ', '],
} as const;
const t = speaker(words);

/** Asked again after that while somebody looks; the server answers all seats of a room alike meanwhile. */
export const EVERY_MS = 30_000;
const NAMES = 3;

const percent = (share: number | undefined): number => Math.round(100 * (share ?? 0));

/** The wait as short as can be; empty where nothing is known. */
export const waitText = ({ wait_s: wait }: Ground): string => (wait === null ? '' : t('wait', { s: clockText(wait) }));

/** The reach in one figure. */
export const reachText = ({ within }: Ground): string => t('within', { n: percent(within.at(-1)?.share) });

/** All of it, for whoever points at it or hears it read. */
export function wholeText({ within, auxiliary_within_1: x }: Ground): string {
  const [a, b, c] = within.map(({ share }) => percent(share));
  return within.length ? t('all', { a: a ?? 0, b: b ?? 0, c: c ?? 0, x: percent(x ?? 0) }) : '';
}

/** Which rooms are bare, by name. called: what the seat calls a room, empty for one it does not know. */
export function bareText({ bare }: Ground, called: (room: string) => string): string {
  if (!bare.length) return '';
  const more = bare.length > NAMES ? ` +${bare.length - NAMES}` : '';
  return t('bare', { names: bare.slice(0, NAMES).map(({ room, name }) => called(room) || name).join(t('and')) + more });
}

const URGENT = 2;

/** Whether somebody has to be sent now: until then nobody is proposed to be moved. In a large city something always waits; a drill, and what
 * is less than urgent, is no reason to leave ground bare, and what is kept for later waits by a person's will. */
export function somebodyWaits(incidents: Iterable<Incident>): boolean {
  for (const { state, priority, exercise, place, merged_into: into, assignments } of incidents) {
    if (state === 'received' && priority <= URGENT && !exercise && place?.lon != null && !into && !assignments?.some((one) => one.state === 'stacked')) return true;
  }
  return false;
}

/** The first proposal that may still be carried out: its unit is free, stands by nowhere and was not declined here. */
export function proposed(moves: readonly Move[], units: ReadonlyMap<string, Unit>, declined: ReadonlySet<string>): Move | null {
  return moves.find(({ unit_id: id }) => {
    const unit = units.get(id);
    return unit?.state === 'available' && !unit.standby && !declined.has(id);
  }) ?? null;
}
