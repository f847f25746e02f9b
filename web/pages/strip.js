// The strip on top: where and who one is, how much waits, whether the picture is live, the clock.

import { el, glyph, mark, say } from './dom.js';
import { isStuck } from './order.js';
import { t } from './text.js';

const GOING = new Set(['dispatched', 'accepted', 'en_route', 'on_scene']);
const COUNTS = ['received', 'going', 'free'];
const STATES = { received: 'received', going: 'en_route', free: 'available' };

export class Strip {
  constructor(seat, root) {
    this.seat = seat;
    this.room = root.querySelector('#room-name');
    this.who = root.querySelector('#seat-name');
    this.link = root.querySelector('#link');
    this.clock = root.querySelector('#clock');
    this.root = root;
    this.light = el('span.light');
    this.linkText = el('span');
    this.link.append(this.light, this.linkText);
    this.cells = Object.fromEntries(COUNTS.map((name) => [name, { term: el('dt'), count: el('dd') }]));
    root.querySelector('#counts').append(...COUNTS.map((name) => el('div', {}, glyph(STATES[name]), this.cells[name].term, this.cells[name].count)));
    seat.on('picture reference language', () => this.draw());
    seat.on('beat link language', () => this.beat());
    this.draw();
    this.beat();
  }

  draw() {
    const { picture, reference, session } = this.seat;
    say(this.room, reference.roomName(session.room_id) || '');
    say(this.who, session.principal);
    const incidents = [...picture.incidents.values()];
    const units = [...picture.units.values()];
    const on = units.filter((unit) => unit.state !== 'off_duty');
    const counts = {
      received: incidents.filter((incident) => incident.state === 'received' || isStuck(incident)).length,
      going: incidents.filter((incident) => GOING.has(incident.state) && !isStuck(incident)).length,
      free: `${on.filter((unit) => unit.state === 'available').length}/${on.length}`,
    };
    for (const name of COUNTS) {
      say(this.cells[name].term, t(`count.${name}`));
      say(this.cells[name].count, String(counts[name]));
    }
  }

  beat() {
    const { seat } = this;
    const fresh = seat.freshness();
    const silence = seat.feed?.silence(Date.now()) ?? Infinity;
    this.link.className = `link ${fresh}`;
    mark(this.root, 'late', fresh !== 'live');
    if (fresh === 'live') say(this.linkText, t('link.live'));
    else say(this.linkText, Number.isFinite(silence) ? t('link.late', { n: Math.floor(silence / 1000) }) : t('link.connecting'));
    const now = new Date(seat.now());
    say(this.clock, now.toLocaleTimeString('en-GB', { hour12: false }));
    this.clock.dateTime = now.toISOString();
  }
}
