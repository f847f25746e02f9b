// What all panels of a page share: who sits here, the picture, what is selected, how to act, what to tell the person. Panels read
// `seat.changed` (grows with the picture, at most once a frame) and `seat.beat` (once a second); nothing else is reactive.

import { flushSync } from 'svelte';
import { Api, Refused, newKey } from '../core/api';
import { Alerts, noticeable, seenOf, type Ears } from '../core/alerts';
import { Company, type DraftShown, type PresentNow, type SeatShown } from '../core/company';
import type { Bounds } from '../core/feed';
import { Keymap } from '../core/keymap';
import { speaker } from '../core/language.svelte';
import { Picture } from '../core/picture';
import { Reference } from '../core/reference';
import { ServerClock } from '../core/server_clock';
import { Sound } from '../core/sound';
import type { Assignment, FeedEvent, Incident, More, Session, Snapshot, Unit } from '../core/types';
import { Unsent } from '../core/unsent';
import type { Passed } from '../core/keeper';
import { refusalText, refusedText } from '../words/refusals';
import { DutyWatch } from './duty.svelte';
import { FormBook } from './forms.svelte';
import { openLine, type Line } from './line';
import { Toasts } from './toasts.svelte';

const REFERENCE = new Set(['room', 'jurisdiction', 'call_point', 'type_tree', 'city']);
const DRAW_EVERY_MS = 80;
const DRAW_SHARE = 3; // so many times as long as it took to draw, the page is left to keys before it is drawn again
export const LATE_MS = 3_000;
export const DEAD_MS = 10_000;

export const words = {
  'reference.missing': ['未能读取：{names}', 'Could not be read: {names}'],
} as const;
const t = speaker(words);

/** Whether a crew sits here, and nobody of a room. */
export const isCrew = ({ roles }: Session): boolean => roles.every((role) => role === 'unit');

export type Link = 'connecting' | 'live' | 'late' | 'dead';

export class Seat {
  readonly picture = new Picture();
  readonly reference: Reference;
  readonly duty: DutyWatch;
  readonly forms: FormBook;
  readonly toasts = new Toasts();
  readonly keys = new Keymap();
  readonly company = new Company();
  readonly alerts = new Alerts();
  readonly sound: Sound;
  /** Words this person typed here and did not send. */
  readonly unsent: Unsent;

  changed = $state(0);
  /** As `changed`, but only when any unit did: who counts or sorts all of them reads this. */
  unitsChanged = $state(0);
  referenceChanged = $state(0);
  /** Once a second. */
  beat = $state(0);
  noticed = $state(0);
  /** Whether a whole picture has come. */
  filled = $state(false);
  incidentId: string | null = $state(null);
  unitId: string | null = $state(null);
  heardMs = $state(0);
  open = $state(false);

  private line: Line | null = null;
  private readonly listeners = new Set<(event: FeedEvent) => void>();
  private readonly words = new Set<(kind: string, content: Record<string, unknown>) => void>();
  private readonly clock = new ServerClock();
  private drawnMs = 0;
  private tookMs = 0;
  private drawing = false;

  constructor(readonly api: Api, public session: Session, readonly room: string | null, sounding = true) {
    this.reference = new Reference(api);
    this.duty = new DutyWatch(api, room);
    this.forms = new FormBook(api);
    this.unsent = new Unsent(localStorage, session.principal);
    // The server is told, so that it is quiet for this person wherever they sit, and for nobody else.
    this.alerts.onSeen = (seen) => { for (const [path, body] of seenOf(seen)) void this.act(path, body); };
    this.sound = new Sound(() => { this.noticed += 1; }, sounding);
  }

  /** Begin to follow; what is missing of the reference data is said. */
  async start(): Promise<void> {
    this.line = openLine(this.session.principal, this.room, (message) => this.hear(message));
    setInterval(() => { this.beat += 1; }, 1000);
    addEventListener('keydown', (event) => this.keys.press(event));
    if (this.room) this.duty.watch((listener) => this.onEvent(listener));
    await this.readReference();
  }

  /** Now, by the server's clock, ms. */
  now(): number {
    return Date.now() + this.clock.aheadMs;
  }

  /** How well we hear the server; reads `beat`, so that it ages by itself. */
  get link(): Link {
    void this.beat;
    if (!this.heardMs) return 'connecting';
    const quietMs = Date.now() - this.heardMs;
    return quietMs > DEAD_MS ? 'dead' : quietMs > LATE_MS ? 'late' : 'live';
  }

  may(...roles: string[]): boolean {
    return roles.some((role) => this.session.roles.includes(role));
  }

  /** The incident that is selected, while it is part of the picture. */
  get incident(): Incident | null {
    void this.changed;
    return (this.incidentId && this.picture.incidents.get(this.incidentId)) || null;
  }

  get unit(): Unit | null {
    void this.changed;
    return (this.unitId && this.picture.units.get(this.unitId)) || null;
  }

  /** The seat one sits at as it is now; null: none was taken. */
  get mine(): SeatShown | null {
    void this.changed;
    const id = this.session.seat?.id;
    return id ? ((this.picture.lists.get('seat')?.get(id) as SeatShown | undefined) ?? this.session.seat ?? null) : null;
  }

  /** What call-takers are typing just now. */
  get typing(): DraftShown[] {
    void this.changed;
    return this.company.typing(this.picture.lists.get('draft')!.values() as Iterable<DraftShown>);
  }

  select(what: { incident?: string | null; unit?: string | null }): void {
    if (what.incident !== undefined && what.incident !== this.incidentId) {
      this.incidentId = what.incident;
      this.say({ open: what.incident });
    }
    if (what.unit !== undefined) this.unitId = what.unit;
  }

  /** Positions of these rectangles only. */
  look(bounds: Bounds[]): void {
    this.line?.ask({ look: bounds });
  }

  say(message: object): void {
    this.line?.ask({ say: message });
  }

  /** Hear every event after it was applied. Returns how to stop. */
  onEvent(listener: (event: FeedEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Hear what the feed says beside facts, such as presence. Returns how to stop. */
  onWord(listener: (kind: string, content: Record<string, unknown>) => void): () => void {
    this.words.add(listener);
    return () => this.words.delete(listener);
  }

  /** Do an act; a refusal is shown as a sentence. Returns the answer, or null when it was refused. version: what it is done to was read as this one. */
  async act<T = unknown>(path: string, body: unknown = {}, key = newKey(), version?: number): Promise<T | null> {
    try {
      return await (version === undefined ? this.api.act<T>(path, body, key) : this.api.actOn<T>(path, version, body, key));
    } catch (error) {
      this.toasts.bad(refusal(error));
      return null;
    }
  }

  /** Change an incident as it was seen; whether it was done. */
  async amend(incident: Incident, body: Record<string, unknown>): Promise<boolean> {
    try {
      await this.api.change('PATCH', `/incidents/${incident.id}`, body, `"${incident.version}"`);
      return true;
    } catch (error) {
      this.toasts.bad(refusal(error));
      return false;
    }
  }

  acknowledge(): void {
    this.alerts.acknowledge();
    this.noticed += 1;
    this.ring();
  }

  silence(): void {
    this.alerts.silence();
    this.noticed += 1;
    this.ring();
  }

  /** What to call the unit of an assignment. */
  callSign(assignment: Assignment): string {
    const unit = assignment.unit ?? (assignment.unit_id ? this.picture.units.get(assignment.unit_id) : undefined);
    if (unit) return unit.call_sign;
    return assignment.room_id ? this.reference.roomName(assignment.room_id) : '—';
  }

  async readReference(): Promise<void> {
    const crew = isCrew(this.session); // it is told types alone, and nobody's name
    const [missing] = await Promise.all([this.reference.load(crew ? ['types'] : undefined), crew ? null : this.company.meet(this.api)]);
    if (missing.length) this.toasts.bad(t('reference.missing', { names: missing.join(', ') }));
    this.referenceChanged += 1;
    this.changed += 1;
  }

  private hear(message: Passed): void {
    if ('frame' in message) this.picture.move(message.frame, message.heardMs);
    else if ('text' in message) this.read(message.text, message.heardMs);
    else if ('link' in message) ({ heardMs: this.heardMs, open: this.open } = message.link);
    else if ('word' in message) this.word(message.word.kind, message.word.content);
    else if ('fault' in message) console.error(message.fault);
    else location.replace('/');
  }

  private read(text: string, heardMs: number): void {
    const { snapshot, more, event } = JSON.parse(text) as { snapshot?: Snapshot; more?: More; event?: FeedEvent };
    if (snapshot) {
      this.clock.learn(snapshot.at, heardMs);
      this.picture.load(snapshot, heardMs);
      this.company.begin((snapshot['presence'] ?? []) as PresentNow[], this.me);
      this.filled = true;
    }
    if (more) this.picture.more(more, heardMs);
    if (event) {
      if (!this.picture.apply(event, heardMs)) return; // the keeper has asked for what is missing
      if (REFERENCE.has(event.noun)) void this.readReference();
      for (const listener of this.listeners) listener(event);
    }
    this.draw();
  }

  private get me(): { principal: string; seatId: string | null } {
    return { principal: this.session.principal, seatId: this.session.seat_id };
  }

  private get ears(): Ears {
    const { principal, room_id: own, covering, rooms } = this.session;
    return { principal, rooms: [...(own ? [own] : []), ...covering], below: rooms, own, seat: this.session.seat_id, reviews: this.may('dispatcher', 'leader', 'reviewer', 'supervisor') };
  }

  private word(kind: string, content: Record<string, unknown>): void {
    if (typeof content['at'] === 'string') this.clock.learn(content['at'], Date.now());
    if (kind === 'error') this.toasts.bad(refusal(new Refused(0, content)));
    if (this.company.hear(kind, content, this.me)) this.draw();
    for (const listener of this.words) listener(kind, content);
  }

  /** The first event is drawn at once, those that follow closely together: a flood of events leaves time for keys. */
  private draw(): void {
    if (this.drawing) return;
    this.drawing = true;
    const pauseMs = Math.max(DRAW_EVERY_MS, DRAW_SHARE * this.tookMs);
    setTimeout(() => {
      this.drawing = false;
      const began = performance.now();
      // Half a picture tells neither what is new nor what is over.
      if (this.picture.whole) this.alerts.look(noticeable(this.picture, this.may('dispatcher', 'leader') ? null : { principal: this.session.principal }, this.ears));
      this.changed += 1;
      this.unitsChanged = this.picture.unitChanges;
      this.noticed += 1;
      flushSync();
      this.ring();
      this.drawnMs = performance.now();
      this.tookMs = this.drawnMs - began;
    }, Math.max(0, this.drawnMs + pauseMs - performance.now()));
  }

  private ring(): void {
    this.sound.play(this.alerts.level);
  }
}

/** A refusal in the language of the seat; in Chinese the server's own sentence goes along for its particulars. */
export function refusal(error: unknown): string {
  if (!(error instanceof Refused)) return refusalText('network');
  return refusedText(error.code, error.message);
}
