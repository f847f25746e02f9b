// What all panels of one seat share: the picture, the city, who sits here, what is selected, and the one clock.

import { Refused } from './api.js';
import { currentLanguage, t } from './text.js';

const STALE_MS = 3000;
const DEAD_MS = 10000;

export class Seat extends EventTarget {
  constructor({ api, picture, reference, session }) {
    super();
    Object.assign(this, { api, picture, reference, session });
    this.feed = null;
    this.offsetMs = 0;
    this.incidentId = null;
    this.unitId = null;
    this.picking = null;
    this.looking = null;
  }

  /** Now by the server's clock, ms. */
  now() {
    return Date.now() + this.offsetMs;
  }

  /** Learn the server's clock from a message; the one that was quickest on its way tells it best. */
  learnTime(serverMs) {
    const offset = serverMs - Date.now();
    const jump = Math.abs(offset - this.offsetMs) > 2000;
    this.offsetMs = jump ? offset : Math.max(offset, this.offsetMs - 1);
  }

  /** live, late (3 s) or dead (10 s). */
  freshness() {
    const silence = this.feed ? this.feed.silence(Date.now()) : Infinity;
    if (silence > DEAD_MS) return 'dead';
    return silence > STALE_MS ? 'late' : 'live';
  }

  get incident() {
    return this.picture.incidents.get(this.incidentId) ?? null;
  }

  get unit() {
    return this.picture.units.get(this.unitId) ?? null;
  }

  may(...roles) {
    return roles.some((role) => this.session.roles.includes(role));
  }

  select({ incident = null, unit = null }) {
    this.incidentId = incident;
    this.unitId = unit;
    this.tell('select');
  }

  tell(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  on(types, listener) {
    for (const type of types.split(' ')) this.addEventListener(type, listener);
  }

  /** Do an act; a refusal is shown as a sentence. Returns the answer, or null when it was refused. */
  async act(path, body = {}) {
    try {
      return await this.api.act(path, body);
    } catch (error) {
      this.tell('toast', { kind: 'bad', text: refusal(error) });
      this.tell('refused', { error });
      return null;
    }
  }

  /** What to call the unit of an assignment. */
  callSign(assignment) {
    const unit = assignment.unit ?? this.picture.units.get(assignment.unit_id);
    if (unit) return unit.call_sign;
    return assignment.room_id ? this.reference.roomName(assignment.room_id) : '—';
  }
}

/** A refusal in the language of the seat; in Chinese the server's own English sentence goes along for its particulars. */
export function refusal(error) {
  if (!(error instanceof Refused)) return t('refused.network');
  if (currentLanguage() === 'en') return error.message;
  const key = `refused.${error.code}`;
  const said = t(key) === key ? t('refused.other') : t(key);
  return `${said}（${error.message}）`;
}
