// Looking for marks of lookouts in what is being typed: a while after the last key, in a body and never in an address, and kept nowhere.

import type { Match } from '../core/types';

const AFTER_MS = 350;

export type Ask = (texts: string[]) => Promise<Match[]>;

export class Looking {
  found: Match[] = $state.raw([]);
  private texts = '';
  private timer: ReturnType<typeof setTimeout> | null = null;
  private asked = 0;
  private readonly hidden = new Set<string>();

  constructor(private readonly ask: Ask) {}

  /** What stands in the fields now. */
  look(texts: readonly string[]): void {
    const said = texts.map((text) => text.trim()).filter((text) => text.length > 1);
    const key = JSON.stringify(said);
    if (key === this.texts) return;
    this.texts = key;
    if (this.timer) clearTimeout(this.timer);
    if (!said.length) {
      this.asked += 1;
      this.found = [];
      return;
    }
    this.timer = setTimeout(() => void this.go(said), AFTER_MS);
  }

  /** It is none of that: it does not come back for what is typed here. */
  hide(id: string): void {
    this.hidden.add(id);
    this.found = this.found.filter((one) => one.broadcast.id !== id);
  }

  /** Another form: what was hidden counts no more. */
  anew(): void {
    this.hidden.clear();
    this.texts = '';
    this.found = [];
  }

  private async go(said: string[]): Promise<void> {
    const mine = ++this.asked;
    const found = await this.ask(said).catch(() => null);
    if (mine !== this.asked || !found) return; // newer words are being looked for; without a line the last answer stays
    this.found = found.filter((one, n) => !this.hidden.has(one.broadcast.id) && found.findIndex((other) => other.broadcast.id === one.broadcast.id) === n);
  }
}
