// Layers that are read from the server when somebody wants them: when to read again, and what is said when it was refused.

import type { Map as GlMap } from 'maplibre-gl';
import { refusal, type Seat } from '../seat/seat.svelte';
import type { Fetched } from './overlay';

interface State {
  on: boolean;
  readMs: number;
  reading: boolean;
  again: boolean;
}

export class Fetching {
  /** What to say beside a layer's name. */
  readonly notes = new Map<string, string>();
  private readonly states = new Map<Fetched, State>();
  private readonly stop: () => void;

  /** said: a note changed. */
  constructor(private readonly map: GlMap, private readonly seat: Seat, overlays: readonly Fetched[], private readonly said: () => void) {
    for (const overlay of overlays) this.states.set(overlay, { on: false, readMs: -Infinity, reading: false, again: false });
    this.stop = seat.onEvent(({ noun }) => {
      for (const overlay of this.states.keys()) if (overlay.nouns.includes(noun)) this.renew(overlay.group);
    });
  }

  close(): void {
    this.stop();
    this.states.clear();
  }

  turn(group: string, on: boolean): void {
    for (const [overlay, state] of this.states) {
      if (overlay.group !== group || state.on === on) continue;
      state.on = on;
      if (on) this.read(overlay, state);
    }
  }

  /** What this layer shows is no longer so. */
  renew(group: string): void {
    for (const [overlay, state] of this.states) {
      if (overlay.group !== group) continue;
      state.readMs = -Infinity;
      if (state.on) this.read(overlay, state);
    }
  }

  /** Once a second: what is shown and has become old is read again. */
  tick(nowMs: number): void {
    for (const [overlay, state] of this.states) if (state.on && nowMs - state.readMs > overlay.everyS * 1000) this.read(overlay, state);
  }

  private read(overlay: Fetched, state: State): void {
    if (state.reading) {
      state.again = true;
      return;
    }
    const now = Date.now();
    if (now - state.readMs < overlay.everyS * 1000) return;
    state.reading = true;
    state.readMs = now;
    overlay.read({ map: this.map, seat: this.seat, nowMs: this.seat.now() })
      .then((note) => this.notes.set(overlay.group, note))
      .catch((error: unknown) => this.notes.set(overlay.group, refusal(error)))
      .finally(() => {
        state.reading = false;
        this.said();
        if (!state.again) return;
        state.again = false;
        state.readMs = -Infinity;
        this.read(overlay, state);
      });
  }
}
