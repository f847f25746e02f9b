// The duty level 勤务等级 that holds in the room of this seat: asked for at the start, after each of its facts, and now and then,
// since how many units are free changes all the time.

import type { Api } from '../core/api';
import type { Duty, DutyLevel, LevelChange } from '../core/types';

export interface LevelWish {
  level: string;
  until?: string;
  returns?: boolean;
  reason: string;
}

const AGAIN_MS = 60_000;
const NOUNS = new Set(['duty_level', 'level_set', 'shortfall']);

export class DutyWatch {
  now: Duty | null = $state.raw(null);
  /** Whether the dialog to order a level is open. */
  asked = $state(false);

  constructor(private readonly api: Api, private readonly room: string | null) {}

  /** Begin to watch; hear: tells of every fact. Returns how to stop. */
  watch(hear: (listener: (event: { noun: string }) => void) => () => void): () => void {
    const unheard = hear(({ noun }) => { if (NOUNS.has(noun)) void this.read(); });
    const timer = setInterval(() => void this.read(), AGAIN_MS);
    void this.read();
    return () => { unheard(); clearInterval(timer); };
  }

  async read(): Promise<void> {
    try {
      this.now = await this.api.get<Duty>(`/duty-level${this.room ? `?room=${this.room}` : ''}`);
    } catch {
      // what was known stays; the strip says when nothing is heard of the server
    }
  }

  /** The order that decides what holds here. */
  get order(): DutyLevel | null {
    return this.now?.orders.find((one) => one.id === this.now?.order) ?? null;
  }

  preview(wish: LevelWish): Promise<LevelChange> {
    return this.api.act<LevelChange>('/duty-level/preview', this.body(wish));
  }

  async give(wish: LevelWish): Promise<void> {
    await this.api.act('/duty-level', this.body(wish));
    await this.read();
  }

  async notice(order: DutyLevel): Promise<void> {
    await this.api.act(`/duty-level/${order.id}/notice`);
    await this.read();
  }

  private body(wish: LevelWish): object {
    return { ...wish, ...(this.room ? { room: this.room } : {}) };
  }
}
