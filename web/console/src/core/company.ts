// Who else is at work: seats, unfinished forms of call-takers, and who has which incident open. Ephemeral words of the feed end up
// here; a page without them works on.

import { speaker } from './language.svelte';
import type { Entity } from './types';

export interface SeatShown extends Entity {
  code: string;
  room_id: string;
  kind: string;
  state: 'empty' | 'ready' | 'on_call' | 'wrap_up' | 'break' | 'away';
  holder: string | null;
  holder_name: string | null;
  covered_by: { seat_id: string | null; room_id: string | null; because: string } | null;
}

export interface DraftShown extends Entity {
  room_id: string;
  seat_id: string | null;
  by: string;
  form: Record<string, unknown> | null;
  opened_at: string;
  saved_at: string;
}

export interface Present {
  seat_id: string | null;
  code: string | null;
  principal: string;
  name: string | null;
}

export const seatWords = {
  empty: ['无人', 'empty'], ready: ['示闲', 'ready'], on_call: ['通话', 'on a call'], wrap_up: ['话后', 'wrapping up'],
  break: ['小休', 'on break'], away: ['离席', 'away'],
} as const;

const t = speaker({ seat: ['{name}', '{name}'] });

export class Company {
  /** incident id → who has it open, oneself left out. */
  readonly present = new Map<string, Present[]>();
  /** Drafts as they are typed, newer than those of the ledger. */
  readonly drafts = new Map<string, DraftShown>();

  /** Take a word of the feed; whether it was one of these. me: principal and seat that are oneself. */
  hear(kind: string, content: Record<string, unknown>, me: { principal: string; seatId: string | null }): boolean {
    if (kind === 'presence') {
      const { incident_id: incidentId, by } = content as unknown as { incident_id: string; by: Present[] };
      const others = by.filter((one) => (one.seat_id ? one.seat_id !== me.seatId : one.principal !== me.principal));
      if (others.length) this.present.set(incidentId, others);
      else this.present.delete(incidentId);
      return true;
    }
    if (kind === 'draft') {
      const draft = content as unknown as DraftShown & { gone?: boolean };
      if (draft.gone) this.drafts.delete(draft.id);
      else if ((this.drafts.get(draft.id)?.version ?? 0) <= draft.version) this.drafts.set(draft.id, draft);
      return true;
    }
    return false;
  }

  /** Open drafts, the ledger's and those being typed, the newest text of each, the oldest draft first. */
  typing(kept: Iterable<DraftShown>): DraftShown[] {
    const all = new Map<string, DraftShown>(this.drafts);
    for (const draft of kept) if ((all.get(draft.id)?.version ?? -1) < draft.version) all.set(draft.id, draft);
    return [...all.values()].filter((draft) => draft.form !== null).sort((a, b) => (a.opened_at < b.opened_at ? -1 : 1));
  }
}

/** Whom people call the one who has it open. */
export const presentName = (one: Present): string => t('seat', { name: [one.code, one.name].filter(Boolean).join(' ') || one.principal });

/** What a half-typed form says already: place, type code, text. */
export function draftText(draft: DraftShown): { place: string; type: string | null; text: string; priority: number | null } {
  const form = draft.form ?? {};
  const place = (form['place'] ?? {}) as { address?: string; code?: string };
  return {
    place: [place.address, place.code].filter(Boolean).join(' '),
    type: typeof form['type'] === 'string' ? form['type'] : null,
    text: typeof form['text'] === 'string' ? form['text'] : '',
    priority: typeof form['priority'] === 'number' ? form['priority'] : null,
  };
}
