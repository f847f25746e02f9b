// What a seat must notice: officers in danger, pressing incidents nobody has taken, what has fallen due, calls to ring back.
// Each is new, then sounding until somebody acknowledges it, and returns when it falls due again. Silence is not
// acknowledgement, a reload neither, and an officer in danger stays in sight until reset. What is acknowledged in one window of
// a seat is so in all of them. Pure.

import { isOwn, owes } from '../broadcasts/lamps';
import { alertKey } from './signals';
import type { SeatShown } from './company';
import type { components } from './schema';
import type { Picture } from './picture';
import type { Alert, Broadcast, Call, Emergency, Incident, PlannedEvent, Unit } from './types';

const PRESSING = 2;
/** What rules say of an incident within this time of its coming is said with it, and sounds once. */
const WITH_MS = 10_000;

export type Level = 0 | 1 | 2;

export interface Noticeable {
  key: string;
  /** 0 an officer in danger, 1 a P1, 2 the rest */
  level: Level;
  emergency?: Emergency;
  incident?: Incident;
  alert?: Alert;
  /** Said with an incident that is new: acknowledged with it. */
  along?: Alert[];
  call?: Call;
  broadcast?: Broadcast;
  event?: PlannedEvent;
  /** A seat that somebody here covers for from now on. */
  cover?: SeatShown;
  handover?: HandOver;
  /** A room that is short of free units. */
  shortfall?: Shortfall;
  /** The unit that is expected and does not come. */
  unit?: Unit;
  /** The after-action review of which something is late. */
  reviewId?: string;
}

export type HandOver = components['schemas']['HandOverShown'];
export type Shortfall = components['schemas']['ShortfallShown'];
export type Review = components['schemas']['AfterActionReviewShown'];
export type ReviewAction = components['schemas']['ReviewActionShown'];

/** Who listens: by name, for which rooms (its own, and those it covers), and what lies below. */
export interface Ears {
  principal: string;
  rooms: readonly string[];
  below: readonly string[];
  /** The room and the seat one works at oneself. */
  own?: string | null;
  seat?: string | null;
  /** Whether one has to do with after-action reviews. */
  reviews?: boolean;
}

/** Whether queue and command of a seat have gone to this listener: its seat is named, or its room. */
export function covers({ covered_by: by }: Pick<SeatShown, 'covered_by'>, ears: Ears): boolean {
  if (!by) return false;
  return by.seat_id ? by.seat_id === ears.seat : Boolean(by.room_id) && by.room_id === ears.own;
}

const ANSWERING = new Set(['ready', 'on_call', 'wrap_up']);

interface Hearing {
  hears(alert: Alert): boolean;
  /** The same as long as the same is heard. */
  of: string;
}
type Hears = Hearing['hears'];

/** Whether an alert is for this listener: what speaks to one room sounds there, or above it while nobody answers in it; what one
 * has acknowledged is quiet for oneself alone. */
function hearing(picture: Picture, ears: Ears | null): Hearing {
  if (!ears) return { hears: () => true, of: '' };
  const seats = [...(picture.lists?.get('seat')?.values() ?? [])] as unknown as { room_id: string; state: string }[];
  const answered = new Set(seats.filter(({ state }) => ANSWERING.has(state)).map((seat) => seat.room_id));
  return {
    hears: ({ noticed_by: noticedBy, room }) => {
      if (noticedBy?.includes(ears.principal)) return false;
      return !room || ears.rooms.includes(room) || (ears.below.includes(room) && !answered.has(room));
    },
    of: [ears.principal, ...ears.rooms, '/', ...ears.below, '/', ...[...answered].sort()].join(),
  };
}

const comesWith = (incident: Incident, alert: Alert): boolean => alert.noun === 'incident' && Date.parse(alert.fired_at) - Date.parse(incident.opened_at ?? '') < WITH_MS;

/** All there is to notice now, by a key each, the most pressing first. answers: this seat only takes reports; of incidents it notices
 * what rings, and what its own person took. */
export function noticeable(picture: Picture, answers: { principal: string } | null = null, ears: Ears | null = null): Noticeable[] {
  const { hears, of } = hearing(picture, ears);
  const dangers = new Map(picture.emergencies);
  for (const incident of picture.incidents.values()) for (const one of incident.emergencies ?? []) dangers.set(one.id, one);
  const found: Noticeable[] = [...dangers.values()]
    .filter((one) => !one.reset_at)
    .map((emergency) => ({ key: [emergency.id, emergency.presses, ...(emergency.alerts ?? []).map(({ rule }) => rule)].join(':'), level: 0, emergency }));
  const known = knownFor(`${answers?.principal ?? ''} ${of}`);
  for (const incident of picture.incidents.values()) {
    let said = known.get(incident);
    if (!said) known.set(incident, (said = ofIncident(incident, answers, hears)));
    for (const one of said) found.push(one);
  }
  found.push(...ofBroadcasts(picture, ears, hears));
  for (const event of answers ? [] : ((picture.lists?.get('event')?.values() ?? []) as Iterable<unknown> as Iterable<PlannedEvent>)) {
    for (const alert of event.alerts) if (hears(alert)) found.push({ key: `${event.id}:${alert.rule}:${alert.since}`, level: 2, event, alert });
  }
  if (ears && !answers) found.push(...ofUnits(picture, hears), ...ofShortfalls(picture, hears));
  if (ears) found.push(...ofSeats(picture, ears, hears));
  for (const call of picture.calls.values()) if (call.owes_ring_back) found.push({ key: call.id, level: 2, call });
  if (ears?.reviews) found.push(...ofReviews(picture, ears));
  return found.sort((a, b) => a.level - b.level || Number(Boolean(a.alert)) - Number(Boolean(b.alert)));
}

/** What was worked out of incidents for this listener; they are replaced, never changed, and a flood leaves most as they are. */
function knownFor(listener: string): WeakMap<Incident, readonly Noticeable[]> {
  if (listener !== worked.listener) worked = { listener, incidents: new WeakMap() };
  return worked.incidents;
}
let worked = { listener: '', incidents: new WeakMap<Incident, readonly Noticeable[]>() };

function ofIncident(incident: Incident, answers: { principal: string } | null, hears: Hears): Noticeable[] {
  const level = incident.priority === 1 ? 1 : 2;
  if (answers && incident.press?.state !== 'ringing' && !incident.alarms.some((alarm) => alarm.taken_by === answers.principal)) return [];
  const calls = incident.press?.state === 'ringing' || (!answers && incident.state === 'received' && incident.priority <= PRESSING);
  const heard = incident.alerts.filter((alert) => alert.rule !== 'emergency' && hears(alert));
  const along = calls ? heard.filter((alert) => comesWith(incident, alert)) : [];
  const found: Noticeable[] = calls ? [{ key: `${incident.id}:${incident.press?.count ?? 0}`, level, incident, ...(along.length ? { along } : {}) }] : [];
  for (const alert of heard) if (!along.includes(alert)) found.push({ key: alertKey(incident, alert), level, incident, alert });
  return found;
}

/** What was said to this seat's rooms and is not read there, what comes back to who sent it, where a mark was found. */
function ofBroadcasts(picture: Picture, ears: Ears | null, hears: Hears): Noticeable[] {
  const found: Noticeable[] = [];
  for (const broadcast of picture.lists?.get('broadcast') ? picture.broadcasts.values() : []) {
    const rooms = ears?.rooms ?? [];
    if (owes(broadcast, rooms)) found.push({ key: `${broadcast.id}:${broadcast.times.called}`, level: broadcast.urgent ? 1 : 2, broadcast });
    for (const alert of broadcast.alerts) {
      if (hears(alert)) found.push({ key: `${broadcast.id}:${alert.rule}:${alert.since}`, level: broadcast.urgent ? 1 : 2, broadcast, alert });
    }
    if (!isOwn(broadcast, rooms)) continue;
    for (const spot of broadcast.spottings) if (!spot.noticed && spot.source !== 'linked') found.push({ key: spot.id, level: 1, broadcast });
  }
  return found;
}

/** Units that a roster expects and that do not come, as they are said to a room. */
function ofUnits(picture: Picture, hears: Hears): Noticeable[] {
  const found: Noticeable[] = [];
  for (const unit of expected(picture)) {
    for (const alert of unit.alerts ?? []) if (alert.room && hears(alert)) found.push({ key: `${unit.id}:${alert.rule}:${alert.since}`, level: 2, unit, alert });
  }
  return found;
}

/** Units of which anything is said: of a large city they are looked for only when any unit has changed. */
function expected({ units, unitChanges }: Picture): readonly Unit[] {
  if (!units) return [];
  const last = speaking.get(units);
  if (last?.changes === unitChanges && last.size === units.size) return last.found;
  const found = [...units.values()].filter(({ alerts }) => alerts?.length);
  speaking.set(units, { changes: unitChanges, size: units.size, found });
  return found;
}
const speaking = new WeakMap<Map<string, Unit>, { changes: number; size: number; found: Unit[] }>();

/** Rooms that have fewer units free than their duty level wants. */
function ofShortfalls(picture: Picture, hears: Hears): Noticeable[] {
  const shortfalls = [...(picture.lists.get('shortfall')?.values() ?? [])] as unknown as Shortfall[];
  return shortfalls.flatMap((shortfall) => shortfall.alerts.filter(hears).map((alert): Noticeable => ({ key: `${shortfall.id}:${alert.rule}:${alert.since}`, level: 2, alert, shortfall })));
}

/** Seats that came to be covered here, and hand-overs of one's room that go wrong. */
function ofSeats(picture: Picture, ears: Ears, hears: Hears): Noticeable[] {
  const seats = [...(picture.lists.get('seat')?.values() ?? [])] as unknown as SeatShown[];
  const handovers = [...(picture.lists.get('handover')?.values() ?? [])] as unknown as HandOver[];
  return [
    ...seats.filter((seat) => covers(seat, ears)).map((cover): Noticeable => ({ key: `cover:${cover.id}:${cover.covered_by!.since}`, level: 1, cover })),
    ...handovers.flatMap((handover) => handover.alerts.filter(hears).map((alert): Noticeable => ({ key: `${handover.id}:${alert.rule}`, level: 2, alert, handover }))),
  ];
}

/** Reviews nobody begins or ends, and actions that are late, for the rooms that are to do something; what is only near its time sounds nowhere. */
function ofReviews(picture: Picture, ears: Ears): Noticeable[] {
  const reviews = [...(picture.lists.get('after_action_review')?.values() ?? [])] as unknown as Review[];
  const actions = [...(picture.lists.get('review_action')?.values() ?? [])] as unknown as ReviewAction[];
  const ours = (...rooms: string[]): boolean => rooms.some((room) => ears.rooms.includes(room));
  const said = (one: { id: string }, reviewId: string, alert: Alert): Noticeable => ({ key: `${one.id}:${alert.rule}:${alert.since}`, level: 2, alert, reviewId });
  return [
    ...reviews.filter(({ room }) => ours(room)).flatMap((one) => one.alerts.map((alert) => said(one, one.id, alert))),
    ...actions.filter(({ room, from_room: from }) => ours(room, from)).flatMap((one) => one.alerts.filter((alert) => one.state === 'done' || isPast(one, alert)).map((alert) => said(one, one.review_id, alert))),
  ];
}

const isPast = ({ due_at: due }: ReviewAction, alert: Alert): boolean => due !== null && Date.parse(alert.fired_at) >= Date.parse(due);

/** What the windows of a seat tell each other. */
export type Word = { acknowledged: string[] } | { silent: true };

/** What outlives a reload: what was noticed, and of it what nobody has acknowledged. */
export interface Kept {
  known: string[];
  waiting: string[];
}

/** The other windows of the seat, and its memory. */
export interface Sharing {
  tell(word: Word): void;
  recall(): Kept | null;
  keep(kept: Kept): void;
  /** What is shown or sounds is something else now. */
  changed(): void;
}

/** What to tell the server of acknowledged alerts: by incident, event or broadcast, which of them; of a hand-over, that it was seen to have run out. */
export function seenOf(seen: readonly Noticeable[]): Map<string, { alerts?: { rule: string; id: string }[] }> {
  const told = new Map<string, { alerts?: { rule: string; id: string }[] }>();
  for (const { incident, event, broadcast, alert, along = [], handover, unit, shortfall } of seen) {
    if (unit && alert) told.set(`/rosters/${alert.id}/notice`, {});
    if (shortfall) told.set(`/shortfalls/${shortfall.id}/notice`, {});
    if (handover?.state === 'abandoned') told.set(`/hand-overs/${handover.id}/see`, {});
    const alerts = (alert ? [alert] : along).map(({ rule, id }) => ({ rule, id }));
    const of = incident ? `incidents/${incident.id}` : event ? `events/${event.id}` : broadcast ? `broadcasts/${broadcast.id}` : null;
    if (!of || !alerts.length) continue;
    const path = `/${of}/notice`;
    told.set(path, { alerts: [...(told.get(path)?.alerts ?? []), ...alerts] });
  }
  return told;
}

export class Alerts {
  silent = false;
  /** Called with what was acknowledged in this window. */
  onSeen: ((seen: Noticeable[]) => void) | null = null;
  private all: Noticeable[] = [];
  private known: Set<string> | null = null;
  private readonly waiting = new Set<string>();
  /** Acknowledged in another window before this one noticed it. */
  private readonly early = new Set<string>();
  private sharing: Sharing | null = null;

  /** What is in sight: what nobody has acknowledged, and officers in danger whatever was acknowledged. */
  get shown(): Noticeable[] {
    return this.all.filter((one) => one.level === 0 || this.waits(one));
  }

  get sounding(): Noticeable[] {
    return this.waiting.size ? this.all.filter((one) => this.waits(one)) : [];
  }

  /** Which pattern sounds; null: none. */
  get level(): Level | null {
    return this.silent || !this.waiting.size ? null : (this.all.find((one) => this.waits(one))?.level ?? null);
  }

  waits({ key }: Noticeable): boolean {
    return this.waiting.has(key);
  }

  /** Go on where the windows of this seat were, and tell them from now on what is done here. */
  share(sharing: Sharing): void {
    this.sharing = sharing;
    const kept = sharing.recall();
    if (!kept) return;
    this.known = new Set(kept.known);
    for (const key of kept.waiting) this.waiting.add(key);
  }

  /** Notice what is new, and forget what somebody has taken up. The first look of a seat only learns what there is, but for danger and what was said to it. */
  look(now: Noticeable[]): void {
    const keys = new Set(now.map(({ key }) => key));
    const { known } = this;
    const fresh = (known ? [...keys].filter((key) => !known.has(key)) : now.filter(({ level, broadcast }) => level === 0 || broadcast).map(({ key }) => key)).filter((key) => !this.early.has(key));
    this.known = keys;
    this.all = now;
    this.early.clear();
    for (const key of [...this.waiting]) if (!keys.has(key)) this.waiting.delete(key);
    for (const key of fresh) this.waiting.add(key);
    if (fresh.length) this.silent = false;
    this.keep();
  }

  /** Somebody has taken note of these, or of all that sounds, and of nothing else. */
  acknowledge(keys: readonly string[] = [...this.waiting]): void {
    const seen = this.sounding.filter(({ key }) => keys.includes(key));
    this.forget(keys);
    this.sharing?.tell({ acknowledged: [...keys] });
    this.onSeen?.(seen);
  }

  silence(): void {
    this.silent = true;
    this.sharing?.tell({ silent: true });
    this.sharing?.changed();
  }

  /** What was done in another window of the seat counts here. */
  hear(word: Word): void {
    if ('silent' in word) {
      this.silent = true;
      this.sharing?.changed();
      return;
    }
    for (const key of word.acknowledged) if (!this.known?.has(key)) this.early.add(key);
    this.forget(word.acknowledged);
  }

  private forget(keys: readonly string[]): void {
    for (const key of keys) this.waiting.delete(key);
    this.keep();
    this.sharing?.changed();
  }

  private keep(): void {
    if (!this.sharing || !this.known) return;
    this.sharing.keep({ known: [...this.known, ...this.early], waiting: [...this.waiting] });
  }
}
