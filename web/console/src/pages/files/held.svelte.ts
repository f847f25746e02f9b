// What holds just now of rules, plans or run cards, in words: read when it is asked for otherwise, when the feed tells of another
// version, and again after a while for how often things happened.

import { refusal, type Seat } from '../../seat/seat.svelte';

const REFRESH_MS = 15_000;

export class Held<T> {
  shown: T | null = $state.raw(null);
  /** Why the last reading failed. */
  unread = $state('');
  private turn = 0;

  /** path: where it is read, as it is asked for now. */
  constructor(private readonly seat: Seat, private readonly path: () => string) {}

  readonly read = async (): Promise<void> => {
    const mine = ++this.turn;
    try {
      const told = await this.seat.api.get<T>(this.path());
      if (mine !== this.turn) return;
      this.shown = told;
      this.unread = '';
    } catch (error) {
      if (mine === this.turn) this.unread = refusal(error);
    }
  };

  /** Keep it fresh; changed: whether a fact of the feed concerns it. Gives back how to stop. */
  follow(changed: (noun: string, fact: string) => boolean): () => void {
    const timer = setInterval(() => { if (!document.hidden) void this.read(); }, REFRESH_MS);
    const stop = this.seat.onEvent(({ noun, fact }) => { if (changed(noun, fact)) void this.read(); });
    return () => {
      clearInterval(timer);
      stop();
    };
  }
}
