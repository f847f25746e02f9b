// Who else is at work: seats, unfinished forms of call-takers, and who has which incident open. Ephemeral words of the feed end up
// here; a page without them works on.

import type { Api } from './api';
import { named } from './language.svelte';
import type { components } from './schema';

type Shapes = components['schemas'];
export type SeatShown = Shapes['SeatShown'];
export type DraftShown = Shapes['DraftShown'];

/** Somebody who has an incident open. */
export interface Present {
  seat_id: string | null;
  code: string | null;
  principal: string;
  name: string | null;
}

export interface PresentNow {
  incident_id: string;
  by: Present[];
}

export const seatWords = {
  empty: ['无人', 'empty'], ready: ['示闲', 'ready'], on_call: ['通话', 'on a call'], wrap_up: ['话后', 'wrapping up'],
  break: ['小休', 'on break'], away: ['离席', 'away'],
} as const;

/** Who acts and is nobody: rules, programs with a key of their own, gateways. */
export const machines = { system: ['系统', 'system'], key: ['接口', 'interface'], gateway: ['网关', 'gateway'], device: ['报警设备', 'device'], rule: ['规则', 'rule'] } as const;

/** Principal and seat that are oneself. */
interface Me {
  principal: string;
  seatId: string | null;
}

export class Company {
  private readonly names = new Map<string, string>();
  private readonly rooms = new Map<string, string | null>();
  /** incident id → who has it open, oneself left out. */
  readonly present = new Map<string, Present[]>();
  /** Drafts as they are typed, newer than those of the ledger. */
  readonly drafts = new Map<string, DraftShown>();

  /** Take a word of the feed; whether it was one of these. */
  hear(kind: string, content: Record<string, unknown>, me: Me): boolean {
    if (kind === 'presence') {
      this.be(content as unknown as PresentNow, me);
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

  /** A whole picture came: who has what open now. */
  begin(present: readonly PresentNow[], me: Me): void {
    this.present.clear();
    this.drafts.clear();
    for (const one of present) this.be(one, me);
  }

  /** Learn what people are called; without it they go by their account. */
  async meet(api: Api): Promise<void> {
    const told = await api.get<{ items: { principal: string; name: string; room_id: string | null }[] }>('/people').catch(() => null);
    for (const { principal, name, room_id: room } of told?.items ?? []) {
      this.names.set(principal, name);
      this.rooms.set(principal, room);
    }
  }

  /** Whom people call whoever did something. */
  nameOf(principal: string): string {
    const [kind, of = ''] = principal.split(/:(.*)/s);
    return this.names.get(principal) ?? (kind === 'user' ? of : kind! in machines ? named(machines, kind!) : principal);
  }

  /** Who has an account in this room, by name. */
  of(room: string | null): { principal: string; name: string }[] {
    return [...this.names].filter(([principal]) => room !== null && this.rooms.get(principal) === room).map(([principal, name]) => ({ principal, name })).sort((a, b) => a.name.localeCompare(b.name));
  }

  private be({ incident_id: incidentId, by }: PresentNow, me: Me): void {
    const others = by.filter((one) => (one.seat_id ? one.seat_id !== me.seatId : one.principal !== me.principal));
    if (others.length) this.present.set(incidentId, others);
    else this.present.delete(incidentId);
  }

  /** Open drafts, the ledger's and those being typed, the newest text of each, the oldest draft first. */
  typing(kept: Iterable<DraftShown>): DraftShown[] {
    const all = new Map<string, DraftShown>(this.drafts);
    for (const draft of kept) if ((all.get(draft.id)?.version ?? -1) < draft.version) all.set(draft.id, draft);
    return [...all.values()].filter((draft) => draft.form !== null).sort((a, b) => (a.opened_at < b.opened_at ? -1 : 1));
  }
}

/** Whom people call the one who has it open. */
export const presentName = (one: Present): string => [one.code, one.name].filter(Boolean).join(' ') || one.principal;

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
