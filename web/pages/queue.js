// The queue: every open incident, the most pressing on top, with its age, its place and who is on it.

import { el, glyph, mark, say, turn } from './dom.js';
import { alertOf, hasSignal, leftS, wordsOf } from './signals.js';
import { clockOf, isStuck, queueRows, shortNumber, standing } from './order.js';
import { clockText, fill, t } from './text.js';
import { WindowedList } from './windowed.js';

const LATE_S = { 1: 60, 2: 60, 3: 180, 4: 600 };
const SHOWN_UNITS = 2;

export class Queue {
  constructor(seat, root) {
    this.seat = seat;
    this.frozen = null;
    this.list = new WindowedList({
      label: 'queue.list',
      heights: (row) => (row.lane ? 1.75 : hasSignal(row.incident) ? 4.75 : 3.5),
      kind: (row) => (row.lane ? 'lane' : 'incident'),
      choosable: (row) => !row.lane,
      make: (row) => (row.lane ? makeLane() : makeIncident()),
      update: (node, row) => (row.lane ? updateLane(node, row) : this.#update(node, row.incident)),
      tick: (node, row) => row.incident && this.#tick(node, row.incident),
      choose: (row) => seat.select({ incident: row.key }),
    });
    this.held = el('span.held', { 'data-t': 'queue.held', hidden: true });
    this.empty = el('p.empty', { 'data-t': 'queue.empty' });
    root.append(
      el('header.head', {}, el('h2', { id: 'queue-title', 'data-t': 'queue.title' }), el('span.count', { id: 'queue-count' }),
        this.held, el('span.gap'), el('kbd', {}, 'F2')),
      this.list.root, this.empty,
    );
    fill(root);
    this.count = root.querySelector('#queue-count');
    this.list.root.addEventListener('pointerenter', (event) => event.pointerType === 'mouse' && this.#freeze());
    this.list.root.addEventListener('pointerleave', () => this.#thaw());
    seat.on('picture', () => this.draw());
    seat.on('select', () => this.list.select(seat.incidentId));
    seat.on('beat', () => this.list.beat());
    seat.on('language', () => { fill(root); this.draw(); });
  }

  draw() {
    this.newest = this.seat.picture.newest;
    const rows = queueRows(this.seat.picture.incidents.values(), this.frozen);
    this.list.set(rows);
    this.empty.hidden = rows.length > 0 || this.seat.picture.seq === null;
    say(this.count, String(this.seat.picture.incidents.size));
  }

  focus() {
    this.list.root.focus();
  }

  #freeze() {
    this.frozen = this.list.rows.filter((row) => row.incident).map((row) => row.key);
    this.held.hidden = false;
  }

  #thaw() {
    this.frozen = null;
    this.held.hidden = true;
    this.draw();
  }

  #update(node, incident) {
    const { prio, type, number, place, who, state, signal } = node.parts;
    const { reference } = this.seat;
    say(prio, String(incident.priority));
    prio.className = `prio p${incident.priority}`;
    say(type, reference.typeName(incident.type_verified ?? incident.type_reported));
    say(number, shortNumber(incident.number, this.newest));
    number.title = incident.number;
    say(place, placeText(incident, reference));
    turn(state, isStuck(incident) ? 'unable' : incident.state);
    const alert = alertOf(incident);
    signal.hidden = !hasSignal(incident);
    mark(node, 'signalled', !signal.hidden);
    mark(signal, 'due', Boolean(alert));
    say(node.parts.badge, badge(incident));
    mark(node, 'waiting', incident.state === 'received' || isStuck(incident));
    mark(node, 'exercise', incident.exercise);
    node.setAttribute('aria-label', this.#said(incident, type.textContent, place.textContent));
    this.#units(who, incident);
  }

  #said(incident, type, place) {
    return t('queue.row', {
      priority: incident.priority, number: incident.number, type, place, state: t(`state.${incident.state}`),
    });
  }

  #units(who, incident) {
    const orders = standing(incident);
    const wanted = orders.slice(0, SHOWN_UNITS);
    while (who.children.length > wanted.length || who.firstChild?.matches('.none')) who.lastChild.remove();
    wanted.forEach((order, n) => {
      const chip = who.children[n] ?? who.appendChild(el('span.chip', {}, glyph(order.state), el('span')));
      turn(chip.firstChild, order.state);
      const more = n === SHOWN_UNITS - 1 && orders.length > SHOWN_UNITS ? ` +${orders.length - SHOWN_UNITS}` : '';
      say(chip.lastChild, this.seat.callSign(order) + more);
    });
    if (!wanted.length) who.append(el('span.chip.none', {}, el('span', {}, t(`state.${incident.state}`))));
  }

  #tick(node, incident) {
    say(node.parts.signal, signalText(incident, this.seat.now()));
    const age = (this.seat.now() - clockOf(incident)) / 1000;
    say(node.parts.age, clockText(age));
    mark(node, 'late', incident.state === 'received' && age > LATE_S[incident.priority]);
  }
}

/** What has fallen due, or else what it waits for, how long yet, and what happens then. */
export function signalText(incident, nowMs) {
  const alert = alertOf(incident);
  if (alert) return `! ${wordsOf(alert).what}`;
  if (!incident.waiting) return '';
  const { what, then } = wordsOf(incident.waiting);
  return t('waiting.row', { what, then, left: clockText(Math.max(0, leftS(incident.waiting, nowMs))) });
}

/** How many presses or callers, where that says something. */
function badge({ press, surge }) {
  if (surge) return t('badge.surge', { n: surge.count });
  return press?.count > 1 ? t('badge.presses', { n: press.count }) : '';
}

/** Where an incident is, in words. */
export function placeText(incident, reference) {
  const { place } = incident;
  const said = place && [place.address, place.code, place.floor].filter(Boolean).join(' ');
  if (said) return said;
  if (place?.lon != null) return `${reference.roomName(incident.room)} ${place.lon.toFixed(5)}, ${place.lat.toFixed(5)}`;
  return t('place.none');
}

function makeLane() {
  const parts = { name: el('span'), count: el('span.count') };
  const node = el('div.lane', {}, parts.name, parts.count);
  node.parts = parts;
  return node;
}

function updateLane(node, row) {
  say(node.parts.name, t(`lane.${row.lane}`));
  say(node.parts.count, String(row.count));
  node.className = `line lane ${row.lane}`;
}

function makeIncident() {
  const parts = {
    prio: el('span.prio'), type: el('span.type'), number: el('span.number'), age: el('span.age'),
    place: el('span.place'), who: el('span.who'), state: glyph('received'), badge: el('span.badge'), signal: el('span.signal'),
  };
  const second = el('span.second', {}, parts.badge, parts.place, parts.who, parts.state);
  const node = el('div.incident', {}, parts.prio, parts.type, parts.number, parts.age, second, parts.signal);
  node.parts = parts;
  return node;
}
