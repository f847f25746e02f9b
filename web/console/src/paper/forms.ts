// Forms filled in on the screen while nothing else works, and how they go in afterwards: all that are ready in one act, under one
// key that is kept until the answer is certain. Pure but for the shelf.

import { newKey } from '../core/api';
import type { Shelf } from '../core/box';
import type { components } from '../core/schema';

export type Entered = components['schemas']['Entered'];
export const FIELDS = [
  'reported_at', 'caller_number', 'caller_name', 'address', 'type', 'text', 'unit', 'dispatched_at', 'accepted_at', 'en_route_at', 'on_scene_at',
  'cleared_at', 'result', 'feedback', 'people_count', 'fed_back_at', 'call_back', 'closed_at',
] as const;
export type Field = (typeof FIELDS)[number];
export type Fields = Partial<Record<Field, string>>;
export const MOST_AT_ONCE = 200;

/** open: being written; ready: may go in; entered: it is an incident now; refused: to be corrected. */
export type FormState = 'open' | 'ready' | 'entered' | 'refused';

export interface Filled {
  number: string;
  fields: Fields;
  state: FormState;
  madeMs: number;
  /** Number of the incident that came of it. */
  incident?: string;
  /** What the server says about it, and under which code. */
  said?: string;
  code?: string;
  /** Which field is at fault. */
  field?: string;
}

/** What is under way: kept before it is sent, dropped once it is answered, so a crash in between sends the very same again. */
export interface Batch {
  key: string;
  body: { forms: Record<string, string>[] };
}

export const BATCH = 'paper.batch';

/** Those that go in next, in the order they were made. */
export function batchOf(forms: readonly Filled[], key = newKey()): Batch | null {
  const ready = forms.filter((form) => form.state === 'ready').sort((a, b) => a.madeMs - b.madeMs).slice(0, MOST_AT_ONCE);
  return ready.length ? { key, body: { forms: ready.map(({ number, fields }) => ({ form: number, ...given(fields) })) } } : null;
}

function given(fields: Fields): Record<string, string> {
  return Object.fromEntries(FIELDS.map((name) => [name, (fields[name] ?? '').trim()]).filter(([, value]) => value));
}

/** A form after its answer. What people wrote is gone from this browser once it is an incident. */
export function answered(form: Filled, entered: Entered): Filled {
  if (entered.outcome === 'refused') {
    return { ...form, state: 'refused', said: entered.detail ?? '', code: entered.code ?? 'other', ...(entered.field ? { field: entered.field } : {}) };
  }
  return { number: form.number, madeMs: form.madeMs, fields: {}, state: 'entered', incident: entered.number ?? '' };
}

/** Which answer belongs to which form: by the row, since the server writes numbers its own way. */
export function outcomesOf(batch: Batch, items: readonly Entered[]): Map<string, Entered> {
  return new Map(items.flatMap((item) => {
    const sent = batch.body.forms[item.row - 1]?.['form'];
    return sent === undefined ? [] : [[sent, item] as const];
  }));
}

/** Send what is ready. `send` posts it and resolves with what became of each; throws when there was no answer. */
export async function sendReady(
  forms: Shelf<Filled>, kept: Shelf<unknown>, send: (batch: Batch) => Promise<readonly Entered[]>,
): Promise<number> {
  const batch = ((await kept.get(BATCH)) as Batch | undefined) ?? batchOf(await forms.all());
  if (!batch) return 0;
  await kept.put(BATCH, batch);
  const outcomes = outcomesOf(batch, await send(batch));
  for (const [number, entered] of outcomes) {
    const form = await forms.get(number);
    if (form) await forms.put(number, answered(form, entered));
  }
  await kept.drop(BATCH);
  return outcomes.size;
}
