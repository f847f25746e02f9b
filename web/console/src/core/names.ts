// What people mean by what they type: 118 is the unit whose call sign ends so, 231 or J0231 the incident of today, 城北 a room.
// One meaning is taken, several are asked about, none is said; nothing is ever guessed. Pure.

import type { Room } from './reference';
import type { Incident, Unit } from './types';

export type Meant<T> = { one: T } | { many: T[] } | { none: true };

const CLOSE = 6;

/** Full-width letters and digits as plain ones, no spaces around, small letters. */
export const plain = (text: string): string => text.normalize('NFKC').trim().toLowerCase();

/** Those in the best class that anybody is in; a class says how exactly the text names them, 0 best, null not at all. */
function best<T>(all: Iterable<T>, classOf: (one: T) => number | null): Meant<T> {
  let [least, found]: [number, T[]] = [Infinity, []];
  for (const one of all) {
    const rank = classOf(one);
    if (rank === null || rank > least) continue;
    if (rank < least) [least, found] = [rank, []];
    found.push(one);
  }
  return found.length === 1 ? { one: found[0]! } : found.length ? { many: found } : { none: true };
}

/** The digits at the end without leading noughts: 巡007 → 7. */
const tail = (text: string): string | null => /0*(\d+)$/.exec(text)?.[1] ?? null;

function signClass(sign: string, wanted: string): number | null {
  if (sign === wanted) return 0;
  const [number, asked] = [tail(sign), tail(wanted)];
  if (/^\d+$/.test(wanted)) return number === asked ? 1 : sign.endsWith(wanted) ? 2 : sign.includes(wanted) ? CLOSE : null;
  const [head, name] = [sign.replace(/\d+$/, ''), wanted.replace(/\d+$/, '')];
  if (asked !== null) return number !== asked ? null : head === name ? 1 : head.endsWith(name) ? 2 : head.includes(name) ? 3 : null;
  return sign.startsWith(wanted) ? 3 : sign.includes(wanted) ? 4 : null;
}

/** Which unit. among: those that come into question by what is to be done with it, such as being at work; if one of them fits, it is meant. */
export function unitNamed(text: string, units: Iterable<Unit>, among: (unit: Unit) => boolean = () => true): Meant<Unit> {
  const wanted = plain(text);
  if (!wanted) return { none: true };
  const all = [...units];
  const found = best(all, (unit) => signClass(plain(unit.call_sign), wanted));
  if (!('many' in found)) return found;
  const likely = found.many.filter(among);
  return likely.length === 1 ? { one: likely[0]! } : { many: likely.length ? likely : found.many };
}

/** Which incident: its whole number, its number of the newest day, with or without J and noughts. */
export function incidentNamed(text: string, incidents: Iterable<Incident>, newest: string): Meant<Incident> {
  const wanted = plain(text).replace(/^j(?=\d{1,5}$)/, '');
  if (!wanted) return { none: true };
  const day = newest.slice(0, newest.lastIndexOf('-') + 1);
  return best(incidents, ({ number }) => {
    if (plain(number) === wanted || plain(number) === `j${wanted}`) return 0;
    if (!/^\d+$/.test(wanted)) return null;
    const fits = tail(number) === tail(wanted);
    return fits ? (day && number.startsWith(day) ? 1 : 2) : null;
  });
}

/** Whether a text looks like the number of an incident, so that it is one or a mistake. */
export const looksLikeIncident = (text: string): boolean => /^j\d/.test(plain(text));

/** Initials and words of an English name, small: Xirong District Room → xirong district room, xdr. */
const initials = (name: string): string => name.split(/\s+/).map((word) => word[0] ?? '').join('');

export function roomNamed(text: string, rooms: Iterable<Room>): Meant<Room> {
  const wanted = plain(text);
  if (!wanted) return { none: true };
  return best(rooms, (room) => {
    const [zh, en] = [plain(room.name_zh), plain(room.name_en)];
    if (plain(room.code) === wanted || zh === wanted || en === wanted) return 0;
    if (zh.startsWith(wanted) || en.startsWith(wanted)) return 1;
    if (zh.includes(wanted) || initials(en) === wanted) return 2;
    return /^[a-z]/.test(wanted) && en.split(' ').some((word) => word.startsWith(wanted)) ? 3 : null;
  });
}

/** Which word of a list of [code, name]: by its code, its name, or how that begins. */
export function wordNamed(text: string, words: readonly (readonly [code: string, name: string])[]): Meant<readonly [string, string]> {
  const wanted = plain(text);
  if (!wanted) return { none: true };
  return best(words, ([code, name]) => {
    const said = plain(name);
    if (code === wanted || said === wanted) return 0;
    return said.startsWith(wanted) || code.startsWith(wanted) ? 1 : said.includes(wanted) ? 2 : null;
  });
}
