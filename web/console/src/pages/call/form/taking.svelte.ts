// One report from the first ring to the last word: the form, the call it is of, its draft, what is worked out beside it while it is
// typed, and, once it is handed in, what is added to the incident while the caller still speaks.

import { newKey, Refused } from '../../../core/api';
import { speaker } from '../../../core/language.svelte';
import type { components } from '../../../core/schema';
import type { Call, Incident } from '../../../core/types';
import { refusal, type Seat } from '../../../seat/seat.svelte';
import type { Ranking } from '../beside/promise';
import { alikeQuestion, type Candidate } from '../beside/same';
import { Kept, Saver, toOffer, uuid7, type Draft, type ServerDraft } from './drafts';
import { blank, bodyOf, draftOf, isBlank, missing, placeOf, type AlarmBody, type Form, type FormPlace } from './form';
import { given } from './questions';

type Taken = components['schemas']['AlarmTaken'];
export type Located = components['schemas']['Located'];

export interface Sent {
  alarmId: string;
  incidentId: string;
  number: string;
  /** It joined an incident that stood already. */
  attached: boolean;
}

const LOOK_AFTER_MS = 220;
const LOOK_AGAIN_MS = 15_000;

const words = {
  'sent': ['已立警 {number}', 'Taken as {number}'],
  'attached': ['已并入 {number}', 'Attached to {number}'],
  'undone': ['已拆出，单独立警', 'Separate again'],
  'discarded': ['已作废未发出的报警单', 'Unsent form thrown away'],
  'unsure': ['服务器没有应答，报警单已保存在本机；再按 Ctrl+Enter 重发，不会重复。', 'No answer from the server; the form is kept here. Ctrl+Enter sends it again, never twice.'],
  'expired': ['登录已失效，没有发出；报警单已保存在本机，重新登录后首先提示。', 'You are signed out, nothing was sent; the form is kept here and offered first when you are back.'],
  'full': ['本机存储已满，草稿无法保存在本机，刷新或关闭页面会丢失：请尽快立警，并请管理员清理本机浏览器数据。', 'This browser’s storage is full: the draft is not kept here and is lost when the page closes. Take the report soon, and have the browser’s data cleared.'],
  'blank': ['空白接警单不能立警：请写明地点、类型或内容；无声电话按 Alt+S。', 'An empty form is no report: say where, what, or a word; for a silent call press Alt+S.'],
  'left.refused': ['先前的报警单没有立警，已放回未发出的：{why}', 'The report before this was not taken and is back among the unsent: {why}'],
  'left.unsure': ['先前的报警单没有得到应答，已放在未发出的，按 Alt+U 重发，不会重复。', 'The report before this had no answer and is among the unsent; Alt+U sends it again, never twice.'],
  'answers': ['询问：{said}', 'Asked: {said}'],
  'late': ['已补发：{text}', 'Told now: {text}'],
  'near': ['{name} 附近', 'near {name}'],
  'unread': ['服务器上的未完成单未能读取：{why}', 'Unfinished forms on the server could not be read: {why}'],
} as const;
const t = speaker(words);

type Beside = 'alike' | 'arrival' | 'around';
const ANSWERED: Readonly<Record<Beside, boolean>> = { alike: false, arrival: false, around: false };

export class Taking {
  form: Form = $state(blank());
  draftId = $state(uuid7());
  callId: string | null = $state(null);
  /** What is being written beside the form after it was handed in. */
  saying = $state('');
  sent: Sent | null = $state(null);
  fault = $state('');
  /** The session is over: only signing in again helps. */
  expired = $state(false);
  /** What was missing when it was to be handed in; a second time it goes all the same. */
  warned = $state('');
  candidates: Candidate[] = $state.raw([]);
  ranking: Ranking | null = $state.raw(null);
  around: Located | null = $state.raw(null);
  /** What stands beside the form and was not answered: said there, for no answer is not the answer `none`. */
  unanswered: Readonly<Record<Beside, boolean>> = $state.raw(ANSWERED);
  /** What stands beside the form is of the network's position, until there is a place. */
  roughly = $state(false);
  /** Forms that were not handed in, found on return or put aside. */
  offered: Draft[] = $state.raw([]);
  /** When the server last had everything; 0: not yet. */
  savedMs = $state(0);
  /** Whether the server has what was typed last. */
  onServer = $state(false);

  /** Drafts that are on their way, whichever of them is on the form. */
  private flying: readonly string[] = $state.raw([]);
  /** Whether it was said that this browser keeps nothing. */
  private full = false;
  private readonly kept: Kept;
  private readonly saver: Saver<{ id: string; form: Record<string, unknown>; callId: string | null }>;
  private pending: { key: string; body: AlarmBody } | null = null;
  private lookTimer: ReturnType<typeof setTimeout> | null = null;
  private looked = 0;
  private lookedMs = 0;

  constructor(readonly seat: Seat) {
    this.kept = new Kept(localStorage, seat.session.principal);
    this.saver = new Saver(
      async ({ id, form, callId }) => {
        try {
          await seat.api.change('PUT', `/drafts/${id}`, { form, ...(callId ? { call_id: callId } : {}) }, '*');
        } catch (error) {
          if (error instanceof Refused && error.status < 500 && error.status !== 401) return; // it is over, or lies at another seat
          throw error;
        }
      },
      (well) => {
        this.onServer = well;
        if (well) this.savedMs = Date.now();
      },
    );
  }

  get call(): Call | null {
    return this.callId ? (this.seat.picture.calls.get(this.callId) ?? null) : null;
  }

  get incident(): Incident | null {
    return this.sent ? (this.seat.picture.incidents.get(this.sent.incidentId) ?? null) : null;
  }

  get blank(): boolean {
    return isBlank(this.form) && !this.pending;
  }

  /** Whether what is on the form is on its way. */
  get sending(): boolean {
    return this.flying.includes(this.draftId);
  }

  /** What was left behind, offered first of all. */
  async recall(): Promise<void> {
    const here = this.kept.all(Date.now());
    let there: ServerDraft[] = [];
    try {
      const { items } = await this.seat.api.get<{ items: ServerDraft[] }>('/drafts');
      const seatId = this.seat.session.seat_id ?? null;
      there = items.filter((one) => (one.seat_id === null ? one.by === this.seat.session.principal : one.seat_id === seatId));
    } catch (error) {
      this.seat.toasts.bad(t('unread', { why: refusal(error) })); // what this browser kept is offered in any case
    }
    for (const { incidentId, text } of this.kept.more()) {
      if (await this.note(text, false, incidentId)) this.seat.toasts.good(t('late', { text: text.slice(0, 40) }));
    }
    this.offered = toOffer(here, there, this.seat.session.principal).filter((one) => one.id !== this.draftId);
  }

  /** Keep what stands there now. */
  keep(): void {
    if (this.sent || (this.blank && !this.callId)) return;
    const form = $state.snapshot(this.form) as Form;
    const { draftId: id, callId } = this;
    this.keepHere(this.draft(id, form));
    this.onServer = false;
    if (!this.pending) this.saver.save({ id, form: draftOf(form), callId });
  }

  /** In this browser; that it is full is said once. */
  private keepHere(draft: Draft): void {
    const well = this.kept.save(draft);
    if (!well && !this.full) this.seat.toasts.bad(t('full'));
    this.full = !well;
  }

  private draft(id: string, form: Form): Draft {
    const { callId, pending } = this;
    return { id, by: this.seat.session.principal, callId, form, savedMs: Date.now(), ...(pending ? { sending: pending } : {}) };
  }

  /** A new form, of a call or without one; an unfinished one is put aside, never away. */
  begin(call: Call | null = null): void {
    this.aside();
    this.clear();
    this.callId = call?.id ?? null;
    if (call) {
      this.form.exercise = call.exercise;
      this.form.abandoned = call.state === 'abandoned';
      this.look();
    }
  }

  /** Go on with a form that was left behind. */
  resume(draft: Draft): void {
    this.aside();
    this.clear();
    this.offered = this.offered.filter((one) => one.id !== draft.id);
    this.draftId = draft.id;
    this.callId = draft.callId;
    this.form = draft.form;
    this.pending = draft.sending ?? null;
    if (this.pending) this.fault = t('unsure');
    this.look();
  }

  discard(draft?: Draft): void {
    const gone = draft ?? this.draft(this.draftId, $state.snapshot(this.form) as Form);
    this.offered = this.offered.filter((one) => one.id !== gone.id);
    this.kept.drop(gone.id);
    void this.seat.api.end(`/drafts/${gone.id}`).catch(() => {}); // the server forgets it with the seat's next one
    if (!draft) this.clear();
    const back: Draft = { ...gone, id: uuid7() };
    this.seat.toasts.undoable(t('discarded'), () => this.resume(back));
  }

  /** The caller is gone and all is said: ready for the next. */
  finish(): void {
    if (this.sent) this.clear();
  }

  private aside(): void {
    if (this.sent || this.blank) return;
    const draft = this.draft(this.draftId, $state.snapshot(this.form) as Form);
    this.keepHere(draft);
    this.offered = [draft, ...this.offered.filter((one) => one.id !== draft.id)];
  }

  private clear(): void {
    this.saver.stop();
    this.form = blank();
    this.draftId = uuid7();
    this.callId = null;
    this.sent = null;
    this.pending = null;
    this.fault = this.warned = '';
    this.candidates = [];
    this.ranking = null;
    this.around = null;
    this.roughly = false;
    this.unanswered = ANSWERED;
    this.savedMs = 0;
    this.onServer = false;
    this.looked += 1;
  }

  /** Work out again what stands beside the form, a moment after the last change. */
  look(afterMs = LOOK_AFTER_MS): void {
    if (this.lookTimer) clearTimeout(this.lookTimer);
    this.lookTimer = setTimeout(() => void this.lookNow(), afterMs);
  }

  /** Once a second: units move, so the arrival is worked out again now and then. */
  tick(): void {
    if ((this.form.place.lon !== null || this.roughly) && Date.now() - this.lookedMs > LOOK_AGAIN_MS && !this.incident?.promised_at) this.look(0);
  }

  private async lookNow(): Promise<void> {
    this.lookedMs = Date.now();
    const number = (this.looked += 1);
    const { type, priority, exercise } = this.form;
    const { api } = this.seat;
    const rough = this.form.place.lon === null && this.call?.position?.lon != null ? this.call.position : null;
    const place = rough ? { ...this.form.place, lon: rough.lon, lat: rough.lat, accuracy_m: rough.accuracy_m } : this.form.place;
    this.roughly = rough !== null;
    const ask = async <T>(what: Beside, path: string | null, show: (found: T | null) => void): Promise<void> => {
      let found: T | null = null;
      let failed = false;
      try {
        if (path) found = await api.get<T>(path);
      } catch {
        failed = true; // one takes the report all the same, and is told what nobody has looked at
      }
      if (number !== this.looked) return;
      this.unanswered = { ...this.unanswered, [what]: failed };
      show(found);
    };
    const point = place.lon === null || place.lat === null ? null : `lon=${place.lon.toFixed(6)}&lat=${place.lat.toFixed(6)}`;
    const more = `${type ? `&type=${type}` : ''}${priority ? `&priority=${priority}` : ''}`;
    await Promise.all([
      ask<{ items: Candidate[] }>('alike', alikeQuestion({ ...place, type, callId: this.callId, exercise }), (found) => { this.candidates = found?.items ?? []; }),
      ask<Ranking>('arrival', point && `/recommendation?${point}${more}&waves=1&units=3`, (found) => { this.ranking = found; }),
      ask<Located>('around', point && `/locate?${point}`, (found) => this.learn(found)),
    ]);
  }

  /** What is there; a pin without words is told by what stands beside it. */
  private learn(around: Located | null): void {
    this.around = around;
    const beside = around && [around.house_number, around.crossing, around.place].filter((one) => one !== null).sort((a, b) => a.distance_m - b.distance_m)[0];
    const name = beside?.name ?? around?.road?.name;
    if (name && !this.sent && !this.roughly && !this.form.place.address.trim()) this.form.place.address = t('near', { name });
  }

  /** Hand it in; with `into` it joins that incident. False: something is missing, it was refused, or the form is another's by now. */
  async hand(into: Incident | null = null): Promise<boolean> {
    if (this.sending || this.sent || !this.enough(into)) return false;
    const form = $state.snapshot(this.form) as Form;
    const pending = (this.pending ??= { key: newKey(), body: bodyOf(form, { callId: this.callId, draftId: this.draftId, attachTo: into?.id ?? null }) });
    const draft = this.draft(this.draftId, form);
    this.saver.stop();
    this.keepHere(draft);
    this.flying = [...this.flying, draft.id];
    this.expired = false;
    this.fault = this.warned = '';
    let taken: Taken;
    try {
      taken = await this.seat.api.act<Taken>('/alarms', pending.body, pending.key);
    } catch (error) {
      this.failed(error, draft);
      return false;
    } finally {
      this.flying = this.flying.filter((id) => id !== draft.id);
    }
    return this.landed(taken, draft, pending.body);
  }

  /** Whether it may go. What is missing is warned of once; a form without a word never goes, but may join as somebody's call. */
  private enough(into: Incident | null): boolean {
    if (this.blank && !(into && this.callId)) {
      this.seat.toasts.show({ kind: 'plain', text: t('blank') });
      return false;
    }
    const lacks = into ? '' : missing(this.form).join();
    if (!lacks || this.warned === lacks || this.pending) return true;
    this.warned = lacks;
    return false;
  }

  /** It was taken: on the form, while it is this one's still; else only said. What was typed meanwhile goes there, too. */
  private async landed(taken: Taken, draft: Draft, body: AlarmBody): Promise<boolean> {
    const here = this.draftId === draft.id;
    const left = here ? ($state.snapshot(this.form) as Form) : (this.offered.find((one) => one.id === draft.id)?.form ?? draft.form);
    const attached = body.attach_to != null;
    this.kept.drop(draft.id);
    this.offered = this.offered.filter((one) => one.id !== draft.id);
    if (here) {
      this.pending = null;
      this.handed(taken, attached);
    }
    this.saidTaken(taken, attached);
    await this.addChanges(left, body, taken.incident.id);
    return here && this.draftId === draft.id;
  }

  /** It was refused, or there was no answer: said on the form, while it is this one's still; else beside those put aside. */
  private failed(error: unknown, draft: Draft): void {
    const refused = error instanceof Refused && error.status < 500;
    const expired = refused && (error.status === 401 || error.code === 'csrf_refused');
    if (this.draftId === draft.id) {
      if (refused) this.pending = null;
      this.expired = expired;
      this.fault = expired ? t('expired') : refused ? refusal(error) : t('unsure');
      this.keepHere(this.draft(draft.id, $state.snapshot(this.form) as Form));
      return;
    }
    this.seat.toasts.bad(expired ? t('expired') : refused ? t('left.refused', { why: refusal(error) }) : t('left.unsure'));
    if (!refused) return;
    const freed = ({ sending: _, ...one }: Draft): Draft => one; // it may be changed now, and go under another key
    const left = this.offered.find((one) => one.id === draft.id);
    if (left) this.kept.save(freed(left));
    this.offered = this.offered.map((one) => (one === left ? freed(one) : one));
  }

  private handed({ alarm, incident, candidates }: Taken, attached: boolean): void {
    this.sent = { alarmId: alarm.id, incidentId: incident.id, number: incident.number, attached };
    if (!attached) this.candidates = [...candidates];
    this.seat.select({ incident: incident.id });
    if (attached) this.form.type ??= incident.type_verified ?? incident.type_reported; // its questions may have other answers
    this.look();
  }

  private saidTaken({ alarm, incident }: Taken, attached: boolean): void {
    if (attached) this.attachedNow(incident.number, incident.id, alarm.id);
    else this.seat.toasts.good(t('sent', { number: incident.number }));
  }

  private attachedNow(number: string, incidentId: string, alarmId: string): void {
    this.seat.toasts.undoable(t('attached', { number }), () => {
      void this.seat.act(`/incidents/${incidentId}/detach`, { alarm_id: alarmId }).then((done) => {
        if (!done) return;
        this.seat.toasts.good(t('undone'));
        if (this.sent?.alarmId === alarmId) this.clear();
      });
    });
  }

  /** The same event after all: what was handed in moves over, what was not joins straight away. Whether the form is part of it. */
  async attach(into: Incident): Promise<boolean> {
    const { sent } = this;
    if (!sent) return this.hand(into);
    if (sent.incidentId === into.id) return true;
    if (!(await this.seat.act(`/incidents/${into.id}/attach`, { alarm_id: sent.alarmId }))) return false;
    const here = this.sent?.alarmId === sent.alarmId;
    if (here) {
      this.sent = { ...sent, incidentId: into.id, number: into.number, attached: true };
      this.seat.select({ incident: into.id });
    }
    this.attachedNow(into.number, into.id, sent.alarmId);
    return here;
  }

  /** Where it is. After it was handed in the incident itself moves. */
  setPlace(place: Partial<FormPlace>): void {
    Object.assign(this.form.place, place);
    this.warned = '';
    this.look();
    if (this.form.place.lon !== null && !this.sent?.attached) void this.amend({ place: placeOf(this.form.place) });
  }

  setType(code: string | null): void {
    this.form.type = code;
    this.form.answers = {};
    this.form.priority = null;
    this.warned = '';
    this.look();
    if (code && !this.sent?.attached) void this.amend({ type: code });
  }

  setPriority(priority: number | null): void {
    this.form.priority = priority;
    this.look();
    if (priority && !this.sent?.attached) void this.amend({ priority });
  }

  /** An answer; once handed in it is told as a note, its label and a higher priority with it. */
  async answer(question: string, code: string, said: string): Promise<void> {
    this.form.answers[question] = code;
    this.look();
    const questions = this.seat.reference.questionsOf(this.form.type);
    const { sent, incident } = this; // whose answer it is, whoever has the form when the note is heard
    if (!sent) return;
    await this.note(t('answers', { said }), false, sent.incidentId);
    if (!incident || sent.attached) return;
    const answer = given(questions, { [question]: code })[0];
    const more: Record<string, unknown> = {};
    if (answer?.label && !incident.labels.includes(answer.label)) more['labels'] = [...incident.labels, answer.label];
    if (answer?.priority && answer.priority < incident.priority) more['priority'] = answer.priority;
    await this.amend(more, sent.incidentId);
  }

  /** What the caller says further. */
  async note(text: string, urgent = false, into = this.sent?.incidentId): Promise<boolean> {
    if (!into || !text.trim()) return true;
    const done = await this.seat.act(`/incidents/${into}/notes`, { kind: 'caller', text: text.trim(), ...(urgent ? { urgent } : {}) });
    this.keepMore(into, done ? '' : text);
    return done !== null;
  }

  /** What is being added to an incident and was not told yet, kept so that it survives the page. */
  keepMore(incidentId: string, text: string): void {
    this.kept.keepMore(incidentId, text);
  }

  /** Of what was typed after the first try, that which the server has not been told. */
  private async addChanges(form: Form, before: AlarmBody, incidentId: string): Promise<void> {
    const { place } = form;
    if (form.text.trim() && form.text.trim() !== before.text) await this.note(form.text, false, incidentId);
    if (before.attach_to) return;
    if (place.lon !== null && (place.lon !== before.place?.lon || place.lat !== before.place?.lat)) await this.amend({ place: placeOf(place) }, incidentId);
    if (form.type && form.type !== before.type) await this.amend({ type: form.type }, incidentId);
    if (form.priority && form.priority !== before.priority) await this.amend({ priority: form.priority }, incidentId);
  }

  /** Change the incident that was made of this form; who was quicker is read and the change made once more. */
  private async amend(changes: Record<string, unknown>, incidentId = this.sent?.incidentId): Promise<void> {
    if (!incidentId || !Object.keys(changes).length) return;
    const path = `/incidents/${incidentId}`;
    for (let left = 1; ; left -= 1) {
      try {
        const { etag } = await this.seat.api.read(path);
        await this.seat.api.change('PATCH', path, changes, etag ?? '');
        return;
      } catch (error) {
        if (error instanceof Refused && error.status === 412 && left > 0) continue;
        this.seat.toasts.bad(refusal(error));
        return;
      }
    }
  }
}
