// One incident from first ring to closure: facts, orders with their next step, notes, and the journal as a timeline.

import { el, glyph, say } from './dom.js';
import { OPEN } from './picture.js';
import { clockOf } from './order.js';
import { placeText } from './queue.js';
import { leftS, wordsOf } from './signals.js';
import { unitCard } from './unit_card.js';
import { clockText, fill, momentText, t } from './text.js';

const STEPS = [['accept', 'accepted'], ['en-route', 'en_route'], ['on-scene', 'on_scene']];
const RANK = { ordered: 0, delivered: 0, expired: 0, accepted: 1, en_route: 2, on_scene: 3 };
const RESPONDING = new Set(['received', 'dispatched', 'accepted', 'en_route', 'on_scene']);
const TIMELINE_WAIT_MS = 300;
const TIMELINE_MOST = 200;
const TIMES = ['ringing', 'entered', 'dispatched', 'accepted', 'en_route', 'on_scene', 'handled', 'closed'];

export class Detail {
  constructor(seat, root) {
    this.seat = seat;
    this.root = root;
    this.timeline = [];
    this.body = el('div.detail-body', { tabindex: '0', 'data-t-label': 'detail.title' });
    this.title = el('h2', { id: 'detail-title', 'data-t': 'detail.title' });
    root.append(el('header.head', {}, this.title, el('span.gap'), el('kbd', {}, 'F7')), this.body);
    fill(root);
    seat.on('select', () => this.#selected());
    seat.on('picture', ({ detail }) => this.#changed(detail.ids));
    seat.on('beat', () => this.#tick());
    seat.on('language', () => { fill(root); this.draw(); });
    this.draw();
  }

  focus() {
    this.body.focus();
  }

  #selected() {
    if (this.of !== this.seat.incidentId) {
      this.of = this.seat.incidentId;
      this.timeline = [];
      this.last = null;
      this.#read();
    }
    this.draw();
    this.body.scrollTop = 0;
  }

  #changed(ids) {
    if (!this.of || (ids && !ids.has(this.of) && !ids.has(this.seat.unitId))) return;
    if (this.seat.incident) this.last = this.seat.incident;
    this.draw();
    this.#read();
  }

  /** Read the journal of the incident; several facts in a row are read once. */
  #read() {
    clearTimeout(this.reading);
    if (!this.of) return;
    this.reading = setTimeout(async () => {
      const id = this.of;
      const failed = (error) => ({ items: [], error });
      const page = await this.seat.api.get(`/incidents/${id}/timeline?limit=${TIMELINE_MOST}`).catch(failed);
      if (id !== this.of) return;
      this.timeline = page.error ? this.timeline : page.items;
      if (!this.seat.incident) this.last = await this.seat.api.get(`/incidents/${id}`).catch(() => this.last);
      if (id === this.of) this.draw();
    }, TIMELINE_WAIT_MS);
  }

  draw() {
    const { seat } = this;
    const incident = seat.incident ?? (this.of ? this.last : null);
    if (this.body.contains(document.activeElement) && ['SELECT', 'INPUT', 'TEXTAREA'].includes(document.activeElement.tagName)) return;
    const scroll = this.body.scrollTop;
    const unit = seat.unit && unitCard(seat, seat.unit);
    if (!incident) this.body.replaceChildren(...(unit ? [unit] : [el('p.empty', {}, t('detail.choose'))]));
    else this.body.replaceChildren(...[unit, ...this.#incident(incident)].filter(Boolean));
    this.body.scrollTop = scroll;
    this.#tick();
  }

  #incident(incident) {
    const { reference } = this.seat;
    this.age = el('span.age');
    return [
      el('div.summary', {},
        el(`span.prio.p${incident.priority}`, {}, String(incident.priority)),
        el('div.names', {}, el('b', {}, reference.typeName(incident.type_verified ?? incident.type_reported)),
          el('span.dim', {}, `${incident.number} · ${reference.roomName(incident.room)}`)),
        el('div.now', {}, el('span.state', {}, glyph(incident.state), t(`state.${incident.state}`)), this.age)),
      incident.exercise && el('p.exercise-mark', {}, t('exercise')),
      el('p.place', {}, placeText(incident, reference)),
      ...this.#signals(incident),
      ...this.#said(incident),
      this.#press(incident),
      this.#times(incident),
      this.#orders(incident),
      this.#acts(incident),
      this.#notes(incident),
      this.#story(),
    ].filter(Boolean);
  }

  /** What fell due and stands, with the line to say; then what is waited for. */
  #signals(incident) {
    const due = (incident.alerts ?? []).map((alert) => {
      const { what, say: line } = wordsOf(alert);
      return el('p.signal-line.due', {}, el('b', {}, what), el('span.dim.number', {}, momentText(alert.fired_at)), line && el('span.line', {}, line));
    });
    this.left = null;
    if (!incident.waiting) return due;
    const { what, then } = wordsOf(incident.waiting);
    this.left = el('b.number');
    return [...due, el('p.signal-line', {}, el('span', {}, what), this.left, el('span.dim', {}, `→ ${then}`))];
  }

  /** A press that rings: who is asked, the speaker and the cameras beside it, and the answer. */
  #press(incident) {
    const { press } = incident;
    const points = incident.call_points ?? [];
    if (!press && !points.length) return null;
    const link = (name, href) => (href ? el('a', { href, target: '_blank', rel: 'noopener noreferrer' }, name) : el('span.dim', {}, name));
    const ringing = press && ['ringing', 'unanswered'].includes(press.state);
    const alarm = ringing && [...incident.alarms].reverse().find((one) => one.source === 'call_point');
    const answer = (outcome) => () => this.seat.act(`/alarms/${alarm.id}/answer`, { outcome });
    return el('section.press', {},
      press && el('p', {}, el('b', {}, t('press.count', { n: press.count })), el('span.dim', {}, ` ${t(`press.${press.state}`)} ${momentText(press.at)}`)),
      ...points.map((point) => el('p.point', {}, el('span', {}, `${point.name} ${point.code}`), point.talk_link && link(t('press.talk'), point.talk_link),
        ...point.cameras.map((camera) => link(camera.name, camera.link)))),
      alarm && el('div.buttons', {}, el('button.primary', { type: 'button', on: { click: answer('spoken') } }, t('press.answered')),
        el('button', { type: 'button', on: { click: answer('silent') } }, t('press.silent'))));
  }

  #said(incident) {
    return incident.alarms.slice(-3).map((alarm) => el('blockquote', {},
      el('span.dim', {}, `${t(`source.${alarm.source}`)} ${momentText(alarm.recorded_at)} ${alarm.caller?.number ?? ''}`),
      alarm.text && el('span', {}, alarm.text)));
  }

  #times(incident) {
    const cells = TIMES.filter((name) => incident.times[name]).map((name) => el('div', {},
      el('dt', {}, t(`times.${name}`)), el('dd', {}, momentText(incident.times[name]))));
    return cells.length ? el('dl.times', {}, ...cells) : null;
  }

  #orders(incident) {
    const list = [...incident.assignments].sort((a, b) => OPEN.has(b.state) - OPEN.has(a.state) || (a.id < b.id ? -1 : 1));
    if (!list.length) return null;
    return el('section.orders', {}, el('h3', {}, t('detail.orders', { n: list.length })), ...list.map((order) => this.#order(incident, order)));
  }

  #order(incident, order) {
    const act = (name, body) => () => this.seat.act(`/assignments/${order.id}/${name}`, body?.());
    const open = OPEN.has(order.state);
    const since = order.times[order.state];
    const results = open && this.#results(incident);
    const goes = order.state !== 'unable'; // who cannot go is released or recalled, nothing else
    const buttons = open && this.seat.may('dispatcher', 'leader') ? [
      ...STEPS.filter(([, to]) => goes && RANK[to] > RANK[order.state]).map(([name], n) => el(`button${n ? '' : '.primary'}`, {
        type: 'button', on: { click: act(name) },
      }, t(`step.${name}`))),
      ...(goes ? [results, el('button', { type: 'button', on: { click: act('clear', () => ({ result: results.value })) } }, t('step.clear'))] : []),
      ['unable', 'expired'].includes(order.state)
        ? el('button.danger', { type: 'button', on: { click: act('release', () => ({ reason: t('step.release') })) } }, t('step.release'))
        : el('button', { type: 'button', on: { click: act('recall', () => ({ reason: t('step.recall') })) } }, t('step.recall')),
    ] : [];
    const canFeed = order.state === 'cleared' && order.id === incident.primary_id && !order.feedback.some((form) => form.kind === 'final')
      && this.seat.may('dispatcher', 'leader');
    return el('div.order', {},
      el('div.order-head', {}, glyph(order.state), el('b', {}, this.seat.callSign(order)),
        order.id === incident.primary_id && el('span.tag', {}, t('role.primary')),
        el('span.state', {}, t(`assignment.${order.state}`)), el('span.gap'),
        order.result && el('span.dim', {}, this.seat.reference.term('results', order.result)),
        since && el('span.dim.number', {}, momentText(since))),
      buttons.length > 0 && el('div.buttons', {}, ...buttons),
      canFeed && el('div.buttons', {}, el('button.primary', {
        type: 'button', on: { click: act('feedback', () => ({ kind: 'final', result: order.result ?? 'handled' })) },
      }, t('step.feedback'))));
  }

  #results(incident) {
    const code = incident.type_verified ?? incident.type_reported;
    return el('select', { 'aria-label': t('result') }, ...this.seat.reference.results(code).map(([value, name]) => el('option', { value }, name)));
  }

  /** What may be done with the incident itself, as far as its state goes; the server has the last word. */
  #acts(incident) {
    const { seat } = this;
    const act = (name, body = () => ({})) => () => seat.act(`/incidents/${incident.id}/${name}`, body());
    const button = (key, click, kind = 'button') => el(kind, { type: 'button', on: { click } }, t(key));
    const parts = [];
    if (RESPONDING.has(incident.state)) {
      const results = this.#results(incident);
      if (seat.may('dispatcher', 'leader')) parts.push(el('div.buttons', {}, results, button('act.handle', act('handle', () => ({ result: results.value })))));
      parts.push(this.#withReason(incident));
    }
    if (incident.state === 'fed_back') parts.push(el('div.buttons', {}, button('act.review', act('review', () => ({ accept: true })), 'button.primary')));
    if (incident.state === 'reviewed') parts.push(el('div.buttons', {}, ...this.#callBacks(incident), button('act.close', act('close'), 'button.primary')));
    if (incident.state !== 'closed') parts.push(this.#noteForm(incident));
    return parts.length ? el('section.acts', {}, el('h3', {}, t('detail.acts')), ...parts) : null;
  }

  #withReason(incident) {
    const reason = el('input', { type: 'text', maxlength: '200', 'aria-label': t('reason'), placeholder: t('reason') });
    const end = (name) => () => {
      if (!reason.value.trim()) {
        reason.focus();
        this.seat.tell('toast', { kind: 'bad', text: t('reason.needed') });
        return;
      }
      this.seat.act(`/incidents/${incident.id}/${name}`, { reason: reason.value.trim() });
      reason.blur();
    };
    return el('div.buttons', {}, reason,
      el('button', { type: 'button', on: { click: end('advise') } }, t('act.advise')),
      el('button.danger', { type: 'button', on: { click: end('void') } }, t('act.void')));
  }

  #callBacks(incident) {
    const due = incident.alarms.find((alarm) => !alarm.called_back);
    if (!due) return [];
    const outcomes = ['satisfied', 'basically_satisfied', 'dissatisfied', 'not_reached', 'refused', 'not_suitable'];
    const choice = el('select', { 'aria-label': t('act.call_back') }, ...outcomes.map((value) => el('option', { value }, t(`call_back.${value}`))));
    const click = () => this.seat.act(`/alarms/${due.id}/call-back`, { outcome: choice.value });
    return [choice, el('button', { type: 'button', on: { click } }, t('act.call_back'))];
  }

  #noteForm(incident) {
    const text = el('input', { type: 'text', maxlength: '2000', 'aria-label': t('act.note'), placeholder: t('note.hint') });
    const send = async (event) => {
      event.preventDefault();
      if (!text.value.trim()) return;
      const made = await this.seat.act(`/incidents/${incident.id}/notes`, { kind: 'scene', text: text.value.trim() });
      if (made) text.value = '';
      text.blur();
    };
    return el('form.buttons', { on: { submit: send } }, text, el('button', { type: 'submit' }, t('act.note')));
  }

  #notes(incident) {
    if (!incident.notes.length) return null;
    return el('section.notes', {}, el('h3', {}, t('detail.notes', { n: incident.notes_total })), ...incident.notes.slice(-10).map((note) => el('p', {},
      el('span.dim.number', {}, momentText(note.recorded_at)), note.urgent && el('span.tag.urgent', {}, t('note.urgent')), ` ${note.text ?? ''}`,
      ...note.reads.map((lamp) => this.#lamp(lamp)))));
  }

  /** Whether a unit has read an urgent note. */
  #lamp({ unit_id: unitId, read_at: readAt }) {
    const sign = this.seat.picture.units.get(unitId)?.call_sign ?? '—';
    return el(`span.lamp${readAt ? '.read' : ''}`, { title: momentText(readAt) }, `${sign} ${t(readAt ? 'note.read' : 'note.unread')}`);
  }

  #story() {
    if (!this.timeline.length) return null;
    const rows = [...this.timeline].reverse().map((row) => el('li', {},
      el('time', {}, momentText(row.claimed_at ?? row.recorded_at)),
      el('span.fact', {}, this.#fact(row)),
      el('span.dim.by', { title: row.who }, row.who.startsWith('key:') ? `API …${row.who.slice(-4)}` : row.who)));
    return el('section.story', {}, el('h3', {}, t('detail.timeline')), el('ol', {}, ...rows));
  }

  #fact(row) {
    const key = `fact.${row.noun}.${row.fact}`;
    const { body } = row;
    const order = row.noun === 'assignment' && this.#orderOf(row.id);
    const sign = order ? `${this.seat.callSign(order)} ` : '';
    const state = body.state ? t(row.noun === 'assignment' ? `assignment.${body.step ?? body.state}` : `state.${body.state}`) : '';
    const said = t(key, { state });
    return `${sign}${said === key ? `${row.noun} ${row.fact}` : said}${row.why ? ` · ${row.why}` : ''}${row.text ? `：${row.text}` : ''}`;
  }

  #orderOf(id) {
    const incident = this.seat.incident ?? this.last;
    return incident?.assignments.find((one) => one.id === id) ?? null;
  }

  #tick() {
    const incident = this.seat.incident ?? this.last;
    if (incident?.waiting && this.left) say(this.left, clockText(Math.max(0, leftS(incident.waiting, this.seat.now()))));
    if (incident && this.age) say(this.age, clockText((this.seat.now() - clockOf(incident)) / 1000));
  }
}
