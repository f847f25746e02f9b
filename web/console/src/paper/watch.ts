// When the paper page opens by itself and when it goes again. Pure; the clock is handed in.

/** So long without a word, and the stream counts as dead. */
export const DEAD_MS = 10_000;
/** So much longer, and the paper page opens. */
export const THEN_MS = 20_000;
/** The stream must be back for so long before the page goes by itself. */
export const STEADY_MS = 10_000;

export interface Seen {
  nowMs: number;
  /** The last word of the server; 0: none yet. */
  heardMs: number;
  /** Somebody is writing something on the seat's own page. */
  writingThere: boolean;
  /** Somebody has done anything on the paper page, or a form of it is begun. */
  usedHere: boolean;
}

/** nothing: all is well; warn: say that it will open, in so many ms, or that it can be opened; open; back: open, and the line is there again. */
export type Wanted = { show: 'nothing' } | { show: 'warn'; inMs: number | null } | { show: 'open' } | { show: 'back' };

export class Watch {
  private open = false;
  private declined = false;
  private backMs: number | null = null;
  private firstMs: number | null = null;

  look(seen: Seen): Wanted {
    this.firstMs ??= seen.nowMs;
    const quietMs = seen.nowMs - (seen.heardMs || this.firstMs);
    return quietMs < DEAD_MS ? this.alive(seen) : this.dead(seen, quietMs);
  }

  /** By the person. */
  show(): void {
    this.open = true;
  }

  /** By the person: not again until the line has been back. */
  close(): void {
    this.open = false;
    this.declined = true;
  }

  private alive({ nowMs, usedHere }: Seen): Wanted {
    this.declined = false;
    this.backMs ??= nowMs;
    if (!this.open) return { show: 'nothing' };
    if (!usedHere && nowMs - this.backMs >= STEADY_MS) {
      this.open = false;
      return { show: 'nothing' };
    }
    return { show: 'back' };
  }

  private dead({ writingThere }: Seen, quietMs: number): Wanted {
    this.backMs = null;
    if (this.open) return { show: 'open' };
    if (this.declined || writingThere) return { show: 'warn', inMs: null };
    const inMs = DEAD_MS + THEN_MS - quietMs;
    if (inMs > 0) return { show: 'warn', inMs };
    this.open = true;
    return { show: 'open' };
  }
}
