// The acts of this page: what is asked of the person before each, and what is read anew after it.

import { speaker } from '../../core/language.svelte';
import { tried } from '../../look/asking.svelte';
import type { Looking, ReviewAction, ReviewShown } from './looking.svelte';

export const words = {
  order: ['下达整改', 'Order an action'], room: ['责任单位', 'Room'], what: ['整改内容', 'What is to be done'], days: ['期限（天）', 'Due in days'], does: ['下达', 'Order'], finish: ['办理完成', 'Done'], with: ['如何办理', 'Done with'], verify: ['核验', 'Verify'],
  'return': ['退回', 'Return'], missing: ['缺什么', 'What is missing'], drop: ['不再办理', 'Drop'], why: ['理由', 'Reason'], close: ['签发结论', 'Sign the conclusion'], conclusion: ['结论', 'Conclusion'], withdraw: ['撤销复盘', 'Withdraw the review'], note: ['说明', 'Remark'],
} as const;
const t = speaker(words);
const DAY_MS = 86_400_000;
export type ActionAct = 'finish' | 'verify' | 'return' | 'drop';

export function acting(looking: Looking) {
  const { seat } = looking;
  const path = (): string => `/after-action-reviews/${looking.review?.id}`;
  const due = (days: string | undefined): string => new Date(seat.now() + Math.max(1, Number(days) || 1) * DAY_MS).toISOString();
  const again = async (): Promise<void> => { if (looking.review) await looking.openReview(looking.review.id); };
  const asked = (at: string, body: unknown) => tried(async () => { await seat.api.act(at, body); await again(); });
  const plain = async (at: string): Promise<void> => { if (await seat.act(at)) await again(); };

  return {
    async open(): Promise<void> {
      const made = await seat.act<ReviewShown>(`/incidents/${looking.incidentId}/after-action-reviews`);
      if (made) looking.review = made;
    },
    begin: () => plain(`${path()}/begin`),
    join: () => plain(`${path()}/participants`),
    async find(kind: string, text: string, position: number | null): Promise<boolean> {
      const done = await seat.act(`${path()}/findings`, { kind, text, ...(position === null ? {} : { position }) });
      if (done) await again();
      return done !== null;
    },
    order(findingId: string | null): void {
      const rooms = [...seat.reference.rooms.keys()].map((id) => [id, seat.reference.roomName(id)] as const);
      looking.asking.ask({
        about: path(), title: t('order'), confirm: t('does'),
        fields: [
          { name: 'room', label: t('room'), kind: 'choice', options: rooms, value: looking.course?.frames.at(-1)?.room ?? rooms[0]?.[0] ?? '', required: true },
          { name: 'text', label: t('what'), kind: 'long', required: true, most: 10_000 }, { name: 'days', label: t('days'), kind: 'number', value: '7', required: true },
        ],
        does: (said) => asked(`${path()}/actions`, { room_id: said['room'], text: said['text'], due_at: due(said['days']), ...(findingId ? { finding_id: findingId } : {}) }),
      });
    },
    act(action: ReviewAction, act: ActionAct): void {
      const label = { finish: t('with'), verify: t('note'), return: t('missing'), drop: t('why') }[act];
      looking.asking.ask({
        about: action.id, title: t(act), confirm: t(act), danger: act === 'drop',
        fields: [
          { name: 'text', label, kind: 'long', required: act !== 'verify', most: 10_000 },
          ...(act === 'return' ? [{ name: 'days', label: t('days'), kind: 'number' as const, value: '3', required: true }] : []),
        ],
        does: (said) => asked(`/review-actions/${action.id}/${act}`, { ...(said['text'] ? { text: said['text'] } : {}), ...(act === 'return' ? { due_at: due(said['days']) } : {}) }),
      });
    },
    close(): void {
      looking.asking.ask({ about: path(), title: t('close'), confirm: t('close'), fields: [{ name: 'text', label: t('conclusion'), kind: 'long', required: true, most: 10_000 }], does: (said) => asked(`${path()}/close`, { text: said['text'] }) });
    },
    withdraw(): void {
      looking.asking.ask({ about: path(), title: t('withdraw'), confirm: t('withdraw'), danger: true, fields: [{ name: 'reason', label: t('why'), kind: 'text', required: true, most: 1_000 }], does: (said) => asked(`${path()}/withdraw`, { reason: said['reason'] }) });
    },
  };
}
