// What the panels of the dispatching seat share beside the seat itself: the recommendation, what is asked of the person, which
// panel is in front where there is room for one, and how to get to each.

import { flushSync } from 'svelte';
import { typing } from '../../core/keymap';
import { Asking } from '../../look/asking.svelte';
import { GroundState } from '../../look/ground.svelte';
import type { Seat } from '../../seat/seat.svelte';
import { PlanState } from './plan/plan.svelte';
import { TogetherState } from './together/together.svelte';

export const TABS = ['queue', 'plan', 'map', 'board', 'detail'] as const;
export type Tab = (typeof TABS)[number];

/** What the map can be told. */
export interface MapHandle {
  focus(): void;
  go(lon: number, lat: number): void;
  fit(): void;
  follow(unitId: string | null): void;
  /** Draw where the selected unit was in the last hour; whether there is a map to draw it on. */
  track(): boolean;
}

export class DeskState {
  readonly plan: PlanState;
  readonly together: TogetherState;
  readonly ground: GroundState;
  readonly asking = new Asking((why) => this.seat.toasts.bad(why), () => this.seat.unsent);
  tab: Tab = $state('queue');
  map: MapHandle | null = null;
  followed: string | null = $state(null);
  /** Somebody wants a place from the map. */
  aim: ((lon: number, lat: number) => void) | null = $state.raw(null);
  rollOpen = $state(false);
  private readonly doors = new Map<string, () => void>();

  constructor(readonly seat: Seat) {
    this.plan = new PlanState(seat);
    this.together = new TogetherState(seat);
    this.ground = new GroundState(seat);
  }

  /** Say how a panel takes the focus. */
  door(name: string, focus: () => void): () => void {
    this.doors.set(name, focus);
    return () => {
      if (this.doors.get(name) === focus) this.doors.delete(name);
    };
  }

  /** Bring a panel to the front and give it the focus; only ever for something the person just did. */
  open(name: string): void {
    if ((TABS as readonly string[]).includes(name)) this.tab = name as Tab;
    flushSync(); // the next key may come before the next frame
    this.doors.get(name)?.();
  }

  /** A place on the map, for what is being written beside it; null: none is wanted any more. */
  readonly point = (take: ((lon: number, lat: number) => void) | null): void => {
    if (!take) return void (this.aim = null);
    this.aim = (lon, lat) => {
      this.aim = null;
      take(lon, lat);
    };
    this.open('map');
  };

  choose(what: { incident?: string | null; unit?: string | null }): void {
    this.seat.select(what);
    if (what.incident || what.unit) this.tab = 'detail';
  }

  /** Undo what was sent; in a field the browser undoes what was typed. Whether there was anything to undo. */
  takeBack({ target }: Pick<Event, 'target'>): boolean {
    return !typing(target) && this.seat.toasts.takeBack();
  }

  go(lon: number, lat: number): void {
    this.tab = 'map';
    this.map?.go(lon, lat);
  }
}
