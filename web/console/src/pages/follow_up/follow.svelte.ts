// What the parts of the follow-up page share: the lanes with their rows, what is selected, how to act and go on to the next.

import { Asking, tried, type Done, type Field } from '../../look/asking.svelte';
import { mayIn } from '../../core/acts';
import type { Incident } from '../../core/types';
import { refusal, type Seat } from '../../seat/seat.svelte';
import type { Revealed } from '../../standing/facts';
import { after, callBacks, ends, facts, requests, reviews, supervision, type CallBackDue, type Demand, type Fact, type Lane, type Row } from './lanes';

const READ_AFTER_MS = 1_200;
const READ_EVERY = 60; // beats, one a second: a caller's time comes without an event
const MOST = 2_000;
const TOUCHING = new Set(['alarm', 'incident', 'feedback', 'standing_fact']);

interface Page { items: CallBackDue[]; next: string | null }

export class Follow {
  readonly asking = new Asking((why) => this.seat.toasts.bad(why), () => this.seat.unsent);
  lane: Lane = $state('reviews');
  when: 'due' | 'later' = $state('due');
  chosen: Record<Lane, string | null> = $state({ reviews: null, call_backs: null, supervision: null, requests: null, ends: null, facts: null });
  /** Callers to be asked; null until they were read. */
  callers: CallBackDue[] | null = $state.raw(null);
  counts: { due: number; later: number } = $state.raw({ due: 0, later: 0 });
  /** Standing facts that wait for a leader. */
  facts: readonly Fact[] = $state.raw([]);
  /** Words of theirs that were opened here. */
  opened: Record<string, Revealed> = $state.raw({});
  unread = $state('');
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly seat: Seat) {}

  /** Begin to read what the feed does not tell. Returns how to stop. */
  start(): () => void {
    void this.read();
    const every = setInterval(() => void this.read(), READ_EVERY * 1000);
    const stop = this.seat.onEvent((event) => { if (TOUCHING.has(event.noun)) this.soon(); });
    return () => { stop(); clearInterval(every); clearTimeout(this.timer); };
  }

  private soon(): void {
    this.timer ??= setTimeout(() => { this.timer = undefined; void this.read(); }, READ_AFTER_MS);
  }

  async read(): Promise<void> {
    const { when } = this;
    try {
      const found: CallBackDue[] = [];
      for (let after: string | null = ''; after !== null && found.length < MOST;) {
        const page: Page = await this.seat.api.get<Page>(`/call-backs?when=${when}&limit=500${after ? `&after=${after}` : ''}`);
        found.push(...page.items);
        after = page.next;
      }
      this.counts = await this.seat.api.get('/call-backs/counts');
      if (when === this.when) this.callers = found;
      this.facts = (await this.seat.api.get<{ items: Fact[] }>('/standing-facts?which=due&limit=500')).items;
      this.unread = '';
    } catch (error) {
      this.unread = refusal(error);
    }
  }

  turn(when: 'due' | 'later'): void {
    this.when = when;
    this.callers = null;
    void this.read();
  }

  rows(lane: Lane): Row[] {
    const { picture } = this.seat;
    void this.seat.changed;
    switch (lane) {
      case 'reviews': return reviews(picture.incidents.values());
      case 'call_backs': return callBacks(this.callers ?? []);
      case 'supervision': return supervision((picture.lists.get('supervision')?.values() ?? []) as Iterable<Demand>, (void this.seat.beat, this.seat.now()));
      case 'requests': return requests(picture.incidents.values());
      case 'ends': return ends(picture.incidents.values());
      case 'facts': return facts(this.facts);
    }
  }

  count(lane: Lane): number {
    return lane === 'call_backs' ? this.counts.due : this.rows(lane).length;
  }

  /** The row that is selected in the lane in front. */
  get row(): Row | null {
    return this.rows(this.lane).find(({ key }) => key === this.chosen[this.lane]) ?? null;
  }

  get incident(): Incident | null {
    const { row } = this;
    if (!row) return null;
    if ('incident' in row) return row.incident;
    if (row.lane === 'facts') return null;
    const id = row.lane === 'call_backs' ? row.due.incident_id : row.demand.incident_id;
    return (id && this.seat.picture.incidents.get(id)) || null;
  }

  choose(key: string | null): void {
    this.chosen[this.lane] = key;
    this.seat.select({ incident: this.incident?.id ?? null });
  }

  /** The row so many further; without one, the first. */
  step(by: number): boolean {
    const rows = this.rows(this.lane);
    if (!rows.length) return false;
    const n = rows.findIndex(({ key }) => key === this.chosen[this.lane]);
    this.choose(rows[n < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, n + by))]!.key);
    return true;
  }

  may(act: string, state: string): boolean {
    return mayIn(act, this.seat.session.roles, state);
  }

  /** Do it at once and go on to the next row. version: as it was read. */
  async does(path: string, body: object = {}, version?: number): Promise<boolean> {
    const next = after(this.rows(this.lane), this.chosen[this.lane]);
    const done = (await this.seat.act(path, body, undefined, version)) !== null;
    if (done) this.passed(next);
    return done;
  }

  /** Ask something first; what was refused stays in its question. */
  ask(title: string, confirm: string, fields: readonly Field[], path: string, body: (values: Readonly<Record<string, string>>) => object, more: { say?: string; stays?: boolean } = {}): void {
    const next = after(this.rows(this.lane), this.chosen[this.lane]);
    const does = async (values: Readonly<Record<string, string>>): Promise<Done> => {
      const done = await tried(() => this.seat.api.act(path, body(values)));
      if (done === true && !more.stays) this.passed(next);
      return done;
    };
    this.asking.ask({ about: this.chosen[this.lane] ?? this.lane, title, fields, confirm, does, ...(more.say ? { say: more.say } : {}) });
  }

  private passed(next: string | null): void {
    this.choose(next);
    this.soon();
  }
}
