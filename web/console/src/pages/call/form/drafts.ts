// Unfinished forms: kept in this browser with every change, so that no crash, no expired session and no restart of the server
// loses a word, and sent to the server so that others may go on with them. What was being sent when the page died is known, with
// its key, so that it is sent again and never twice.

import type { AlarmBody, Form } from './form';
import { formOf } from './form';

const PREFIX = 'dispatch110.draft.';
const MORE = 'dispatch110.more.';
const EVERY_MS = 600;
const KEPT_MS = 24 * 3_600_000;

export interface Draft {
  id: string;
  /** Who typed it; nobody else is offered it. */
  by: string;
  callId: string | null;
  form: Form;
  savedMs: number;
  /** Handed in under this key, and no answer was heard. */
  sending?: { key: string; body: AlarmBody };
}

/** What a draft is on the server. */
export interface ServerDraft {
  id: string;
  call_id: string | null;
  form: Record<string, unknown> | null;
  saved_at: string;
  seat_id: string | null;
  by: string;
}

export class Kept {
  constructor(private readonly storage: Storage, private readonly by: string) {}

  save(draft: Draft): boolean {
    try {
      this.storage.setItem(PREFIX + draft.id, JSON.stringify(draft));
      return true;
    } catch {
      return false; // full or forbidden: the server has it still, and the page says so
    }
  }

  /** Words for an incident that it was not told yet; empty once it was. */
  keepMore(incidentId: string, text: string): void {
    try {
      if (text.trim()) this.storage.setItem(`${MORE}${this.by}.${incidentId}`, text);
      else this.storage.removeItem(`${MORE}${this.by}.${incidentId}`);
    } catch { /* it is on the screen, and goes within seconds */ }
  }

  /** What was left of such words. */
  more(): { incidentId: string; text: string }[] {
    const begin = `${MORE}${this.by}.`;
    return Object.keys(this.storage).filter((name) => name.startsWith(begin))
      .map((name) => ({ incidentId: name.slice(begin.length), text: this.storage.getItem(name) ?? '' }));
  }

  drop(id: string): void {
    this.storage.removeItem(PREFIX + id);
  }

  /** One's own, the newest first; what is older than a day, or can't be read, goes. */
  all(nowMs: number): Draft[] {
    const found: Draft[] = [];
    for (const name of Object.keys(this.storage).filter((one) => one.startsWith(PREFIX))) {
      const draft = readable(this.storage.getItem(name));
      if (!draft || nowMs - draft.savedMs > KEPT_MS) this.storage.removeItem(name);
      else if (draft.by === this.by) found.push(draft);
    }
    return found.sort((a, b) => b.savedMs - a.savedMs);
  }
}

function readable(text: string | null): Draft | null {
  try {
    const draft = JSON.parse(text ?? '') as Draft;
    return draft.id && draft.by && draft.form?.place && draft.form.caller ? draft : null;
  } catch {
    return null;
  }
}

/** What is offered on return: this browser's and the server's, each once; of one that both have the newer. */
export function toOffer(here: readonly Draft[], there: readonly ServerDraft[], by: string): Draft[] {
  const offered = new Map(here.map((draft) => [draft.id, draft]));
  for (const draft of there) {
    const savedMs = Date.parse(draft.saved_at);
    const known = offered.get(draft.id);
    if (!draft.form || (known && (known.sending || known.savedMs >= savedMs))) continue;
    offered.set(draft.id, { id: draft.id, by, callId: draft.call_id, form: formOf(draft.form), savedMs });
  }
  return [...offered.values()].sort((a, b) => b.savedMs - a.savedMs);
}

/** Sends the newest state at most every 600 ms, one at a time; what fails is tried again with the next, and after a while. */
export class Saver<T> {
  private waiting: T | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private busy = false;
  private sentMs = -Infinity;

  constructor(
    private readonly put: (what: T) => Promise<void>,
    private readonly told: (well: boolean) => void = () => {},
    private readonly now: () => number = () => performance.now(),
  ) {}

  save(what: T): void {
    this.waiting = what;
    this.arm();
  }

  /** Forget what has not been sent. */
  stop(): void {
    this.waiting = null;
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }

  private arm(atLeastMs = 0): void {
    if (this.timer || this.busy || this.waiting === null) return;
    this.timer = setTimeout(() => void this.send(), Math.max(atLeastMs, this.sentMs + EVERY_MS - this.now()));
  }

  private async send(): Promise<void> {
    this.timer = null;
    const what = this.waiting;
    if (what === null) return;
    this.waiting = null;
    this.busy = true;
    this.sentMs = this.now();
    let well = true;
    try {
      await this.put(what);
    } catch {
      well = false; // said through `told`; this browser has it meanwhile
      this.waiting ??= what;
    }
    this.busy = false;
    this.told(well);
    this.arm(well ? 0 : EVERY_MS * 5);
  }
}

/** A UUID of version 7: drafts are named here, so that one typed without a line has its name already. */
export function uuid7(nowMs = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let n = 0; n < 6; n += 1) bytes[n] = Math.floor(nowMs / 2 ** (8 * (5 - n))) % 256;
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
