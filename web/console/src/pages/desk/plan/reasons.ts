// Reasons of the server in the language of the seat; where one names a state, in the words of this page.

import { speaker, wording } from '../../../core/language.svelte';
import type { Reason } from '../../../core/plan';
import { unitState } from '../../../words/states';

export const words = {
  not_free: ['不可派：{state}', 'not free: {state}'], held_by: ['正处 {number}（{priority}级，{state}）', '{state} for {number} (P{priority})'],
  counts: ['{said}（计 {n} 秒）', '{said} (counts {n} s)'],
} as const;
const t = speaker(words);

/** With the seconds it counts, where it does. */
export function reasonText(reason: Reason): string {
  const said = bare(reason);
  return reason.effect_s ? t('counts', { said, n: Math.round(reason.effect_s) }) : said;
}

function bare(reason: Reason): string {
  const { state, number, priority } = reason.params;
  if (typeof state !== 'string') return wording(reason);
  if (reason.key === 'not_free') return t('not_free', { state: unitState(state) });
  if (reason.key === 'held_by') return t('held_by', { state: unitState(state), number: String(number), priority: String(priority) });
  return wording(reason);
}
