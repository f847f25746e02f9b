// What this seat knows: incidents, units and calls as the feed last told them. No rules of the desk live here; the server
// sends entities, the page replaces them.

const HUNG_UP = new Set(['released', 'abandoned']);
export const ENDED = new Set(['closed', 'merged', 'void', 'advised', 'transferred']);
const LISTS = { incident: 'incidents', unit: 'units', call: 'calls', emergency: 'emergencies', roll_call: 'rollCalls' };

export class Picture {
  constructor() {
    /** @type {?number} seq of the last event or snapshot; null before the first */
    this.seq = null;
    this.incidents = new Map();
    this.units = new Map();
    this.calls = new Map();
    this.emergencies = new Map();
    this.rollCalls = new Map();
    this.byHandle = new Map();
    this.positions = new Map();
  }

  /** Take a whole snapshot. */
  load(snapshot) {
    this.seq = snapshot.seq;
    this.incidents = new Map(snapshot.incidents.map((incident) => [incident.id, incident]));
    this.units = new Map(snapshot.units.map((unit) => [unit.id, unit]));
    this.calls = new Map((snapshot.calls ?? []).map((call) => [call.id, call]));
    this.emergencies = new Map((snapshot.emergencies ?? []).map((one) => [one.id, one]));
    this.byHandle = new Map(snapshot.units.map((unit) => [unit.handle, unit]));
    const known = new Map();
    for (const unit of snapshot.units) {
      const before = this.positions.get(unit.handle);
      const place = before ?? fixPosition(unit);
      if (place) known.set(unit.handle, place);
    }
    this.positions = known;
  }

  /**
   * Take an event. Returns false when it does not follow the last one: something is missing and must be asked for.
   * An event that was told before changes nothing.
   */
  apply(event) {
    if (this.seq === null || event.prev > this.seq) return false;
    if (event.seq <= this.seq) return true;
    this.seq = event.seq;
    this.#replace(event);
    for (const other of event.also ?? []) this.#replace(other);
    return true;
  }

  #replace({ noun, id, now }) {
    const list = this[LISTS[noun]];
    if (!list) return;
    const known = list.get(id);
    if (now === null) {
      list.delete(id);
      if (known && noun === 'unit') this.byHandle.delete(known.handle);
    } else if (!known || now.version >= known.version) {
      list.set(id, now);
      if (noun === 'unit') this.byHandle.set(now.handle, now);
    }
    if (noun === 'incident' && now && ENDED.has(now.state)) list.delete(id);
    if (noun === 'emergency' && now?.reset_at) list.delete(id);
    if (noun === 'call' && now && HUNG_UP.has(now.state) && !now.owes_ring_back) list.delete(id);
  }

  /** Take a frame of positions; `heardMs` is when it came, by this machine's clock. */
  move(frame, heardMs) {
    for (const unit of frame.units) this.positions.set(unit.handle, { ...unit, heardMs });
  }

  /** Seconds since the unit's last fix, null when it never had one. */
  fixAge(handle, nowMs) {
    const place = this.positions.get(handle);
    return place ? place.ageS + Math.max(0, nowMs - place.heardMs) / 1000 : null;
  }

  /** The greatest incident number there is, which tells the day. */
  get newest() {
    let newest = '';
    for (const { number } of this.incidents.values()) if (number > newest) newest = number;
    return newest;
  }
}

export const OPEN = new Set(['ordered', 'delivered', 'accepted', 'en_route', 'on_scene', 'unable', 'expired']);

function fixPosition(unit) {
  if (!unit.fix) return null;
  const { lon, lat, heading, speed, quality } = unit.fix;
  return {
    handle: unit.handle, lon, lat, heading, speed, quality, progress: unit.state, ageS: unit.fix.age_s,
    heardMs: Date.now(),
  };
}
