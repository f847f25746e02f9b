// The recommendation for the selected incident as the person works with it. It never reshuffles by itself: a newer one is asked for
// by a key. What is painted is sent, all of it or nothing; what was sent can be recalled for a few seconds.

import { Refused } from '../../../core/api';
import { speaker } from '../../../core/language.svelte';
import {
  askable, changeOf, firstPainted, linesOf, newer, nextOf, orderBody, placeKey, type Change, type Line, type PassedOver, type Proposal,
} from '../../../core/plan';
import { isStuck } from '../../../core/order';
import type { Assignment, Incident, Unit } from '../../../core/types';
import { tried, type Done } from '../../../look/asking.svelte';
import { refusal, type Seat } from '../../../seat/seat.svelte';
import { changedTo, refusedOrder, takenBy } from './refused';

export const words = {
  'sent': ['已派 {units} → {number}', 'Sent {units} → {number}'],
  'kept': ['已列为待处 {units} → {number}', 'Kept for later: {units} → {number}'],
  'sent_room': ['已派 {room} → {number}', 'Sent to {room}: {number}'],
  'not_sent': ['{units} → {number} 未派出：{why}', '{units} → {number} was not sent: {why}'],
  'undone': ['派出后立即撤销', 'Taken back at once'],
  'take_reason': ['{priority}级警情 {number}', 'P{priority} incident {number}'],
  'and': ['、', ', '],
} as const;
const t = speaker(words);

export interface Conflict {
  text: string;
  unitId: string | null;
  next: Line | null;
}

export class PlanState {
  proposal: Proposal | null = $state.raw(null);
  painted: ReadonlySet<string> = $state.raw(new Set());
  added: readonly Unit[] = $state.raw([]);
  conflict: Conflict | null = $state.raw(null);
  waiting = $state(false);
  fault = $state('');
  /** How many a wave the person has asked for; null: as the run card says. */
  count: number | null = $state(null);
  /** The incident all this is about. */
  of: string | null = $state(null);
  /** Incidents to which something is being sent. */
  private underway: ReadonlySet<string> = $state.raw(new Set());
  private shown = { place: '', priority: 0 };
  private asked = 0;

  constructor(private readonly seat: Seat) {}

  get incident(): Incident | null {
    void this.seat.changed;
    return (this.of && this.seat.picture.incidents.get(this.of)) || null;
  }

  get lines(): Line[] {
    return linesOf(this.proposal, this.added);
  }

  get sending(): boolean {
    return this.of !== null && this.underway.has(this.of);
  }

  get may(): boolean {
    return this.seat.may('dispatcher', 'leader', 'supervisor');
  }

  changed(line: Line): Change | null {
    void this.seat.changed;
    return changeOf(line, this.seat.picture.units, this.seat.picture.incidents);
  }

  /** Why a newer computing might say something else. */
  get news(): 'place' | 'priority' | 'over' | 'age' | null {
    void this.seat.beat;
    const { proposal, incident } = this;
    return proposal && incident ? newer(proposal, incident, this.shown, this.seat.now()) : null;
  }

  /** Another incident was selected: begin anew, and ask at once for one that waits. */
  follow(id: string | null): void {
    if (id === this.of) return;
    this.clear();
    this.of = id;
    const { incident } = this;
    if (incident && this.may && incident.place?.lon != null && (incident.state === 'received' || isStuck(incident))) void this.ask();
  }

  clear(): void {
    this.asked += 1;
    this.proposal = null;
    this.painted = new Set();
    this.added = [];
    this.conflict = null;
    this.fault = '';
    this.waiting = false;
    this.count = null;
  }

  /** Ask the server whom to send; what the person typed in stays. */
  async ask(count = this.count): Promise<void> {
    const { incident } = this;
    if (!incident || !askable(incident)) return;
    const turn = (this.asked += 1);
    this.count = count;
    this.fault = '';
    this.waiting = true;
    const painted = this.painted;
    try {
      const proposal = await this.seat.api.get<Proposal>(`/incidents/${incident.id}/recommendation${count ? `?units=${count}` : ''}`);
      if (turn !== this.asked) return;
      this.shown = { place: placeKey(incident), priority: incident.priority };
      this.proposal = proposal;
      this.conflict = null;
      this.painted = this.repainted(painted, firstPainted(proposal, this.incident ?? incident)); // somebody may have sent meanwhile
    } catch (error) {
      if (turn === this.asked) this.fault = refusal(error);
    } finally {
      if (turn === this.asked) this.waiting = false;
    }
  }

  /** Painted once a proposal has come: its first, who was typed in, and what the person chose while it was computed. */
  private repainted(before: ReadonlySet<string>, first: readonly string[]): ReadonlySet<string> {
    const now = new Set([...this.added.filter(({ id }) => this.painted.has(id)).map(({ id }) => id), ...first]);
    for (const id of this.painted) if (!before.has(id)) now.add(id);
    for (const id of before) if (!this.painted.has(id)) now.delete(id);
    return now;
  }

  /** The n-th in the list in or out, from 1; whether there is one. */
  toggle(n: number): boolean {
    const line = this.lines[n - 1];
    if (!line) return false;
    this.flip(line.unitId);
    return true;
  }

  flip(unitId: string): void {
    const painted = new Set(this.painted);
    if (!painted.delete(unitId)) painted.add(unitId);
    this.painted = painted;
    if (this.conflict?.unitId === unitId) this.conflict = null;
  }

  /** A unit that the ranking did not name goes along. */
  add(unit: Unit): void {
    if (!this.lines.some(({ unitId }) => unitId === unit.id)) this.added = [...this.added, unit];
    if (!this.painted.has(unit.id)) this.flip(unit.id);
  }

  /** In place of the one that cannot go, the next who can. Nothing is sent by it. */
  swap(): boolean {
    const { conflict } = this;
    if (!conflict?.next) return false;
    const painted = new Set(this.painted);
    if (conflict.unitId) painted.delete(conflict.unitId);
    painted.add(conflict.next.unitId);
    this.painted = painted;
    this.conflict = null;
    return true;
  }

  /** Send exactly what is painted, all or nothing; whoever changed since it was shown is named instead. */
  async send(kind: 'order' | 'stack' = 'order'): Promise<void> {
    const { incident, lines, painted, proposal } = this;
    const chosen = lines.filter(({ unitId }) => painted.has(unitId));
    if (!incident || !chosen.length || this.sending || !this.may) return;
    const moved = kind === 'order' ? chosen.map((line) => this.changed(line)).find(Boolean) : null;
    if (moved) {
      this.conflict = this.about(moved);
      return;
    }
    this.underway = new Set(this.underway).add(incident.id);
    try {
      const made = await this.seat.api.act<{ items: Assignment[] }>(`/incidents/${incident.id}/assignments`, orderBody(lines, painted, kind, proposal));
      this.sent(made.items, incident, namesOf(chosen), kind);
    } catch (error) {
      this.refused(error, incident, chosen);
    } finally {
      this.underway = new Set([...this.underway].filter((id) => id !== incident.id));
    }
  }

  /** To a room, which names its unit. */
  sendRoom(incident: Incident, roomId: string): Promise<Done> {
    return tried(async () => {
      const made = await this.seat.api.act<{ items: Assignment[] }>(`/incidents/${incident.id}/assignments`, { orders: [{ room_id: roomId }], kind: 'order' });
      this.seat.toasts.undoable(t('sent_room', { room: this.seat.reference.roomName(roomId), number: incident.number }), () => void this.undo(made.items));
    });
  }

  /** From a less urgent job, for a reason that both incidents keep. */
  take(incident: Incident, passed: Pick<PassedOver, 'unit_id' | 'call_sign'>, reason: string): Promise<Done> {
    return tried(async () => {
      await this.seat.api.act(`/incidents/${incident.id}/assignments`, { orders: [{ unit_id: passed.unit_id }], kind: 'order', preempt: true, reason, ...(this.of === incident.id && this.proposal ? { recommendation_id: this.proposal.id } : {}) });
      this.seat.toasts.good(t('sent', { units: passed.call_sign, number: incident.number }));
    });
  }

  takeReason({ priority, number }: Incident): string {
    return t('take_reason', { priority, number });
  }

  sent(orders: Assignment[], incident: Incident, units: string, kind: 'order' | 'stack'): void {
    if (this.of === incident.id) {
      const { of } = this;
      this.clear();
      this.of = of;
    }
    this.seat.toasts.undoable(t(kind === 'stack' ? 'kept' : 'sent', { units, number: incident.number }), () => void this.undo(orders));
  }

  private async undo(orders: readonly Assignment[]): Promise<void> {
    for (const order of orders) await this.seat.act(`/assignments/${order.id}/recall`, { reason: t('undone') });
  }

  private about(change: Change): Conflict {
    const { unitId, callSign, by, since } = change;
    const text = by ? takenBy(callSign, by.number, change.now, since) : changedTo(callSign, change.was, change.now);
    return { text, unitId, next: nextOf(this.lines, this.painted, (line) => this.changed(line) !== null) };
  }

  /** A conflict is told in the list it is about; when another incident stands there by now, at the edge of the page. */
  private refused(error: unknown, incident: Incident, chosen: readonly Line[]): void {
    const { unitId, text } = error instanceof Refused && error.status === 409 ? refusedOrder(error.problem) : { unitId: null, text: null };
    const why = text ?? refusal(error);
    if (this.of !== incident.id) this.seat.toasts.bad(t('not_sent', { units: namesOf(chosen), number: incident.number, why }));
    else if (!(error instanceof Refused) || error.status !== 409) this.seat.toasts.bad(why);
    else this.conflict = { text: why, unitId, next: nextOf(this.lines, this.painted, (line) => this.changed(line) !== null || line.unitId === unitId) };
  }
}

const namesOf = (lines: readonly Line[]): string => lines.map(({ callSign }) => callSign).join(t('and'));
