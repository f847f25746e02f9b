// The recommendation for the selected incident: what is painted is what Enter sends, nothing else.

import { el, glyph, mark, say, turn } from './dom.js';
import { ageText, clockText, distanceText, fill, t, wording } from './text.js';
import { isStuck } from './order.js';
import { refusal } from './seat.js';

const UNDO_MS = 6000;
const KEYS = 9;
const ASKABLE = new Set(['received', 'dispatched', 'accepted', 'en_route', 'on_scene', 'handled', 'fed_back', 'reviewed']);
const SAID = new Set(['nearest', 'by_road', 'straight_line', 'has_skills']); // in columns of their own, or above the list
const STATE_FREE = new Set(['available', 'busy', 'break']);

export class Plan {
  constructor(seat, root) {
    this.seat = seat;
    this.root = root;
    this.shown = null;
    this.painted = new Set();
    this.asked = 0;
    this.title = el('h2', { id: 'plan-title' });
    this.note = el('span.dim');
    this.body = el('div.plan-body');
    this.send = el('button.primary.send', { type: 'button', on: { click: () => this.order() } });
    this.again = el('button.quiet', { type: 'button', 'data-t': 'plan.again', on: { click: () => this.ask() } });
    this.foot = el('footer.foot', {}, this.send, this.again, el('span.hint.dim', { 'data-t': 'plan.keys' }));
    root.append(el('header.head', {}, this.title, this.note, el('span.gap'), el('kbd', {}, 'F3')), this.body, this.foot);
    fill(root);
    seat.on('select', () => this.#selected());
    seat.on('picture', () => this.#refresh());
    seat.on('language', () => { fill(root); this.draw(); });
    this.draw();
  }

  #selected() {
    if (this.of === this.seat.incidentId) return;
    this.of = this.seat.incidentId;
    this.shown = null;
    this.painted = new Set();
    this.fault = null;
    const { incident } = this.seat;
    if (incident && (incident.state === 'received' || isStuck(incident)) && incident.place?.lon != null && this.#mayOrder()) this.ask();
    else this.draw();
  }

  #mayOrder() {
    return this.seat.may('dispatcher', 'leader');
  }

  /** Ask the server whom to send. */
  async ask() {
    const { incident } = this.seat;
    if (!incident || !ASKABLE.has(incident.state)) return;
    const turnOf = ++this.asked;
    this.fault = null;
    this.waiting = true;
    this.draw();
    try {
      const shown = await this.seat.api.get(`/incidents/${incident.id}/recommendation`);
      if (turnOf !== this.asked || incident.id !== this.seat.incidentId) return;
      this.shown = shown;
      const first = incident.state === 'received' ? shown.waves[0] ?? [] : [];
      this.painted = new Set(first.map((row) => row.unit_id));
    } catch (error) {
      if (turnOf === this.asked) this.fault = refusal(error);
    } finally {
      if (turnOf === this.asked) {
        this.waiting = false;
        this.draw();
      }
    }
  }

  get rows() {
    return this.shown ? this.shown.waves.flat() : [];
  }

  /** Digits 1 to 9: in or out. */
  toggle(n) {
    const row = this.rows[n - 1];
    if (!row) return false;
    this.#flip(row.unit_id);
    return true;
  }

  #flip(id) {
    if (!this.painted.delete(id)) this.painted.add(id);
    this.#refresh();
  }

  /** Send exactly the painted set, all or none. */
  async order() {
    const { incident } = this.seat;
    const chosen = this.rows.filter((row) => this.painted.has(row.unit_id));
    if (!incident || !chosen.length || this.sending || !this.#mayOrder()) return;
    this.sending = true;
    this.#refresh();
    const made = await this.seat.act(`/incidents/${incident.id}/assignments`, {
      orders: chosen.map((row) => ({ unit_id: row.unit_id })), kind: 'order', recommendation_id: this.shown.id,
    });
    this.sending = false;
    if (!made) {
      await this.ask(); // whoever changed is shown; nothing was sent
      return;
    }
    const signs = chosen.map((row) => row.call_sign).join(t('list.and'));
    this.shown = null;
    this.painted = new Set();
    this.draw();
    this.seat.tell('toast', {
      kind: 'good', text: t('plan.sent', { units: signs, number: incident.number }), forMs: UNDO_MS, undo: () => this.#undo(made.items),
    });
  }

  async #undo(orders) {
    for (const order of orders) {
      await this.seat.act(`/assignments/${order.id}/recall`, { reason: t('plan.undone') });
    }
  }

  draw() {
    const { incident } = this.seat;
    const name = incident ? `${incident.number} ${this.seat.reference.typeName(incident.type_verified ?? incident.type_reported)}` : '';
    say(this.title, t('plan.title'));
    say(this.note, name);
    this.lines = [];
    if (!incident) this.body.replaceChildren(el('p.empty', {}, t('plan.choose')));
    else if (this.fault) this.body.replaceChildren(el('p.empty.bad', {}, this.fault));
    else if (this.waiting && !this.shown) this.body.replaceChildren(el('p.empty', {}, t('plan.waiting')));
    else if (!this.shown) this.body.replaceChildren(el('p.empty', {}, t(incident.place?.lon == null ? 'plan.no_place' : 'plan.ask')));
    else this.body.replaceChildren(...this.#table());
    this.#refresh();
  }

  #table() {
    const nodes = [];
    for (const short of this.shown.shortfalls) nodes.push(el('p.short', {}, glyph('unable'), el('span', {}, wording(short))));
    let n = 0;
    this.shown.waves.forEach((wave, w) => {
      nodes.push(el('h3.wave', {}, t('plan.wave', { n: w + 1 })));
      for (const row of wave) nodes.push(this.#line(row, ++n));
    });
    if (!n) nodes.push(el('p.empty', {}, t('plan.nobody')));
    for (const other of this.shown.passed_over) nodes.push(this.#passed(other));
    return nodes;
  }

  #line(row, n) {
    const state = glyph(row.state);
    const stateName = el('span.state');
    const node = el('button.option', { type: 'button', role: 'checkbox', 'aria-checked': 'false', on: { click: () => this.#flip(row.unit_id) } },
      el('kbd', {}, n <= KEYS ? String(n) : '·'),
      el('span.sign', { title: row.call_sign }, row.call_sign),
      el('span.eta', { title: t(row.road_m == null ? 'plan.basis.straight_line' : 'plan.basis.road') }, etaText(row)),
      el('span.far', {}, distanceText(row.road_m ?? row.straight_m)),
      el('span.fix', {}, ageText(row.fix_age_s)),
      el('span.now', {}, state, stateName),
      el('span.why', {},
        ...row.warnings.filter((r) => !SAID.has(r.key)).map((r) => el('span.warn', {}, reasonText(r))),
        ...row.reasons.filter((r) => !SAID.has(r.key)).map((r) => el('span.reason', {}, reasonText(r))),
        ...row.skills.map((skill) => el('span.reason', {}, this.seat.reference.term('skills', skill)))));
    this.lines.push({ row, node, state, stateName });
    return node;
  }

  #passed(other) {
    return el('p.passed', {}, glyph(other.state), el('span.sign', {}, other.call_sign), el('span.far', {}, other.eta_s == null ? distanceText(other.straight_m) : clockText(other.eta_s)),
      el('span.dim', {}, other.why_nots.map(reasonText).join(t('list.and'))), this.#preempt(other));
  }

  /** Take a unit from a less urgent job: asked once more, with what it is taken for as the reason. */
  #preempt(other) {
    const keys = other.why_nots.map((reason) => reason.key);
    const may = (keys.includes('may_preempt') && this.seat.may('dispatcher', 'leader')) || (keys.includes('may_preempt_leader') && this.seat.may('leader'));
    if (!may) return null;
    const button = el('button.danger', { type: 'button' }, t('plan.preempt'));
    button.addEventListener('click', async () => {
      if (!button.classList.contains('sure')) {
        button.classList.add('sure');
        say(button, t('plan.preempt_sure', { unit: other.call_sign }));
        return;
      }
      const { incident } = this.seat;
      const reason = t('plan.preempt_reason', { priority: incident.priority, number: incident.number });
      const made = await this.seat.act(`/incidents/${incident.id}/assignments`, { orders: [{ unit_id: other.unit_id }], preempt: true, reason });
      if (made) this.seat.tell('toast', { kind: 'good', text: t('plan.sent', { units: other.call_sign, number: incident.number }) });
      await this.ask();
    });
    return button;
  }

  /** The map draws the ways of those who are proposed, the chosen ones in full. */
  #tellWays() {
    const ways = this.rows.map((row) => ({ handle: row.handle, line: row.route, painted: this.painted.has(row.unit_id) }));
    const said = [this.shown?.id, ...ways.map(({ handle, painted }) => `${handle}${painted}`)].join();
    if (said === this.said) return;
    this.said = said;
    this.seat.tell('ways', ways);
  }

  #refresh() {
    const { incident, picture } = this.seat;
    let changed = 0;
    for (const { row, node, state, stateName } of this.lines ?? []) {
      const now = picture.units.get(row.unit_id)?.state ?? row.state;
      const taken = now !== row.state && !STATE_FREE.has(now);
      turn(state, now);
      say(stateName, t(`unit.${now}`));
      const on = this.painted.has(row.unit_id);
      node.setAttribute('aria-checked', String(on));
      mark(node, 'painted', on);
      mark(node, 'taken', taken);
      if (on && taken) changed += 1;
    }
    const count = this.painted.size;
    const may = Boolean(incident) && this.#mayOrder() && !this.sending;
    this.send.replaceChildren(el('span', {}, t(this.sending ? 'plan.sending' : changed ? 'plan.changed' : 'plan.send', { n: count })), el('kbd', {}, 'Enter'));
    this.send.disabled = !may || !count;
    mark(this.send, 'doubt', changed > 0);
    this.send.hidden = !this.shown;
    this.again.hidden = !incident || !ASKABLE.has(incident.state);
    say(this.again, t(this.shown ? 'plan.again' : 'plan.get'));
    if (this.shown && incident) say(this.note, `${incident.number} · ${t(`plan.basis.${this.shown.basis}`)}`);
    this.foot.hidden = !incident;
    this.#tellWays();
  }
}

/** By road to the second; a straight line knows minutes only. */
function etaText(row) {
  return row.road_m == null ? t('plan.eta', { n: Math.max(1, Math.round(row.eta_s / 60)) }) : clockText(row.eta_s);
}

/** A reason of the server; where it names a state, in the words of this page. */
function reasonText(reason) {
  return reason.key === 'not_free' ? t('plan.not_free', { state: t(`unit.${reason.params.state}`) }) : wording(reason);
}
