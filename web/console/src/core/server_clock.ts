// The server's clock, learned from what it says and when that was heard. A word may come late but never early, so of the last
// words the one that hurried most tells best how far our own clock is behind. Pure.

const REMEMBERED = 30; // a minute of heartbeats

export class ServerClock {
  private readonly ahead: number[] = [];

  /** The server said `at`, and it was heard at `heardMs` of this machine's clock. */
  learn(at: string, heardMs: number): void {
    const ahead = Date.parse(at) - heardMs;
    if (!Number.isFinite(ahead)) return;
    this.ahead.push(ahead);
    if (this.ahead.length > REMEMBERED) this.ahead.shift();
  }

  /** How far the server's clock is ahead of ours, ms. */
  get aheadMs(): number {
    return this.ahead.length ? Math.max(...this.ahead) : 0;
  }
}
