// The board: every unit with its state by colour and shape, its job and how old its position is.

import { el, glyph, mark, say, turn } from './dom.js';
import { boardRows, shortNumber } from './order.js';
import { ageText, currentLanguage, fill, momentText, t } from './text.js';
import { WindowedList } from './windowed.js';

const NARROW = matchMedia('(max-width: 759px)');
const SOLID_S = 10;
const HOLLOW_S = 60;
const FILTERS = ['all', 'free', 'working'];
const WORKING = new Set(['ordered', 'delivered', 'accepted', 'en_route', 'on_scene', 'unable', 'expired']);

export class Board {
  constructor(seat, root) {
    this.seat = seat;
    this.filter = 'all';
    this.list = new WindowedList({
      label: 'board.list',
      heights: () => (NARROW.matches ? 2.9 : 2), // a finger needs more than a pointer
      make: makeUnit,
      update: (node, row) => this.#update(node, row.unit),
      tick: (node, row) => this.#tick(node, row.unit),
      choose: (row) => seat.select({ incident: seat.incidentId, unit: row.key }),
    });
    this.tabs = FILTERS.map((name) => el('button.pill', { type: 'button', on: { click: () => this.#choose(name) } }));
    this.count = el('span.count');
    root.append(
      el('header.head', {}, el('h2', { id: 'board-title', 'data-t': 'board.title' }), this.count, el('span.gap'),
        el('span.pills', { role: 'group', 'data-t-label': 'board.filter' }, ...this.tabs), el('kbd', {}, 'F4')),
      this.list.root,
    );
    fill(root);
    seat.on('picture', () => this.draw());
    NARROW.addEventListener('change', () => this.draw());
    seat.on('beat', () => this.list.beat());
    seat.on('select', () => this.list.select(seat.unitId));
    seat.on('language', () => { fill(root); this.draw(); });
  }

  draw() {
    this.newest = this.seat.picture.newest;
    const units = [...this.seat.picture.units.values()];
    const free = units.filter((unit) => unit.state === 'available');
    const working = units.filter((unit) => WORKING.has(unit.state));
    const groups = { all: units, free, working };
    const collator = new Intl.Collator(currentLanguage(), { numeric: true });
    this.list.set(boardRows(groups[this.filter], collator).map((unit) => ({ key: unit.id, unit })));
    say(this.count, String(units.length));
    this.tabs.forEach((tab, n) => {
      say(tab, t(`board.${FILTERS[n]}`, { n: groups[FILTERS[n]].length }));
      tab.setAttribute('aria-pressed', String(FILTERS[n] === this.filter));
    });
  }

  focus() {
    this.list.root.focus();
  }

  #choose(name) {
    this.filter = name;
    this.list.root.scrollTop = 0;
    this.draw();
  }

  #update(node, unit) {
    const { shape, sign, state, job } = node.parts;
    turn(shape, unit.state);
    say(sign, unit.call_sign);
    say(state, stateText(unit));
    state.className = `state ${shape.getAttribute('class').split(' ')[1]}-text`;
    const incident = this.seat.picture.incidents.get(unit.incident_id);
    say(job, incident ? shortNumber(incident.number, this.newest) : '');
    node.title = this.seat.reference.roomName(unit.room);
    node.setAttribute('aria-label', `${unit.call_sign} ${t(`unit.${unit.state}`)} ${incident?.number ?? ''}`);
  }

  #tick(node, unit) {
    const age = this.seat.picture.fixAge(unit.handle, Date.now());
    const { fix, shape } = node.parts;
    say(fix, ageText(age));
    mark(fix, 'old', age === null || age > HOLLOW_S);
    mark(shape, 'hollow', age !== null && age > SOLID_S && age <= HOLLOW_S);
    mark(shape, 'grey', age === null || age > HOLLOW_S);
  }
}

/** Its state, and what people must know of it: alerts, past its shift, until when away, lent, a job offered. */
function stateText(unit) {
  const more = [
    unit.alerts?.length && '!', unit.over_time && t('board.over_time'), unit.duty_until && momentText(unit.duty_until).slice(0, 5),
    unit.lent_to && t('board.lent'), unit.state === 'available' && unit.kept?.length && t('board.offered'),
  ].filter(Boolean);
  return [t(`unit.${unit.state}`), ...more].join(' · ');
}

function makeUnit() {
  const parts = {
    shape: glyph('off_duty'), sign: el('span.sign'), state: el('span.state'), job: el('span.number.dim'),
    fix: el('span.fix'),
  };
  const node = el('div.unit', {}, parts.shape, parts.sign, parts.state, parts.job, parts.fix);
  node.parts = parts;
  return node;
}
