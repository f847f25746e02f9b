// Roll-call 点名: one key asks every unit on duty whether it is there; the silent ones stand first until they answer.

import { el, refill } from './dom.js';
import { momentText, t } from './text.js';

const KEPT_MS = 600_000;

export class Roll {
  constructor(seat, root, button) {
    Object.assign(this, { seat, root, button });
    this.id = null;
    button.hidden = !seat.may('dispatcher', 'leader');
    button.addEventListener('click', () => (this.#standing() ? this.#show() : this.#call()));
    seat.on('picture', ({ detail }) => { if (this.id && (!detail.ids || detail.ids.has(this.id))) this.#show(true); this.draw(); });
    seat.on('reference', () => this.#learn());
    seat.on('language', () => { this.draw(); if (root.open) this.#show(true); });
    this.draw();
  }

  /** A roll that was called before this page came up. */
  async #learn() {
    const page = await this.seat.api.get('/roll-calls?limit=5').catch(() => ({ items: [] })); // without it the next one is shown
    for (const roll of page.items) this.seat.picture.rollCalls.set(roll.id, roll);
    this.draw();
  }

  /** The newest roll of this room that is not old yet. */
  #standing() {
    const rolls = [...this.seat.picture.rollCalls.values()].filter((roll) => this.seat.now() - Date.parse(roll.called_at) < KEPT_MS);
    return rolls.sort((a, b) => (a.called_at < b.called_at ? 1 : -1))[0] ?? null;
  }

  draw() {
    const roll = this.#standing();
    this.button.textContent = roll ? t('roll.count', { answered: roll.answered, asked: roll.asked }) : t('roll.call');
  }

  async #call() {
    const made = await this.seat.act('/roll-calls', {});
    if (!made) return;
    this.seat.picture.rollCalls.set(made.id, made);
    this.draw();
    this.#show();
  }

  async #show(again = false) {
    const roll = this.#standing();
    if (!roll || (again && !this.root.open)) return;
    this.id = roll.id;
    const whole = await this.seat.api.get(`/roll-calls/${roll.id}`).catch(() => null);
    if (!whole || (again && !this.root.open)) return;
    const silent = whole.units.filter((unit) => !unit.answered_at);
    refill(this.root,
      el('header.head', {}, el('h2', { id: 'roll-title' }, t('roll.title')), el('span.count', {}, t('roll.count', whole)), el('span.gap'),
        el('button.quiet', { type: 'button', on: { click: () => this.#call() } }, t('roll.again')),
        el('button.quiet', { type: 'button', 'aria-label': t('close'), on: { click: () => this.root.close() } }, '×')),
      el('ol.roll', {}, ...(silent.length ? silent.map((unit) => el('li', {}, el('b', {}, unit.call_sign),
        el('span.dim', {}, `${this.seat.reference.roomName(unit.room)} ${t(unit.terminal ? 'roll.silent' : 'roll.by_voice')}`),
        this.seat.may('dispatcher', 'leader') && el('button', { type: 'button', on: { click: () => this.seat.act(`/units/${unit.unit_id}/checked`) } }, t('roll.there'))))
        : [el('li', {}, el('b', {}, t('roll.all')))])),
      el('p.hint.dim', {}, momentText(whole.called_at)));
    if (!this.root.open) this.root.show();
  }
}
