// What the panels of the page share: which event and which post are looked at, what was read of it beyond the feed, the form that
// is open. The feed says how an event stands; what is said in it, and its log, are read when it changes.

import { flushSync } from 'svelte';
import { inOrder, type Asking as Who, type LogRow, type PlannedEvent, type Post } from '../../core/events';
import { speaker } from '../../core/language.svelte';
import { Asking } from '../../look/asking.svelte';
import { refusal, type Seat } from '../../seat/seat.svelte';
import { EventForm } from './form.svelte';
import { PhasesForm } from './phases.svelte';

const t = speaker({ unread: ['以往任务未能读取：{why}', 'Past events could not be read: {why}'] });
export const TABS = ['list', 'detail', 'map'] as const;
export type Tab = (typeof TABS)[number];

interface MapHandle {
  focus(): void;
  go(lon: number, lat: number, zoom?: number): void;
}

export class EventsState {
  readonly asking = new Asking((why) => this.seat.toasts.bad(why), () => this.seat.unsent);
  tab: Tab = $state('list');
  eventId: string | null = $state(null);
  postId: string | null = $state(null);
  form: EventForm | null = $state.raw(null);
  /** Other phases are written for an event that was approved. */
  phasing: PhasesForm | null = $state.raw(null);
  /** Somebody wants a spot from the map. */
  aim: ((lon: number, lat: number) => void) | null = $state.raw(null);
  log: readonly LogRow[] = $state.raw([]);
  /** Why what is said in it could not be read. */
  unread = $state('');
  map: MapHandle | null = null;
  private whole: PlannedEvent | null = $state.raw(null);
  private past = new Map<string, PlannedEvent>();
  private pastRead = $state(0);
  private readonly doors = new Map<string, () => void>();

  constructor(readonly seat: Seat) {}

  /** All there are, those the feed has forgotten too. */
  get events(): PlannedEvent[] {
    void this.seat.changed;
    void this.pastRead;
    return [...new Map([...this.past, ...this.seat.picture.events]).values()];
  }

  get lists(): ReturnType<typeof inOrder> {
    return inOrder(this.events);
  }

  /** The one that is looked at, with what was read of it as far as that is about the same version or a part that does not change. */
  get event(): PlannedEvent | null {
    const live = this.events.find((one) => one.id === this.eventId) ?? null;
    const { whole } = this;
    if (!live || whole?.id !== live.id) return live;
    if (whole.version >= live.version) return whole;
    const known = new Map(whole.posts.map((post) => [post.id, post]));
    const posts = live.posts.map((post) => ({ ...post, task: known.get(post.id)?.task ?? null, conflicts: known.get(post.id)?.conflicts ?? [] }));
    return { ...live, note: whole.note ?? null, contact: whole.contact ?? null, summary: whole.summary ?? null, posts };
  }

  get post(): Post | null {
    return this.event?.posts.find((one) => one.id === this.postId) ?? null;
  }

  /** Who asks, for acts on this event. */
  who(event: PlannedEvent): Who {
    const { session, reference } = this.seat;
    return { principal: session.principal, roles: session.roles, room: session.room_id, rooms: session.rooms, lineage: reference.rooms.get(event.room)?.lineage ?? [] };
  }

  choose(id: string | null): void {
    if (this.eventId !== id) {
      this.eventId = id;
      this.postId = null;
      this.phasing = null;
      this.whole = null;
      this.log = [];
      this.unread = '';
    }
    this.aim = null;
    if (id) this.tab = 'detail';
  }

  sign(unitId: string): string {
    const known = this.seat.picture.units.get(unitId)?.call_sign ?? this.event?.posts.find((post) => post.unit_id === unitId)?.call_sign;
    return known ?? '—';
  }

  /** What the feed does not tell: events that are over. */
  async readPast(): Promise<void> {
    try {
      const { items } = await this.seat.api.get<{ items: PlannedEvent[] }>('/events?state=summed_up,cancelled&limit=100');
      this.past = new Map(items.map((one) => [one.id, one]));
      this.pastRead += 1;
    } catch (error) {
      this.seat.toasts.bad(t('unread', { why: refusal(error) }));
    }
  }

  /** Read what is said in one, and its log, as far as this seat may. */
  async read(id: string): Promise<void> {
    try {
      const whole = await this.seat.api.get<PlannedEvent>(`/events/${id}`);
      if (id !== this.eventId) return;
      this.whole = whole;
      this.unread = '';
      const { rooms } = this.seat.session;
      const concerned = rooms.includes(whole.room) || rooms.includes(whole.command.room) || this.who(whole).lineage.includes(this.seat.session.room_id ?? '');
      if (!concerned) return void (this.log = []);
      const { items } = await this.seat.api.get<{ items: LogRow[] }>(`/events/${id}/log?limit=200`);
      if (id === this.eventId) this.log = items;
    } catch (error) {
      if (id === this.eventId) this.unread = refusal(error);
    }
  }

  /** Write a new one, or this one anew. */
  edit(event: PlannedEvent | null): void {
    this.form = new EventForm(this, event);
    this.aim = (lon, lat) => this.form?.corner(lon, lat);
    this.open('detail');
  }

  /** Write other phases for this one. */
  rephase(event: PlannedEvent): void {
    this.phasing = new PhasesForm(this, event);
    this.open('detail');
  }

  shut(): void {
    this.form = null;
    this.phasing = null;
    this.aim = null;
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
}
