// What this seat knows: incidents, units, calls and the rest as the feed last told them. No rules of the desk live here; the
// server sends entities, the page replaces them. Snapshot and event go through one `replace`.

import { lit } from '../broadcasts/lamps';
import { Fleet } from './fleet';
import type { HandOver, Shortfall } from './alerts';
import { decodePositions } from './wire';
import type { Broadcast, BroadcastLamp, Call, Emergency, Entity, FeedEvent, Incident, More, PlannedEvent, RollCall, Snapshot, Told, Unit } from './types';

export const ENDED = new Set(['closed', 'merged', 'void', 'advised', 'transferred']);
const SIGNED = new Set(['signed_off', 'withdrawn']);
const HUNG_UP = new Set(['released', 'abandoned']);

/** Nouns of the feed that are kept, and the list of the snapshot each is in. */
const LISTS: Record<string, string> = {
  incident: 'incidents', unit: 'units', call: 'calls', emergency: 'emergencies', roll_call: 'roll_calls', seat: 'seats',
  draft: 'drafts', broadcast: 'broadcasts', broadcast_lamp: 'broadcast_lamps', event: 'events',
  supervision: 'supervision', handover: 'handovers', shortfall: 'shortfalls', after_action_review: 'after_action_reviews', review_action: 'review_actions',
};

/** What a large city is told of part by part. */
const PARTED = ['incident', 'unit'];

export class Picture {
  /** seq of the last event or snapshot; null before the first */
  seq: number | null = null;
  readonly lists = new Map<string, Map<string, Entity>>(Object.keys(LISTS).map((noun) => [noun, new Map()]));
  readonly byHandle = new Map<number, Unit>();
  readonly fleet = new Fleet();
  /** Grows with every change of a unit, so that who looks at all of them knows whether to. */
  unitChanges = 0;
  /** The greatest incident number there was, which tells the day. */
  newest = '';
  /** Not whole: of a snapshot that comes part by part some are still missing. */
  whole = true;
  /** Ids, by noun, of what was known before such a snapshot and was not told by it yet. */
  private readonly untold = new Map<string, Set<string>>();

  get incidents(): Map<string, Incident> { return this.lists.get('incident') as unknown as Map<string, Incident>; }
  get units(): Map<string, Unit> { return this.lists.get('unit') as unknown as Map<string, Unit>; }
  get calls(): Map<string, Call> { return this.lists.get('call') as unknown as Map<string, Call>; }
  get emergencies(): Map<string, Emergency> { return this.lists.get('emergency') as unknown as Map<string, Emergency>; }
  get broadcasts(): Map<string, Broadcast> { return this.lists.get('broadcast') as unknown as Map<string, Broadcast>; }
  get broadcastLamps(): Map<string, BroadcastLamp> { return this.lists.get('broadcast_lamp') as unknown as Map<string, BroadcastLamp>; }
  get events(): Map<string, PlannedEvent> { return this.lists.get('event') as unknown as Map<string, PlannedEvent>; }
  get rollCalls(): Map<string, RollCall> { return this.lists.get('roll_call') as unknown as Map<string, RollCall>; }

  /** Take a snapshot; one that is not whole is completed by `more`, and what was known stands until then. */
  load(snapshot: Snapshot, heardMs: number): void {
    this.seq = snapshot.seq;
    this.whole = snapshot.whole !== false;
    this.newest = '';
    for (const noun of PARTED) this.untold.set(noun, new Set(this.lists.get(noun)!.keys()));
    for (const [noun, name] of Object.entries(LISTS)) {
      if (!PARTED.includes(noun)) this.lists.get(noun)!.clear();
      this.take(noun, (snapshot[name] ?? []) as Entity[], heardMs);
    }
    if (this.whole) this.forgetOthers();
  }

  /** Take a further part of the snapshot that was loaded last. */
  more({ incidents = [], units = [], whole }: More, heardMs: number): void {
    this.take('incident', incidents as unknown as Entity[], heardMs);
    this.take('unit', units as unknown as Entity[], heardMs);
    this.whole = whole;
    if (whole) this.forgetOthers();
  }

  private take(noun: string, told: readonly Entity[], heardMs: number): void {
    const list = this.lists.get(noun)!;
    for (const one of told) {
      if (!stands(noun, one)) continue;
      const known = list.get(one.id);
      list.set(one.id, one);
      this.untold.get(noun)?.delete(one.id);
      if (noun === 'incident') this.number(one as unknown as Incident);
      if (noun === 'unit') this.unit(known as Unit | undefined, one as unknown as Unit, heardMs);
    }
  }

  /** A whole picture has come: who is not in it is gone. */
  private forgetOthers(): void {
    for (const [noun, ids] of this.untold) {
      for (const id of ids) {
        if (noun === 'unit') this.byHandle.delete((this.lists.get(noun)!.get(id) as unknown as Unit).handle);
        this.lists.get(noun)!.delete(id);
      }
      if (noun === 'unit' && ids.size) this.unitChanges += 1;
      ids.clear();
    }
    for (const handle of [...this.fleet.handle.subarray(0, this.fleet.count)]) if (!this.byHandle.has(handle)) this.fleet.forget(handle);
  }

  /**
   * Take an event. Returns false when it does not follow the last one: something is missing and must be asked for.
   * An event that was told before changes nothing.
   */
  apply(event: FeedEvent, heardMs: number): boolean {
    if (this.seq === null || event.prev > this.seq) return false;
    if (event.seq <= this.seq) return true;
    this.seq = event.seq;
    this.replace(event, heardMs);
    for (const other of event.also ?? []) this.replace(other, heardMs);
    return true;
  }

  /** Take a frame of positions; `heardMs` is when it came, by this machine's clock. */
  move(frame: ArrayBuffer, heardMs: number): void {
    this.fleet.move(decodePositions(frame), heardMs);
  }

  private replace({ noun, id, now }: Told, heardMs: number): void {
    const list = this.lists.get(noun);
    if (!list) return;
    const known = list.get(id);
    if (known && now && now.version < known.version) return;
    if (now && stands(noun, now)) list.set(id, now);
    else list.delete(id);
    if (noun === 'incident' && now) this.number(now as unknown as Incident);
    if (noun === 'broadcast_lamp' && now) this.light(now as unknown as BroadcastLamp);
    if (noun === 'unit') this.unit(known as Unit | undefined, now as unknown as Unit | null, heardMs);
  }

  private number({ number }: Incident): void {
    if (number > this.newest) this.newest = number;
  }

  private light(lamp: BroadcastLamp): void {
    const broadcast = this.broadcasts.get(lamp.broadcast_id);
    if (broadcast) this.broadcasts.set(broadcast.id, lit(broadcast, lamp));
  }

  private unit(known: Unit | undefined, now: Unit | null, heardMs: number): void {
    this.unitChanges += 1;
    if (now) {
      this.byHandle.set(now.handle, now);
      this.fleet.learn(now, heardMs);
    } else if (known) {
      this.byHandle.delete(known.handle);
      this.fleet.forget(known.handle);
    }
  }
}

/** A hand-over that goes on, or ran out and nobody has seen it. */
const stillOpen = ({ state, seen_by: seenBy }: HandOver): boolean => state === 'drafted' || state === 'offered' || (state === 'abandoned' && !seenBy);

/** Whether a thing is still part of the picture. */
function stands(noun: string, one: Entity): boolean {
  if (noun === 'incident') return !ENDED.has((one as unknown as Incident).state);
  if (noun === 'emergency') return !(one as unknown as Emergency).reset_at;
  if (noun === 'call') {
    const call = one as unknown as Call;
    return !HUNG_UP.has(call.state) || Boolean(call.owes_ring_back);
  }
  if (noun === 'supervision') return !SIGNED.has((one as unknown as { state: string }).state);
  if (noun === 'shortfall') return (one as unknown as Shortfall).state === 'stands';
  if (noun === 'handover') return stillOpen(one as unknown as HandOver);
  if (noun === 'after_action_review' || noun === 'review_action') return (one as unknown as { alerts: unknown[] }).alerts.length > 0; // the rest waits on its page
  if (noun === 'draft') return !(one as { ended?: string | null }).ended;
  return true;
}
