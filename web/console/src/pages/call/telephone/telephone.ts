// The telephone strip: which calls stand on it in which order, what can be done with each, and what it waits for. Pure.

import type { Call } from '../../../core/types';

export const ANSWER_S = 15; // NENA-STA-020: 90 % of calls are answered within 15 s
export const LIVE = new Set(['ringing', 'answered', 'held', 'conferenced', 'transferred']);
const RANK: Record<string, number> = { ringing: 1, abandoned: 2, held: 3, answered: 4, conferenced: 4, transferred: 5 };

export type CallAct = 'answered' | 'held' | 'conferenced' | 'transferred' | 'released';
export type Outcome = 'spoken' | 'needs_help' | 'no_answer' | 'busy' | 'unreachable' | 'no_number';

export const isMine = (call: Call, seat: string | null): boolean => seat !== null && call.seat === seat && LIVE.has(call.state) && call.state !== 'ringing';

/** One's own first, then the ringing, then those owed a ring-back, then who is spoken with elsewhere; the longest waiting first. */
export function callRows(calls: Iterable<Call>, seat: string | null): Call[] {
  const rank = (call: Call): number => (isMine(call, seat) ? 0 : (RANK[call.state] ?? 9));
  return [...calls]
    .filter((call) => LIVE.has(call.state) || call.owes_ring_back)
    .sort((a, b) => rank(a) - rank(b) || Date.parse(a.opened_at ?? '') - Date.parse(b.opened_at ?? '') || (a.id < b.id ? -1 : 1));
}

/** The call that F2 answers: who has rung longest. */
export const nextRinging = (calls: Iterable<Call>): Call | undefined => callRows(calls, null).find((call) => call.state === 'ringing');

/** What can be done with a call of one's own, or one that rings. */
export function actsOf(call: Call, mine: boolean): CallAct[] {
  if (call.state === 'ringing') return ['answered'];
  if (!mine) return [];
  if (call.state === 'held') return ['answered', 'released'];
  if (call.state === 'transferred') return ['answered'];
  return call.state === 'conferenced' ? ['answered', 'transferred', 'released'] : ['held', 'conferenced', 'transferred', 'released'];
}

/** What may have come of ringing back. */
export function outcomesOf(call: Call): Outcome[] {
  return call.number ? ['spoken', 'needs_help', 'no_answer', 'busy', 'unreachable'] : ['no_number', 'needs_help'];
}

/** Seconds that a call has waited, or that are left to ring back: [seconds, whether it is too long]. */
export function clockOf(call: Call, nowMs: number): { s: number; left: boolean; late: boolean } {
  if (call.owes_ring_back && call.ring_back_by) {
    const s = Math.max(0, (Date.parse(call.ring_back_by) - nowMs) / 1000);
    return { s, left: true, late: true };
  }
  const from = call.state === 'ringing' ? call.opened_at : (call.times.answered ?? call.opened_at);
  const s = (nowMs - Date.parse(from ?? '')) / 1000;
  return { s, left: false, late: call.state === 'ringing' && s > ANSWER_S };
}
