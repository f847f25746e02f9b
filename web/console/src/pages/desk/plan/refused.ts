// What a refused order says at a seat: which unit, who has it, since when. Pure but for the language.

import type { Problem } from '../../../core/api';
import { speaker } from '../../../core/language.svelte';
import { momentText } from '../../../core/text';
import { unitState } from '../../../words/states';

export const words = {
  'taken_by': ['{unit} 已被 {number} 占用（{state}，自 {since} 起），未派出任何单位', '{unit} is {state} for {number} since {since}; nothing was sent'],
  'changed_to': ['{unit} 由{was}变为{now}，未派出任何单位', '{unit} was {was} and is {now} now; nothing was sent'],
} as const;
const t = speaker(words);

export function takenBy(unit: string, number: string, state: string, since: string | null | undefined): string {
  return t('taken_by', { unit, number, state: unitState(state), since: momentText(since) || '—' });
}

export function changedTo(unit: string, was: string, now: string): string {
  return t('changed_to', { unit, was: unitState(was), now: unitState(now) });
}

/** What a refusal names, and the sentence for it; null: it is another refusal. */
export function refusedOrder(problem: Problem): { unitId: string | null; text: string | null } {
  const value = (name: string): string => (typeof problem[name] === 'string' ? problem[name] : '');
  const unitId = value('unit_id') || null;
  const unit = value('call_sign');
  if (problem.code === 'unit_taken' && unit) return { unitId, text: takenBy(unit, value('held_by'), value('state'), value('since')) };
  if (problem.code === 'recommendation_changed' && unit) return { unitId, text: changedTo(unit, value('was'), value('state')) };
  return { unitId, text: null };
}
