// What a field supervisor sees beside the own unit: the units of the own room and their jobs. Followed only while it is looked at
// for the first time, then kept; what is done here is done at once or not at all, since it rests on what is seen now.

import { newKey, Refused } from '../../core/api';
import type { Feed } from '../../core/feed';
import { speaker } from '../../core/language.svelte';
import { BOARD } from '../../core/order';
import { Picture } from '../../core/picture';
import type { Assignment, FeedEvent, Incident, More, RollCall, Snapshot, Unit } from '../../core/types';
import type { Crew } from './crew.svelte';
import { follow, linkOf, type Link } from './line';

const DRAW_EVERY_MS = 250;

const t = speaker({
  'half': ['{unit} 已从 {from} 撤回，手头已无任务；未能改派到 {to}：{why}', '{unit} was taken back from {from} and has no job now; not sent to {to}: {why}'],
});

export interface Mate {
  unit: Unit;
  incident: Incident | null;
  assignment: Assignment | null;
  /** ms since 1970: since when it is as it is; null where nobody said. */
  sinceMs: number | null;
  danger: boolean;
}

/** An order that failed after its unit had been taken back for it. */
export interface Stranded {
  unitId: string;
  /** The order that was taken back, and the number of its incident. */
  recalled: string;
  from: string;
  incident: Incident;
  reason: string;
  /** The order's: the same as before where nobody knows whether it was heard. */
  key: string;
  text: string;
}

export class Squad {
  readonly picture = new Picture();
  changed = $state(0);
  filled = $state(false);
  heardMs = $state(0);
  /** Nobody here may listen any more, until somebody has signed in again. */
  revoked = $state(false);
  roll: RollCall | null = $state.raw(null);
  /** Who was taken back and then not sent on, until it is sent or something else is done with it. */
  stranded: Stranded | null = $state.raw(null);
  private feed: Feed | null = null;
  private beganMs = 0;
  private drawing = false;

  constructor(private readonly crew: Crew) {
    crew.followers.add(() => this.listen());
    this.listen();
  }

  /** How well the room is heard: its line is another than the crew's own. */
  get link(): Link {
    void this.crew.beat;
    return this.revoked ? 'signed_out' : linkOf(this.heardMs, this.beganMs, Date.now());
  }

  /** Whether what is shown is true enough to act upon. */
  get current(): boolean {
    return this.filled && (this.link === 'live' || this.link === 'late');
  }

  private listen(): void {
    this.feed?.stop();
    this.revoked = false;
    this.beganMs = Date.now();
    this.feed = follow(this.crew.session.room_id, {
      text: (text, heardMs) => this.read(text, heardMs),
      frame: (frame, heardMs) => this.picture.move(frame, heardMs),
      link: (heardMs) => { this.heardMs = heardMs; },
      word: (_, content) => this.crew.word(content),
      revoked: () => { this.revoked = true; },
    });
  }

  /** Those in danger first, then those at work, then the free. */
  get mates(): Mate[] {
    const collator = new Intl.Collator('zh', { numeric: true });
    return [...this.picture.units.values()].map((unit) => this.mate(unit)).sort((a, b) =>
      Number(b.danger) - Number(a.danger) || BOARD.indexOf(a.unit.state) - BOARD.indexOf(b.unit.state) || collator.compare(a.unit.call_sign, b.unit.call_sign));
  }

  /** Incidents somebody may be sent to, the pressing ones first. */
  get incidents(): Incident[] {
    const open = new Set(['received', 'dispatched', 'accepted', 'en_route', 'on_scene']);
    return [...this.picture.incidents.values()].filter((one) => open.has(one.state)).sort((a, b) => a.priority - b.priority || (a.number < b.number ? -1 : 1));
  }

  mate(unit: Unit): Mate {
    let found: [Incident, Assignment] | null = null;
    for (const incident of this.picture.incidents.values()) {
      const assignment = incident.assignments.find((one) => one.id === unit.assignment_id);
      if (assignment) found = [incident, assignment];
    }
    const since = found?.[1].times[found[1].state as 'accepted'] ?? null;
    return { unit, incident: found?.[0] ?? null, assignment: found?.[1] ?? null, sinceMs: since ? Date.parse(since) : null, danger: unit.emergency_id !== null };
  }

  /** Do it now; a refusal is said. Whether it was done. */
  async act(path: string, body: Record<string, unknown>): Promise<boolean> {
    try {
      await this.crew.api.act(path, { ...body, via: 'phone' });
      return true;
    } catch (error) {
      this.crew.toasts.bad(this.crew.saidOf(error));
      return false;
    }
  }

  async callRoll(): Promise<void> {
    try {
      this.roll = await this.crew.api.act<RollCall>('/roll-calls', { via: 'phone' });
    } catch (error) {
      this.crew.toasts.bad(this.crew.saidOf(error));
    }
  }

  /** To another incident: taken back from the one it has, then ordered; said when only the first of it was done. */
  async send(mate: Mate, incident: Incident, reason: string): Promise<boolean> {
    if (this.stranded?.unitId === mate.unit.id) this.stranded = null;
    if (!mate.assignment) return this.act(...this.order(mate, incident, reason));
    const recalled = mate.assignment.id;
    if (!(await this.act(`/assignments/${recalled}/recall`, { reason }))) return false;
    return this.sendOn(mate, { recalled, from: mate.incident?.number ?? '', incident, reason, key: newKey() });
  }

  /** Order a unit that was taken back for it, and say of both when that fails. Whether it was done. */
  async sendOn(mate: Mate, { recalled, from, incident, reason, key }: Omit<Stranded, 'unitId' | 'text'>): Promise<boolean> {
    const [path, body] = this.order(mate, incident, reason);
    try {
      await this.crew.api.act(path, { ...body, via: 'phone' }, key);
      this.stranded = null;
      return true;
    } catch (error) {
      const text = t('half', { unit: mate.unit.call_sign, from, to: incident.number, why: this.crew.saidOf(error) });
      this.stranded = { unitId: mate.unit.id, recalled, from, incident, reason, key: error instanceof Refused ? newKey() : key, text };
      this.crew.toasts.bad(text);
      return false;
    }
  }

  private order(mate: Mate, incident: Incident, reason: string): [string, Record<string, unknown>] {
    return [`/incidents/${incident.id}/assignments`, { orders: [{ unit_id: mate.unit.id }], reason }];
  }

  private read(text: string, heardMs: number): void {
    const { snapshot, more, event } = JSON.parse(text) as { snapshot?: Snapshot; more?: More; event?: FeedEvent };
    if (snapshot) {
      this.picture.load(snapshot, heardMs);
      this.filled = true;
    }
    if (more) this.picture.more(more, heardMs);
    if (event && !this.picture.apply(event, heardMs)) return;
    if (event && this.roll && (event.noun === 'roll_answer' || event.noun === 'roll_call')) void this.readRoll();
    this.rejoin();
    this.draw();
  }

  /** Who was stranded has another order by now, whoever gave it. */
  private rejoin(): void {
    const has = this.stranded && this.picture.units.get(this.stranded.unitId)?.assignment_id;
    if (has && has !== this.stranded?.recalled) this.stranded = null;
  }

  private async readRoll(): Promise<void> {
    const { roll } = this;
    if (roll) this.roll = await this.crew.api.get<RollCall>(`/roll-calls/${roll.id}`).catch(() => roll);
  }

  private draw(): void {
    if (this.drawing) return;
    this.drawing = true;
    setTimeout(() => {
      this.drawing = false;
      this.changed += 1;
    }, DRAW_EVERY_MS);
  }
}
