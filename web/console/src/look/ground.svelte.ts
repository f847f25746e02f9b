// Coverage and moves as a page of a room shares them: asked for now and then while somebody looks, one proposal at a time, done by a
// key, declined for a while.

import { refusal, type Seat } from '../seat/seat.svelte';
import { EVERY_MS, proposed, somebodyWaits, type Ground, type Move } from '../core/ground';
import { speaker } from '../core/language.svelte';

export const words = { 'sent': ['已通知 {unit} 移至{post}待命', '{unit} was asked to stand by at {post}'], 'kept_away': ['20 分钟内不再提议移动 {unit}', '{unit} is not proposed again for 20 min'] } as const;
const t = speaker(words);

export class GroundState {
  ground: Ground | null = $state.raw(null);
  busy = $state(false);
  private declined: ReadonlySet<string> = $state.raw(new Set());
  private atMs = 0;
  private asking = false;

  constructor(readonly seat: Seat) {}

  /** What is proposed now; null: nothing, or it is not for this seat. */
  get move(): Move | null {
    void this.seat.changed;
    const { ground, seat } = this;
    if (!ground?.moves.length || !seat.may('dispatcher', 'leader') || somebodyWaits(seat.picture.incidents.values())) return null;
    return proposed(ground.moves, seat.picture.units, this.declined);
  }

  /** Once a second: ask when it is time and somebody looks. */
  look(): void {
    if (this.asking || !this.seat.filled || this.seat.link !== 'live' || document.visibilityState !== 'visible' || Date.now() - this.atMs < EVERY_MS) return;
    void this.ask();
  }

  private async ask(): Promise<void> {
    this.asking = true;
    this.atMs = Date.now();
    try {
      this.ground = await this.seat.api.get<Ground>('/coverage/now');
      this.declined = new Set();
    } catch {
      this.ground = null; // a figure that is not known is not shown
    } finally {
      this.asking = false;
    }
  }

  /** Send what is proposed; whether there was anything to send. */
  accept(): boolean {
    const { move } = this;
    if (!move || this.busy) return false;
    void this.done(move, () => this.seat.api.act(`/units/${move.unit_id}/standby`, { post_id: move.post_id, gain_s: move.gain_s }), t('sent', { unit: move.call_sign, post: move.name }));
    return true;
  }

  /** Not now: it is kept away from this room for a while; whether there was anything to decline. */
  decline(): boolean {
    const { move } = this;
    if (!move || this.busy) return false;
    void this.done(move, () => this.seat.api.act('/moves/decline', { unit_id: move.unit_id, post_id: move.post_id }), t('kept_away', { unit: move.call_sign }));
    return true;
  }

  private async done(move: Move, does: () => Promise<unknown>, said: string): Promise<void> {
    this.busy = true;
    try {
      await does();
      this.seat.toasts.good(said);
    } catch (error) {
      this.seat.toasts.bad(refusal(error));
    } finally {
      this.declined = new Set([...this.declined, move.unit_id]);
      this.busy = false;
      this.atMs = 0;
    }
  }
}
