// The form a crew owes: which one, what is known of it already, and the words for what is still wrong. Pure.

import { formOf, isGiven, type Answers, type Fault, type FormSet } from '../../core/forms';
import { speaker } from '../../core/language.svelte';
import type { Owed } from './next';

const t = speaker({
  'missing': ['请填写', 'Answer this'], 'not_asked': ['不再需要填写，请清空', 'Not asked any more: empty it'], 'kind': ['格式不对', 'Not in the right form'], 'choice': ['请从选项中选择', 'Choose one of these'],
  'least': ['数值过小', 'Too small'], 'most': ['数值过大', 'Too large'], 'decimals': ['小数位过多', 'Too many digits behind the point'], 'too_long': ['文字过长', 'Too long'],
});

export const faultText = ({ what }: Fault): string => t(what);

/** What may be filled in beforehand: the form handed in before, else the result it was cleared with and who was counted on scene. */
export function known({ assignment, incident }: Owed, set: FormSet, lineage: readonly string[]): Answers {
  const asks = new Set(formOf(set.file, lineage).asks.map((ask) => ask.field));
  const before = assignment.feedback.findLast((one) => one.state !== 'replaced');
  const counted = incident.scene?.casualties;
  const found: Answers = {
    ...(counted ? { injured: counted.injured, dead: counted.dead } : {}),
    ...(assignment.result ? { result: assignment.result } : {}),
    ...(incident.type_verified ? { type_verified: incident.type_verified } : {}),
    ...(before ? { ...(before.result ? { result: before.result } : {}), ...(before.text ? { text: before.text } : {}), ...before.answers, ...before.texts } : {}),
  };
  return Object.fromEntries(Object.entries(found).filter(([key, value]) => asks.has(key) && isGiven(value)));
}

/** A moment as a field of the browser wants it, in the time of this place; and back, with its zone. */
export function toField(at: string): string {
  const moment = new Date(at);
  return Number.isNaN(moment.getTime()) ? '' : new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export const fromField = (value: string): string | null => (value ? new Date(value).toISOString() : null);
