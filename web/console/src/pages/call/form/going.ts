// What Ctrl+Enter does, one thing a press: hand the report in, or, once it is taken and its last words are told, be done with it.
// What is struck again out of haste, or repeats without saying so, never closes what was just handed in. Pure but for the report.

import type { Taking } from './taking.svelte';

/** Strokes closer than this are one wish. Keys that repeat without saying so (a desk at a distance) first wait up to this long. */
const APART_MS = 700;

export interface Steps {
  /** Tell the last words; whether they were heard. */
  flush(): Promise<boolean>;
  /** It was taken, and the form is its own still. */
  handed(): void;
  finished(): void;
}

export class Going {
  private pressedMs = -Infinity;
  private telling = false;

  constructor(private readonly taking: Taking, private readonly steps: Steps) {}

  async press(): Promise<void> {
    const hasty = Date.now() - this.pressedMs < APART_MS;
    this.pressedMs = Date.now();
    if (!this.taking.sent) {
      if (await this.taking.hand()) this.steps.handed();
    } else if (!hasty && !this.telling) await this.finish();
  }

  private async finish(): Promise<void> {
    const { draftId } = this.taking;
    this.telling = true;
    try {
      if (!(await this.steps.flush()) || this.taking.draftId !== draftId) return;
      this.taking.finish();
      this.steps.finished();
    } finally {
      this.telling = false;
    }
  }
}
