// New pressing incidents: they sound until somebody acknowledges them. Silence is not acknowledgement.

import { el, refill } from './dom.js';
import { placeText } from './queue.js';
import { t } from './text.js';

const PRESSING = 2;

export class Alerts {
  constructor(seat, banner, bell, sound) {
    Object.assign(this, { seat, banner, bell, sound });
    this.known = null;
    this.waiting = new Set();
    this.silent = false;
    bell.addEventListener('click', () => this.acknowledge());
    seat.on('picture', () => this.look());
    seat.on('language', () => this.draw());
  }

  /** Notice what is new, or is received again, and forget what somebody has taken up. */
  look() {
    const pressing = [...this.seat.picture.incidents.values()]
      .filter((incident) => incident.state === 'received' && incident.priority <= PRESSING)
      .map((incident) => incident.id);
    const fresh = this.known ? pressing.filter((id) => !this.known.has(id)) : [];
    this.known = new Set(pressing);
    const before = this.waiting.size;
    for (const id of this.waiting) if (!this.known.has(id)) this.waiting.delete(id);
    for (const id of fresh) this.waiting.add(id);
    if (fresh.length) this.silent = false;
    if (fresh.length || before !== this.waiting.size) this.draw();
  }

  acknowledge() {
    this.waiting.clear();
    this.draw();
  }

  silence() {
    this.silent = true;
    this.draw();
  }

  draw() {
    const incidents = [...this.waiting].map((id) => this.seat.picture.incidents.get(id)).filter(Boolean);
    const [first] = incidents.sort((a, b) => a.priority - b.priority);
    this.banner.hidden = !first;
    this.bell.hidden = !first;
    this.sound.play(first && !this.silent ? first.priority : null);
    if (!first) return;
    const { reference } = this.seat;
    this.banner.className = `banner p${first.priority}${this.silent ? ' silent' : ''}`;
    refill(this.banner,
      el(`span.prio.p${first.priority}`, {}, String(first.priority)),
      el('b', {}, reference.typeName(first.type_reported)), el('span.number', {}, first.number),
      el('span.place', {}, placeText(first, reference)),
      incidents.length > 1 && el('span.more', {}, t('alert.more', { n: incidents.length - 1 })),
      el('span.gap'),
      !this.sound.ready && el('button', { type: 'button', on: { click: () => this.draw() } }, t('alert.enable')),
      el('button', { type: 'button', on: { click: () => { this.seat.select({ incident: first.id }); this.acknowledge(); } } }, t('alert.open')),
      el('button', { type: 'button', on: { click: () => this.acknowledge() } }, t('alert.acknowledge'), el('kbd', {}, 'F8')),
      el('button', { type: 'button', on: { click: () => this.silence() } }, t('alert.silence'), el('kbd', {}, 'F9')),
    );
    this.bell.textContent = t('alert.count', { n: incidents.length });
  }
}
