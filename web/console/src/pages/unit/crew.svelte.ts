// What all parts of the crew's page share: which unit this is, the picture as last heard (kept, so that the page opens without a
// line), the outbox, how to say something. Parts read `crew.changed`, `crew.posted` and `crew.beat`; nothing else is reactive.

import { Api, Refused } from '../../core/api';
import type { Shelf } from '../../core/box';
import { speaker } from '../../core/language.svelte';
import type { Feed } from '../../core/feed';
import type { Answers, FormSet } from '../../core/forms';
import { Outbox, Withheld, type Act, type Wanted } from '../../core/outbox';
import { Picture } from '../../core/picture';
import type { TypeFile } from '../../core/reference';
import { ServerClock } from '../../core/server_clock';
import type { FeedEvent, Incident, Session, Snapshot, Unit } from '../../core/types';
import { Toasts } from '../../seat/toasts.svelte';
import { refusedText } from '../../words/refusals';
import { Alarm } from './alarm';
import { follow, linkOf, wasLate, type Link } from './line';
import { Messages } from './messages';
import { jobOf, owedBy, type Job, type Owed } from './next';
import { OwnPlace } from './place.svelte';
import { Types } from './types';

const ASK_WITHIN_MS = 8_000;
const DRAW_EVERY_MS = 80;
const KEEP_EVERY_MS = 2_000;
const ASKED_FOR_MS = 600_000;
const SESSION = 'unit.session';
const TYPES = 'unit.types';
const FORMS = 'unit.forms';
const ASKED = 'dispatch110.unit.asked';

const t = speaker({ 'no_answer': ['服务器没有应答，未确认是否送达。', 'The server did not answer: it is not certain whether this was heard.'] });

/** The picture as it lies in the browser. */
interface KeptPicture {
  snapshot: Snapshot;
  heardMs: number;
}

export class Crew {
  readonly picture = new Picture();
  readonly toasts = new Toasts();
  readonly types = new Types();
  /** All feedback forms, as last read. */
  forms: FormSet | null = null;
  /** What was typed into a form that is not handed in yet, by assignment; lives as long as the page. */
  readonly drafts = new Map<string, Answers>();
  readonly messages: Messages;
  readonly place = new OwnPlace();
  readonly alarm = new Alarm();
  readonly outbox: Outbox;

  changed = $state(0);
  /** Grows with the outbox. */
  posted = $state(0);
  /** Once a second. */
  beat = $state(0);
  heardMs = $state(0);
  /** When what is shown was true, before a line came. */
  keptMs: number | null = $state(null);
  filled = $state(false);
  signedOut = $state(false);
  /** Whether the page opens without a line. */
  keeps: boolean | null = $state(null);
  /** Something pressed could not be put on the disk. */
  unkept = $state(false);
  /** Somebody wants to hear that the crew is all right. */
  asked = $state(false);

  /** Others that follow on behalf of this crew: they begin anew with every new line of it. */
  readonly followers = new Set<() => void>();

  private feed: Feed | null = null;
  private readonly beganMs = Date.now();
  private readonly clock = new ServerClock();
  private drawing = false;
  private drawnMs = 0;
  private savedMs = 0;
  /** Something is shown that is not kept yet. */
  private fresh = false;

  constructor(readonly api: Api, public session: Session, private readonly kept: Shelf<unknown>, acts: Shelf<Act>) {
    this.messages = new Messages(this.unitId);
    this.outbox = new Outbox({
      shelf: acts,
      principal: session.principal,
      send: (act) => this.send(act),
      changed: () => { this.posted += 1; },
      alone: (lane, work) => (navigator.locks ? navigator.locks.request(`dispatch110.outbox.${lane}`, work) : work()) as Promise<void>,
    });
  }

  get unitId(): string {
    return this.session.unit_id!;
  }

  get unit(): Unit | null {
    return this.picture.units.get(this.unitId) ?? null;
  }

  get waiting(): Act[] {
    return this.outbox.waiting;
  }

  get job(): Job | null {
    return this.unit && jobOf(this.unit, this.picture.incidents.values(), this.waiting);
  }

  get owed(): Owed[] {
    return this.unit ? owedBy(this.unit, this.picture.incidents.values(), this.waiting) : [];
  }

  may(role: string): boolean {
    return this.session.roles.includes(role);
  }

  get link(): Link {
    void this.beat;
    return this.signedOut ? 'signed_out' : linkOf(this.heardMs, this.beganMs, Date.now());
  }

  /** Now, by the server's clock, ms. */
  now(): number {
    return Date.now() + this.clock.aheadMs;
  }

  async start(): Promise<void> {
    await this.recall();
    await this.outbox.start();
    this.listen();
    setInterval(() => this.tick(), 1000);
    for (const type of ['online', 'focus']) addEventListener(type, () => this.outbox.nudge());
    document.addEventListener('visibilitychange', () => this.outbox.nudge());
    addEventListener('pagehide', () => void this.keep());
    this.asked = Number(localStorage.getItem(ASKED)) > Date.now() - ASKED_FOR_MS;
  }

  private listen(): void {
    this.feed?.stop();
    this.feed = follow(null, {
      text: (text, heardMs) => this.read(text, heardMs),
      frame: (frame, heardMs) => this.picture.move(frame, heardMs),
      link: (heardMs, open) => this.linked(heardMs, open),
      word: (_, content) => this.word(content),
      revoked: () => { this.signedOut = true; },
    });
    for (const anew of this.followers) anew();
  }

  /** Say something to the centre: kept, shown as waiting, sent in its turn. `claimed`: at the moment it was pressed. */
  async post(wanted: Wanted, claimed = true): Promise<void> {
    const body = { ...wanted.body, via: 'phone', ...(claimed ? { at: new Date(this.now()).toISOString() } : {}) };
    try {
      await this.outbox.add({ ...wanted, body });
    } catch {
      this.unkept = true; // it is on the list and being sent, but would not outlive the page
    }
  }

  /** All is well: answers whoever asks. */
  async well(): Promise<void> {
    this.ask(false);
    await this.post({ kind: 'checked', path: `/units/${this.unitId}/checked`, body: {}, about: this.job?.assignment.id ?? null });
  }

  /** What is said of an act that was refused, or that nobody answered. */
  saidOf(error: unknown): string {
    return error instanceof Refused ? refusedText(error.code, error.message) : t('no_answer');
  }

  async readTypes(): Promise<void> {
    try {
      const file = await this.api.get<TypeFile>('/admin/types');
      this.types.take(file);
      this.changed += 1;
      await this.kept.put(TYPES, file);
    } catch {
      // what was kept goes on being used; a code is shown where there is no name
    }
  }

  async readForms(): Promise<void> {
    try {
      this.forms = await this.api.get<FormSet>('/forms');
      await this.kept.put(FORMS, this.forms);
    } catch {
      // what was kept goes on being used, and is taken for some days
    }
  }

  private async send(act: Act): Promise<void> {
    if (!this.api.csrf) await this.signIn();
    if (this.outbox.ended || act.principal !== this.session.principal) throw new Withheld();
    try {
      await this.api.act(act.path, act.body, act.key);
    } catch (error) {
      const code = (error as Refused).code;
      if (code === 'csrf_refused' || code === 'not_signed_in') this.api.csrf = '';
      throw error;
    }
    if (!this.signedOut) return;
    this.signedOut = false; // somebody has signed in again, here or in another window
    this.listen();
  }

  /** Who is signed in now may be somebody else than who pressed what lies here: then this page sends nothing more. Throws Withheld. */
  private async signIn(): Promise<void> {
    const session = await this.api.get<Session>('/session');
    if (session.principal !== this.session.principal && !this.outbox.ended) {
      this.outbox.stop(); // what was pressed here stays kept for who pressed it
      location.reload();
    }
    if (this.outbox.ended) throw new Withheld();
    this.session = session;
    this.api.csrf = session.csrf_token ?? '';
  }

  private tick(): void {
    this.beat += 1;
    if (this.outbox.signedOut) this.signedOut = true;
    this.alarm.look(this.ringing(), this.job !== null && this.unit?.duty !== 'off_duty');
    if (this.fresh && Date.now() - this.savedMs > KEEP_EVERY_MS) void this.keep();
  }

  /** The order that nobody here has accepted; silence is not acceptance. */
  private ringing(): { key: string; level: 1 | 2 } | null {
    const { job } = this;
    if (!job || !['ordered', 'delivered'].includes(job.state)) return null;
    return { key: job.assignment.id, level: job.incident.priority <= 2 ? 1 : 2 };
  }

  private linked(heardMs: number, open: boolean): void {
    const back = open && wasLate(this.heardMs, Date.now());
    this.heardMs = heardMs;
    if (back) this.outbox.nudge();
  }

  /** What the feed says beside facts: the time, and what it refuses. */
  word(content: Record<string, unknown>): void {
    if (typeof content['at'] === 'string') this.clock.learn(content['at'], Date.now());
    if (typeof content['detail'] === 'string') this.toasts.bad(refusedText(String(content['code'] ?? ''), content['detail']));
  }

  private read(text: string, heardMs: number): void {
    const { snapshot, event } = JSON.parse(text) as { snapshot?: Snapshot; event?: FeedEvent };
    if (snapshot) {
      this.clock.learn(snapshot.at, heardMs);
      this.picture.load(snapshot, heardMs);
      this.messages.load(snapshot);
      this.filled = true;
      this.keptMs = null;
      void this.messages.readAll(this.api).then(() => this.draw(), () => {});
      void this.readTypes();
      void this.readForms();
    }
    if (event) {
      if (!this.picture.apply(event, heardMs)) return;
      this.messages.apply(event);
      this.notice(event);
    }
    this.deliver();
    this.draw();
  }

  private notice(event: FeedEvent): void {
    if (event.noun === 'type_tree') void this.readTypes();
    const late = event.noun === 'broadcast_lamp' && event.fact === 'added';
    if (late || (event.noun === 'broadcast' && ['sent', 'called_again'].includes(event.fact))) this.alarm.nudge();
    if (event.noun === 'form_set') void this.readForms();
    if (event.noun === 'roll_call' && event.fact === 'called') this.ask(true);
    if (event.noun === 'assignment' && event.id === this.job?.assignment.id) {
      if (event.fact === 'check_asked') this.ask(true);
      if (event.fact === 'checked') this.ask(false);
    }
  }

  private ask(asked: boolean): void {
    if (asked && !this.asked) this.alarm.nudge();
    this.asked = asked;
    localStorage.setItem(ASKED, asked ? String(Date.now()) : '0');
  }

  /** The terminal has the order: said once for each, without anybody's doing. */
  private deliver(): void {
    const { job } = this;
    if (job?.assignment.state !== 'ordered' || !this.api.csrf) return;
    const { id } = job.assignment;
    void this.api.act(`/assignments/${id}/deliver`, { via: 'phone' }, `deliver:${id}`).catch(() => {}); // the next word tries again
  }

  private draw(): void {
    if (this.drawing) return;
    this.drawing = true;
    setTimeout(() => {
      this.drawing = false;
      this.drawnMs = performance.now();
      this.fresh = true;
      this.changed += 1;
    }, Math.max(0, this.drawnMs + DRAW_EVERY_MS - performance.now()));
  }

  private async recall(): Promise<void> {
    const types = (await this.kept.get(TYPES)) as TypeFile | undefined;
    if (types) this.types.take(types);
    this.forms = ((await this.kept.get(FORMS)) as FormSet | undefined) ?? null;
    const picture = (await this.kept.get(`unit.picture:${this.unitId}`)) as KeptPicture | undefined;
    if (!picture) return;
    this.picture.load(picture.snapshot, picture.heardMs);
    this.messages.load(picture.snapshot);
    this.keptMs = picture.heardMs;
    this.filled = true;
    this.changed += 1;
  }

  /** What is shown, for the next time the page opens without a line. */
  private async keep(): Promise<void> {
    const { unit } = this;
    if (!unit || !this.heardMs) return;
    this.savedMs = Date.now();
    this.fresh = false;
    const snapshot = {
      seq: this.picture.seq ?? 0, at: new Date(this.now()).toISOString(), room: null, whole: true, units: [unit], messages: this.messages.all,
      incidents: [...this.picture.incidents.values()] as Incident[], emergencies: [...this.picture.emergencies.values()],
      broadcasts: [...this.picture.broadcasts.values()], broadcast_lamps: [...this.picture.broadcastLamps.values()],
    } as Snapshot;
    await this.kept.put(`unit.picture:${this.unitId}`, { snapshot, heardMs: this.heardMs } satisfies KeptPicture);
  }
}

/** The interface, with patience for a bad line but not without end. */
export function patientApi(): Api {
  return new Api('/api/v1', (input, init) => fetch(input, { ...init, signal: AbortSignal.timeout(ASK_WITHIN_MS) }));
}

export interface Opened {
  session: Session;
  /** Nobody could be asked: this is who sat here last. */
  kept: boolean;
}

/** Who this is; without a line, who it was. Throws Refused when nobody is signed in, and whatever stood in the way otherwise. */
export async function whoIsThere(api: Api, kept: Shelf<unknown>): Promise<Opened> {
  try {
    const session = await api.get<Session>('/session');
    api.csrf = session.csrf_token ?? '';
    if (session.unit_id) await kept.put(SESSION, { ...session, csrf_token: null });
    return { session, kept: false };
  } catch (error) {
    const session = (await kept.get(SESSION)) as Session | undefined;
    const status = (error as Refused).status ?? 0;
    if (!session || (status > 0 && status < 500)) throw error;
    return { session, kept: true };
  }
}
