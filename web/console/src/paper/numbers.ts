// Numbers of paper forms. The server takes a number once for ever, so no two seats, machines or days may ever print the same one:
// room, seat, day, a mark of this browser's own, and a count that only rises. Pure but for `Counter`.

import type { Shelf } from '../core/box';

/** Letters and digits nobody confuses by hand: Crockford's, without I, L, O and U. */
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const MARK_LETTERS = 4;
const MOST = 40;
const ROOM_AT_MOST = 12;
const SEAT_AT_MOST = 8;

export interface Origin {
  /** Code of the room. */
  room: string;
  /** Code of the seat; null when nobody sits at one. */
  seat: string | null;
}

/** `CB-D07-261122-K4QX-03`: room, seat, day, this browser, count. */
export function formNumber(origin: Origin, day: string, mark: string, count: number): string {
  const room = plain(origin.room, ROOM_AT_MOST) || 'ROOM';
  const seat = plain(origin.seat ?? '', SEAT_AT_MOST) || '0';
  return [room, seat, day, mark, String(count).padStart(2, '0')].join('-').slice(0, MOST);
}

/** Year, month and day on the clock of this seat: 261122. */
export function dayOf(at: Date): string {
  const two = (n: number): string => String(n % 100).padStart(2, '0');
  return two(at.getFullYear()) + two(at.getMonth() + 1) + two(at.getDate());
}

/** A new mark for a browser: a million of them, drawn by chance. */
export function newMark(random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array = (bytes) => crypto.getRandomValues(bytes)): string {
  return [...random(new Uint8Array(MARK_LETTERS))].map((byte) => LETTERS[byte % LETTERS.length]).join('');
}

/** As it may stand in a number: capitals, digits and Chinese characters. */
function plain(code: string, most: number): string {
  return [...code.normalize('NFKC').toUpperCase()].filter((letter) => /[0-9A-Z一-鿿]/.test(letter)).slice(0, most).join('');
}

interface Kept {
  mark: string;
  day: string;
  count: number;
}

/** Gives every number once, across reloads, crashes and windows: what is given out is on the disk before it is shown. */
export class Counter {
  constructor(
    private readonly shelf: Shelf<unknown>,
    private readonly clock: () => Date = () => new Date(),
    private readonly alone: <T>(work: () => Promise<T>) => Promise<T> = oneWindow,
    private readonly mark: () => string = newMark,
  ) {}

  /** The next `many` numbers of this origin. */
  take(origin: Origin, many: number): Promise<string[]> {
    return this.alone(async () => {
      const key = 'paper.counter';
      const kept = (await this.shelf.get(key)) as Kept | undefined;
      const day = dayOf(this.clock());
      const mark = kept?.mark ?? this.mark();
      // A clock that was set back must not give the numbers of a day twice: the count goes on unless the day is a later one.
      const first = kept && kept.day >= day ? kept.count + 1 : 1;
      const named = kept && kept.day > day ? kept.day : day;
      await this.shelf.put(key, { mark, day: named, count: first + many - 1 } satisfies Kept);
      return Array.from({ length: many }, (_, n) => formNumber(origin, named, mark, first + n));
    });
  }
}

function oneWindow<T>(work: () => Promise<T>): Promise<T> {
  return navigator.locks ? (navigator.locks.request('dispatch110.paper', work) as Promise<T>) : work();
}
