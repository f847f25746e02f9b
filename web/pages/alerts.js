// What a seat must notice: officers in danger, new pressing incidents, what has fallen due, calls to ring back. Each sounds
// until somebody acknowledges it; silence is not acknowledgement, and an officer in danger stays in sight until reset.

import { el, refill } from './dom.js';
import { placeText } from './queue.js';
import { alertKey, wordsOf } from './signals.js';
import { distanceText, t } from './text.js';

const PRESSING = 2;

/** All there is to notice now, by a key each, the most pressing first. level: 0 an officer in danger, 1 a P1, 2 the rest. */
export function noticeable(picture) {
  const dangers = new Map(picture.emergencies);
  for (const incident of picture.incidents.values()) for (const one of incident.emergencies ?? []) dangers.set(one.id, one);
  const found = [...dangers.values()].filter((one) => !one.reset_at)
    .map((emergency) => ({ key: `${emergency.id}:${emergency.presses}`, level: 0, emergency }));
  for (const incident of picture.incidents.values()) {
    const level = incident.priority === 1 ? 1 : 2;
    const calls = incident.press?.state === 'ringing' || (incident.state === 'received' && incident.priority <= PRESSING);
    if (calls) found.push({ key: `${incident.id}:${incident.press?.count ?? 0}`, level, incident });
    for (const alert of incident.alerts ?? []) if (alert.noun !== 'emergency') found.push({ key: alertKey(incident, alert), level, incident, alert });
  }
  for (const call of picture.calls.values()) if (call.owes_ring_back) found.push({ key: call.id, level: 2, call });
  return found.sort((a, b) => a.level - b.level || Boolean(a.alert) - Boolean(b.alert));
}

export class Alerts {
  constructor(seat, banner, bell, sound) {
    Object.assign(this, { seat, banner, bell, sound });
    this.known = null;
    this.waiting = new Set();
    this.silent = false;
    this.drawn = '';
    bell.addEventListener('click', () => this.acknowledge());
    seat.on('picture', () => this.look());
    seat.on('language', () => this.draw());
  }

  /** Notice what is new, and forget what somebody has taken up. */
  look() {
    this.now = noticeable(this.seat.picture);
    const keys = new Set(this.now.map(({ key }) => key));
    const fresh = this.known ? [...keys].filter((key) => !this.known.has(key)) : [];
    this.known = keys;
    for (const key of this.waiting) if (!keys.has(key)) this.waiting.delete(key);
    for (const key of fresh) this.waiting.add(key);
    if (fresh.length) this.silent = false;
    const state = JSON.stringify([...this.waiting, this.now.filter(({ level }) => level === 0).map(({ key }) => key)]);
    if (state !== this.drawn) this.draw(state);
  }

  acknowledge() {
    this.waiting.clear();
    this.draw();
  }

  silence() {
    this.silent = true;
    this.draw();
  }

  draw(state = '') {
    this.drawn = state;
    const shown = (this.now ?? []).filter(({ key, level }) => level === 0 || this.waiting.has(key));
    const sounding = shown.filter(({ key }) => this.waiting.has(key));
    const [first] = shown;
    this.banner.hidden = !first;
    this.bell.hidden = !sounding.length;
    this.sound.play(sounding.length && !this.silent ? sounding[0].level : null);
    if (!first) return;
    const waits = sounding.length > 0;
    this.banner.className = `banner l${first.level}${this.silent || !waits ? ' silent' : ''}`;
    refill(this.banner,
      ...this.#words(first),
      shown.length > 1 && el('span.more', {}, t('alert.more', { n: shown.length - 1 })),
      el('span.gap'),
      !this.sound.ready && el('button', { type: 'button', on: { click: () => this.draw() } }, t('alert.enable')),
      el('button', { type: 'button', on: { click: () => this.#open(first) } }, t('alert.open')),
      waits && el('button', { type: 'button', on: { click: () => this.acknowledge() } }, t('alert.acknowledge'), el('kbd', {}, 'F8')),
      waits && el('button', { type: 'button', on: { click: () => this.silence() } }, t('alert.silence'), el('kbd', {}, 'F9')),
    );
    this.bell.textContent = t('alert.count', { n: sounding.length });
  }

  #words({ emergency, incident, alert, call }) {
    const { reference, picture } = this.seat;
    if (emergency) {
      const near = emergency.nearest.map((one) => `${one.call_sign} ${distanceText(one.straight_m)}`).join('  ');
      const reset = () => this.seat.act(`/units/${emergency.unit_id}/reset-emergency`, { voice_contact: true, presses: emergency.presses });
      return [el('b', {}, t('emergency.title')), el('b', {}, emergency.call_sign ?? picture.units.get(emergency.unit_id)?.call_sign ?? ''),
        el('span.place', {}, t('emergency.words', { crew: emergency.crew.join(' '), group: emergency.talk_group ?? '—', n: emergency.presses, near })),
        this.seat.may('dispatcher', 'leader') && el('button', { type: 'button', on: { click: reset } }, t('emergency.reset'))];
    }
    if (call) return [el('b', {}, t('call.ring_back')), el('span.number', {}, call.number ?? t('call.no_number'))];
    return [el(`span.prio.p${incident.priority}`, {}, String(incident.priority)),
      el('b', {}, alert ? wordsOf(alert).what : reference.typeName(incident.type_reported)), el('span.number', {}, incident.number),
      el('span.place', {}, placeText(incident, reference))];
  }

  #open({ emergency, incident, call }) {
    if (emergency) {
      this.seat.select({ incident: emergency.incident_id, unit: emergency.unit_id });
      if (emergency.fix) this.seat.tell('go', emergency.fix);
    }
    else if (incident) this.seat.select({ incident: incident.id });
    else if (call.incident_id) this.seat.select({ incident: call.incident_id });
    this.acknowledge();
  }
}
