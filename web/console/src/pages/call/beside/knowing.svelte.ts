// What is known of the caller's number and of the place before anybody says it: earlier calls, and incidents here of late.

import type { components } from '../../../core/schema';
import type { Incident } from '../../../core/types';
import type { Seat } from '../../../seat/seat.svelte';

export type EarlierCall = components['schemas']['EarlierShown'];
export type Fact = components['schemas']['FactBrief'];
export type HereBefore = Pick<Incident, 'id' | 'number' | 'state' | 'type_reported' | 'type_verified' | 'opened_at'>;
const DAYS_MS = 30 * 24 * 3_600_000;
const MOST = 20;
const FACTS_AFTER_MS = 200;
/** Shorter is no address yet. */
const ADDRESS_FROM = 3;
/** An H3 cell of resolution 12 is some 20 m across: this house, not its street. */
const RESOLUTION = 12;

export class Knowing {
  earlier: EarlierCall[] = $state.raw([]);
  before: HereBefore[] = $state.raw([]);
  /** What must be known of the place before anyone goes there. */
  facts: readonly Fact[] = $state.raw([]);
  private callId: string | null = null;
  private cell: string | null = null;
  private asked = '';
  private turn = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** What could not be read: said, for it is not the answer that there was nothing. */
  unread = $state.raw({ earlier: false, before: false, facts: false });

  constructor(private readonly seat: Seat) {}

  /** Of this call's number; null: of none. */
  async number(callId: string | null): Promise<void> {
    if (callId === this.callId) return;
    this.callId = callId;
    this.earlier = [];
    this.unread = { ...this.unread, earlier: false };
    if (!callId) return;
    try {
      const { earlier } = await this.seat.api.get<{ earlier: EarlierCall[] }>(`/calls/${callId}`);
      if (this.callId === callId) this.earlier = earlier;
    } catch {
      if (this.callId === callId) this.unread = { ...this.unread, earlier: true }; // one asks the caller
    }
  }

  /** Standing facts at this place; again: they may have changed. */
  known(place: { lon: number | null; lat: number | null; accuracy_m?: number | null; address?: string | null } | null, again = false): void {
    const query = place ? queryOf(place) : '';
    if (query === this.asked && !again) return;
    const mine = (this.turn += 1);
    if (query !== this.asked) this.facts = [];
    this.asked = query;
    this.unread = { ...this.unread, facts: false };
    clearTimeout(this.timer);
    if (query) this.timer = setTimeout(() => void this.readFacts(query, mine), FACTS_AFTER_MS);
  }

  private async readFacts(query: string, mine: number): Promise<void> {
    try {
      const { items } = await this.seat.api.get<{ items: Fact[] }>(`/standing-facts/at?${query}`);
      if (mine === this.turn) this.facts = items;
    } catch {
      if (mine === this.turn) this.unread = { ...this.unread, facts: true };
    }
  }

  /** At this place; cell: of resolution 15, null: no place yet. */
  async place(cell: string | null): Promise<void> {
    const wanted = cell && parentOf(cell, RESOLUTION);
    if (wanted === this.cell) return;
    this.cell = wanted;
    this.before = [];
    this.unread = { ...this.unread, before: false };
    if (!wanted) return;
    try {
      const since = new Date(this.seat.now() - DAYS_MS).toISOString();
      const { items } = await this.seat.api.get<{ items: HereBefore[] }>(`/incidents?cell=${wanted}&since=${since}&limit=${MOST}`);
      if (this.cell === wanted) this.before = items;
    } catch {
      if (this.cell === wanted) this.unread = { ...this.unread, before: true };
    }
  }
}

/** What is asked of a place; '' of none. */
function queryOf({ lon, lat, accuracy_m: accuracy, address }: { lon: number | null; lat: number | null; accuracy_m?: number | null; address?: string | null }): string {
  if (lon !== null && lat !== null) return String(new URLSearchParams({ lon: String(lon), lat: String(lat), ...(accuracy ? { accuracy_m: String(accuracy) } : {}) }));
  const said = address?.trim() ?? '';
  return said.length >= ADDRESS_FROM ? String(new URLSearchParams({ address: said })) : '';
}

/** The cell of a coarser resolution that an H3 cell (hexadecimal) lies in: the digits below it are all ones. */
export function parentOf(cell: string, resolution: number): string {
  let value = BigInt(`0x${cell}`);
  value = (value & ~(0xfn << 52n)) | (BigInt(resolution) << 52n);
  const below = (1n << BigInt(3 * (15 - resolution))) - 1n;
  return (value | below).toString(16);
}
