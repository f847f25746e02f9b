// What the lamps of broadcasts say: how many have read one, whether this seat still owes a look, which stand in which order. Pure.

import type { Broadcast, BroadcastLamp } from '../core/types';

/** The broadcast with what a lamp tells; counts only rise, however late a lamp comes. */
export function lit(broadcast: Broadcast, lamp: BroadcastLamp): Broadcast {
  const { counts } = broadcast;
  return {
    ...broadcast,
    counts: {
      recipients: Math.max(counts.recipients, lamp.counts.recipients),
      delivered: Math.max(counts.delivered, lamp.counts.delivered),
      read: Math.max(counts.read, lamp.counts.read),
    },
    rooms: broadcast.rooms.map((room) => (room.room_id === lamp.party_id && !room.read_at ? { ...room, read_at: lamp.read_at, read_by: lamp.read_by } : room)),
  };
}

export function isActive(one: Broadcast, nowMs: number): boolean {
  return one.state === 'active' && Date.parse(one.expires_at ?? '') > nowMs;
}

/** Whether one of these rooms was told and nobody there has said that it is read. */
export function owes(one: Broadcast, rooms: readonly string[]): boolean {
  return one.state === 'active' && one.rooms.some((room) => !room.read_at && rooms.includes(room.room_id));
}

/** Whether it was sent, or is to be sent, by one of these rooms. */
export function isOwn(one: Broadcast, rooms: readonly string[]): boolean {
  return rooms.includes(one.room) || rooms.includes(one.scope_room);
}

/** What waits for this seat first, then what is urgent, then the newest; what is over last. */
export function sorted(all: Iterable<Broadcast>, rooms: readonly string[], nowMs: number): Broadcast[] {
  const rank = (one: Broadcast): number =>
    one.state === 'proposed' ? 0 : !isActive(one, nowMs) ? 4 : owes(one, rooms) ? 1 : one.urgent ? 2 : 3;
  return [...all].sort((a, b) => rank(a) - rank(b) || (a.id < b.id ? 1 : -1));
}

/** Of a unit: what holds for it and it has not said to have read, the urgent first. said: what it has pressed and is on its way. */
export function unreadOf(all: Iterable<Broadcast>, lamps: Iterable<BroadcastLamp>, unitId: string, said: ReadonlySet<string>, nowMs: number): Broadcast[] {
  const read = new Set([...lamps].filter((lamp) => lamp.party_id === unitId && lamp.read_at).map((lamp) => lamp.broadcast_id));
  return [...all]
    .filter((one) => isActive(one, nowMs) && !read.has(one.id) && !said.has(one.id))
    .sort((a, b) => Number(b.urgent) - Number(a.urgent) || (a.id < b.id ? -1 : 1));
}
