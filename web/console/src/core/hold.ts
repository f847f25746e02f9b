// A button that must be held: fires once after so long, never by a touch in passing. Pure; the clock is handed in.

export const HOLD_MS = 1_500;

export class Hold {
  private sinceMs: number | null = null;
  private fired = false;

  constructor(private readonly holdMs = HOLD_MS) {}

  /** Pressed; a key that repeats itself changes nothing. */
  down(nowMs: number): void {
    if (this.sinceMs !== null) return;
    this.sinceMs = nowMs;
    this.fired = false;
  }

  /** Let go, slid off, or taken away by the system. */
  up(): void {
    this.sinceMs = null;
    this.fired = false;
  }

  get held(): boolean {
    return this.sinceMs !== null;
  }

  /** How far it is, 0 to 1. */
  progress(nowMs: number): number {
    return this.sinceMs === null ? 0 : Math.min(1, Math.max(0, (nowMs - this.sinceMs) / this.holdMs));
  }

  /** True once for each press that was held long enough. */
  fires(nowMs: number): boolean {
    if (this.fired || this.progress(nowMs) < 1) return false;
    this.fired = true;
    return true;
  }
}
