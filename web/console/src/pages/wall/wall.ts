// What a wall shows, seen by visitors too: no caller, no address, no text. Every P1 always; P2 as far as there is room. Pure.

import { clockOf } from '../../core/order';
import type { Reference, Room } from '../../core/reference';
import { dueOf } from '../../core/signals';
import type { Incident, Unit } from '../../core/types';

/** So many rows stand in big type; more are shown smaller, never one after the other. */
const ROOMY = 8;

export interface WallRows {
  rows: Incident[];
  /** P2 for which there was no room. */
  left: number;
  /** How big the type can be. */
  fit: 'big' | 'middle' | 'small';
}

/** All P1 first, the oldest on top, then P2; a P1 is never left out. */
export function wallRows(incidents: Iterable<Incident>): WallRows {
  const serious = [...incidents].filter((one) => one.priority <= 2).sort((a, b) => a.priority - b.priority || clockOf(a) - clockOf(b) || (a.id < b.id ? -1 : 1));
  const p1 = serious.filter((one) => one.priority === 1).length;
  const rows = serious.slice(0, Math.max(ROOMY, p1));
  return { rows, left: serious.length - rows.length, fit: rows.length <= ROOMY ? 'big' : rows.length <= 2 * ROOMY ? 'middle' : 'small' };
}

export interface Alerting {
  dangers: number;
  overdue: number;
  unanswered: number;
}

/** What sounds somewhere, in figures alone. */
export function alerting(incidents: Iterable<Incident>, standingDangers: number): Alerting {
  let [overdue, unanswered] = [0, 0];
  for (const one of incidents) {
    if (dueOf(one).length) overdue += 1;
    if (one.state === 'received' && one.priority <= 2) unanswered += 1;
  }
  return { dangers: standingDangers, overdue, unanswered };
}

export interface RoomCount {
  room: Room;
  free: number;
  on: number;
}

/** Free units and those on duty by the room they belong to, those with none left out, the fewest free first. */
export function freeByRoom(units: Iterable<Unit>, reference: Pick<Reference, 'rooms'>): RoomCount[] {
  const found = new Map<string, RoomCount>();
  for (const unit of units) {
    const room = reference.rooms.get(unit.room);
    if (!room || unit.state === 'off_duty') continue;
    const count = found.get(room.id) ?? { room, free: 0, on: 0 };
    found.set(room.id, count);
    count.on += 1;
    if (unit.state === 'available') count.free += 1;
  }
  return [...found.values()].sort((a, b) => a.free - b.free || a.free / a.on - b.free / b.on || (a.room.code < b.room.code ? -1 : 1));
}

/** The map is drawn as on a screen this high, then enlarged: its smallest letters are read from as far as all the others. */
const MAP_HEIGHT = 620;

export const enlarged = (width: number, height: number): number => Math.max(1, Math.min(height, width * 9 / 16) / MAP_HEIGHT);
