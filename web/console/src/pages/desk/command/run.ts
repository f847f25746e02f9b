// Doing what a line says. What it meant is taken when Enter is pressed: while the server is asked, the picture goes on, and the person
// may be typing the next line.

import type { Act, Request } from '../../../core/commands/acts';
import { speaker } from '../../../core/language.svelte';
import type { Assignment, Incident } from '../../../core/types';
import type { Seat } from '../../../seat/seat.svelte';

export const words = { done: ['已执行：{what}', 'Done: {what}'], undone: ['命令执行后立即撤销', 'Taken back at once'] } as const;
const t = speaker(words);

type Answer = { items?: Assignment[] };
type Acting = Pick<Seat, 'act' | 'amend' | 'toasts'>;

/** Send the requests of an act one after the other, as far as they are accepted; whether all were. said: the act in a sentence. */
export async function carryOut(seat: Acting, { requests, orders }: Extract<Act, { requests: unknown }>, said: string): Promise<boolean> {
  for (const request of requests) {
    const answer = await ask(seat, request);
    if (!answer) return false;
    if (orders) undoable(seat, said, answer.items ?? []);
  }
  if (!orders) seat.toasts.good(t('done', { what: said }));
  return true;
}

async function ask(seat: Acting, { method, path, body, version }: Request): Promise<Answer | null> {
  if (method === 'POST') return seat.act<Answer>(path, body);
  const read = { id: path.split('/').at(-1)!, version } as Incident;
  return (await seat.amend(read, body)) ? {} : null;
}

/** An order can be taken back for a few seconds. */
function undoable(seat: Acting, said: string, orders: readonly Assignment[]): void {
  seat.toasts.undoable(t('done', { what: said }), () => void Promise.all(orders.map((order) => seat.act(`/assignments/${order.id}/recall`, { reason: t('undone') }))));
}
