// The joint offer as a dispatcher meets it: asked for while two or more incidents wait, a quiet line while it stands, a table on a
// key. What is painted there is sent, each incident by an order of its own; one that is refused stops no other.

import { Refused } from '../../../core/api';
import { speaker } from '../../../core/language.svelte';
import { AGAIN_MS, orderOf, saidOf, stands, waitingIn, worthAsking, type CallOffered, type JointOffer } from '../../../core/together';
import type { Assignment } from '../../../core/types';
import { refusal, type Seat } from '../../../seat/seat.svelte';
import { refusedOrder } from '../plan/refused';

export const words = {
  'sent': ['联合派警已派出 {n} 起：{numbers}', 'Sent together, {n} incidents: {numbers}'],
  'undone': ['派出后立即撤销', 'Taken back at once'],
  'and': ['、', ', '],
} as const;
const t = speaker(words);

/** What became of one call of the table: underway, sent, or why it was not. */
export type Fate = { state: 'underway' | 'sent' } | { state: 'refused'; why: string };

export class TogetherState {
  /** What stands; shown in the line. */
  offer: JointOffer | null = $state.raw(null);
  /** What is open in the table, as it was when it was opened. */
  table: JointOffer | null = $state.raw(null);
  painted: ReadonlySet<string> = $state.raw(new Set());
  fates: ReadonlyMap<string, Fate> = $state.raw(new Map());
  private last = { said: '', atMs: 0 };
  private readonly put = new Set<string>();
  private asking = false;
  private readonly counted = { facts: '', unitChanges: -1, waiting: [] as string[], free: 0, said: '' };

  constructor(private readonly seat: Seat) {}

  get may(): boolean {
    return this.seat.may('dispatcher', 'leader');
  }

  /** What the line says; null: nothing is offered, or it was put aside, or it stands no longer. */
  get line(): JointOffer | null {
    void this.seat.changed;
    const { offer, seat } = this;
    return offer && !this.put.has(offer.key) && stands(offer, seat.picture.units, seat.picture.incidents) ? offer : null;
  }

  get sending(): boolean {
    return [...this.fates.values()].some(({ state }) => state === 'underway');
  }

  /** Once a second: ask, when it is worth it and somebody looks. */
  look(): void {
    const { seat } = this;
    if (!this.may || this.asking || this.table || seat.link !== 'live' || document.visibilityState !== 'visible') return;
    if (Date.now() - this.last.atMs < AGAIN_MS) return; // nothing is counted for nothing; what is offered falls by itself when it no longer stands
    const { waiting, said } = this.count();
    if (waiting.length < 2) this.offer = null;
    if (worthAsking(waiting, said, this.last, Date.now())) void this.ask(said);
  }

  /** Who waits and how many are free; of a large city it is not counted twice where nothing came. */
  private count(): { waiting: readonly string[]; said: string } {
    const { seq, incidents, units, unitChanges } = this.seat.picture;
    const { counted } = this;
    const facts = `${seq} ${incidents.size}`; // parts of a snapshot come without a number of their own
    if (counted.facts === facts && counted.unitChanges === unitChanges) return counted;
    if (counted.facts !== facts) counted.waiting = waitingIn(incidents.values());
    if (counted.unitChanges !== unitChanges) {
      counted.free = 0;
      for (const { state } of units.values()) if (state === 'available') counted.free += 1;
    }
    Object.assign(counted, { facts, unitChanges, said: saidOf(counted.waiting, counted.free) });
    return counted;
  }

  private async ask(said: string): Promise<void> {
    this.asking = true;
    this.last = { said, atMs: Date.now() };
    try {
      this.offer = await this.seat.api.get<JointOffer | null>('/recommendation/together');
    } catch {
      this.offer = null; // an offer is a help beside the usual way; where there is none, that goes on
    } finally {
      this.asking = false;
    }
  }

  /** Show the table; whether there was anything to show. */
  show(): boolean {
    const { line } = this;
    if (!line) return false;
    this.table = line;
    this.painted = new Set(line.calls.map(({ incident_id }) => incident_id));
    this.fates = new Map();
    return true;
  }

  /** The n-th in or out, from 1; whether there is one. */
  toggle(n: number): boolean {
    const call = this.table?.calls[n - 1];
    if (!call || this.fates.has(call.incident_id)) return false;
    const painted = new Set(this.painted);
    if (!painted.delete(call.incident_id)) painted.add(call.incident_id);
    this.painted = painted;
    return true;
  }

  /** Put this offer aside; another one is said again. */
  leave(): void {
    const { table, line } = this;
    const key = table?.key ?? line?.key;
    if (key) this.put.add(key);
    this.close();
  }

  close(): void {
    this.table = null;
    if (this.fates.size) this.offer = null;
  }

  /** Send what is painted; the table closes when all of it went, else it says by name what did not. */
  async send(): Promise<void> {
    const { table } = this;
    const calls = (table?.calls ?? []).filter(({ incident_id: id }) => this.painted.has(id) && !this.fates.has(id));
    if (!table || !calls.length) return;
    const made = await Promise.all(calls.map((call) => this.order(call)));
    const sent = calls.filter((_, n) => made[n]!.length);
    if (sent.length) {
      const numbers = sent.map(({ number }) => number).join(t('and'));
      this.seat.toasts.undoable(t('sent', { n: sent.length, numbers }), () => void this.undo(made.flat()));
    }
    this.last = { said: '', atMs: 0 };
    if (sent.length === calls.length && this.table === table) this.close();
  }

  private async order(call: CallOffered): Promise<Assignment[]> {
    this.fate(call, { state: 'underway' });
    try {
      const { items } = await this.seat.api.act<{ items: Assignment[] }>(`/incidents/${call.incident_id}/assignments`, orderOf(call));
      this.fate(call, { state: 'sent' });
      return items;
    } catch (error) {
      const told = error instanceof Refused && error.status === 409 ? refusedOrder(error.problem).text : null;
      this.fate(call, { state: 'refused', why: told ?? refusal(error) });
      return [];
    }
  }

  private fate(call: CallOffered, fate: Fate): void {
    this.fates = new Map(this.fates).set(call.incident_id, fate);
  }

  private async undo(orders: readonly Assignment[]): Promise<void> {
    for (const order of orders) await this.seat.act(`/assignments/${order.id}/recall`, { reason: t('undone') });
  }
}
