// Reasons of the server in the language of the seat; where one names a state, in the words of this page.

import { speaker, wording } from '../../../core/language.svelte';
import type { Reason } from '../../../core/plan';
import { unitState } from '../../../words/states';

export const words = { not_free: ['不可派：{state}', 'not free: {state}'] } as const;
const t = speaker(words);

export function reasonText(reason: Reason): string {
  const { state } = reason.params;
  return reason.key === 'not_free' && typeof state === 'string' ? t('not_free', { state: unitState(state) }) : wording(reason);
}
