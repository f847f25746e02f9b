// The telephone: calls that ring, are spoken or were given up, each with its seat and its clock; given up ones ask to be rung back.

import { el, mark, say } from './dom.js';
import { clockText, t } from './text.js';

const MOST = 12;
const ANSWER_MS = 15_000; // NENA-STA-020: 90 % of calls are answered within 15 s
const RANK = { abandoned: 0, ringing: 1, answered: 2, conferenced: 2, held: 3, transferred: 4 };
const GOING = new Set(['ringing', 'answered', 'held', 'conferenced', 'transferred']);
const OUTCOMES = ['spoken', 'no_answer', 'busy', 'unreachable', 'needs_help', 'no_number'];

/** Calls worth a place on the strip: those that owe a ring-back first, then the ringing, the longest waiting first. */
export function callRows(calls) {
  return [...calls]
    .filter((call) => GOING.has(call.state) || call.owes_ring_back)
    .sort((a, b) => (RANK[a.state] ?? 9) - (RANK[b.state] ?? 9) || Date.parse(a.opened_at) - Date.parse(b.opened_at));
}

export class Calls {
  constructor(seat, root) {
    this.seat = seat;
    this.root = root;
    this.open = null;
    this.title = el('h2.unseen', { id: 'calls-title', 'data-t': 'calls.title' });
    this.list = el('ol.call-list');
    this.more = el('span.dim');
    root.append(this.title, this.list, this.more);
    seat.on('picture language', () => this.draw());
    seat.on('beat', () => this.beat());
  }

  draw() {
    const rows = callRows(this.seat.picture.calls.values());
    this.root.hidden = !rows.length;
    this.title.textContent = t('calls.title');
    if (this.list.contains(document.activeElement) && document.activeElement.tagName === 'SELECT') return;
    this.list.replaceChildren(...rows.slice(0, MOST).map((call) => this.#chip(call)));
    say(this.more, rows.length > MOST ? t('alert.more', { n: rows.length - MOST }) : '');
    this.beat();
  }

  #chip(call) {
    const age = el('span.age');
    const node = el(`li.call.${call.state}`, { 'data-id': call.id },
      el('b', {}, t(`call.${call.state}`)), el('span.number', {}, call.number ?? t('call.no_number')),
      call.nuisance && el('span.tag', {}, t('call.nuisance')), call.seat && el('span.dim', {}, call.seat), age,
      call.incident_id && el('button.quiet', { type: 'button', on: { click: () => this.seat.select({ incident: call.incident_id }) } }, call.incident_number),
      call.owes_ring_back && this.#ringBack(call));
    node.age = age;
    node.call = call;
    return node;
  }

  /** What came of ringing back; chosen and said in one go. */
  #ringBack(call) {
    const choice = el('select', { 'aria-label': t('call.ring_back') }, el('option', { value: '' }, t('call.ring_back')),
      ...OUTCOMES.filter((one) => (one === 'no_number') === !call.number).map((value) => el('option', { value }, t(`ring_back.${value}`))));
    choice.addEventListener('change', () => {
      if (!choice.value) return;
      this.seat.act(`/calls/${call.id}/ring-back`, { outcome: choice.value });
      choice.blur();
    });
    return choice;
  }

  beat() {
    const now = this.seat.now();
    for (const node of this.list.children) {
      const { call } = node;
      const left = call.owes_ring_back && call.ring_back_by ? (Date.parse(call.ring_back_by) - now) / 1000 : null;
      say(node.age, left === null ? clockText((now - Date.parse(call.opened_at)) / 1000) : t('call.left', { n: clockText(Math.max(0, left)) }));
      mark(node, 'late', left !== null || (call.state === 'ringing' && now - Date.parse(call.opened_at) > ANSWER_MS));
    }
  }
}
