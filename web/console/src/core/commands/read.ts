// Reading a line of the command line: which verb, whom and what it means, what is still missing or could mean several things.
// Pure; nothing is done here, and nothing ambiguous is guessed.

import { incidentNamed, looksLikeIncident, plain, roomNamed, unitNamed, wordNamed, type Meant } from '../names';
import { OPEN } from '../order';
import type { Room } from '../reference';
import type { Incident, Unit } from '../types';
import { verbOf, verbsLike, type Part, type Verb, type VerbId } from './verbs';

/** What the reader knows of the world. */
export interface World {
  units: Iterable<Unit>;
  incidents: Iterable<Incident>;
  rooms: Iterable<Room>;
  newest: string;
  selected: Incident | null;
  selectedUnit: Unit | null;
  /** [code, name] of the results an incident may end with. */
  results: (incident: Incident | null) => readonly (readonly [string, string])[];
}

/** Something typed that could mean several things, or nothing. `word` is where it stands among the words of the line. */
export interface Doubt {
  part: Part;
  word: string;
  options: string[];
}

export interface Read {
  verb: Verb;
  units: Unit[];
  rooms: Room[];
  incident: Incident | null;
  /** The incident was not typed but is the selected one, or the unit's own. */
  implied: boolean;
  into: Incident | null;
  result: readonly [string, string] | null;
  minutes: number | null;
  level: number | null;
  text: string;
  doubts: Doubt[];
  missing: Part[];
}

export type Reading = { read: Read } | { verbs: Verb[] } | { empty: true };

const AT_WORK = (unit: Unit): boolean => OPEN.has(unit.state);
const FREE = (unit: Unit): boolean => !OPEN.has(unit.state) && unit.state !== 'off_duty';
/** Which units come into question for a verb when a number fits several. */
const LIKELY: Partial<Record<VerbId, (unit: Unit) => boolean>> = {
  send: FREE, add: FREE, stack: (unit) => unit.state !== 'off_duty', take: AT_WORK, deliver: AT_WORK, accept: AT_WORK, go: AT_WORK, scene: AT_WORK, clear: AT_WORK,
  recall: AT_WORK, unable: AT_WORK, release: AT_WORK,
};
const ORDERS = new Set<VerbId>(['send', 'add', 'stack', 'take']);
const FREE_TEXT = new Set<Part>(['text', 'reason', 'words']);
const HALF_HOUR = 30;
const MOST_OPTIONS = 8;

export function read(line: string, world: World): Reading {
  if (!line.replace(/^\s*\//, '').trim()) return { empty: true };
  const begun = verbOf(line);
  if (!begun) return { verbs: verbsLike(/^\s*\/?\s*(\S*)/.exec(line)![1]!) };
  const reader = new Reader(begun.verb, world);
  reader.words(begun.rest);
  return { read: reader.done() };
}

class Reader {
  private readonly found: Read;

  constructor(private readonly verb: Verb, private readonly world: World) {
    this.found = {
      verb, units: [], rooms: [], incident: null, implied: false, into: null, result: null, minutes: null, level: null, text: '',
      doubts: [], missing: [],
    };
  }

  words(rest: string): void {
    let left = rest.trim();
    while (left) {
      const word = /^[^\s,，、]+/.exec(left)?.[0];
      if (word === undefined) {
        left = left.slice(1);
        continue;
      }
      if (!this.word(word)) {
        this.found.text = left;
        return;
      }
      left = left.slice(word.length).trim();
    }
  }

  /** Take one word; false when from here on it is free text. */
  private word(word: string): boolean {
    const { parts, id } = this.verb;
    if (parts.includes('into')) return this.twoIncidents(word);
    if (parts.includes('incident') && !this.found.incident && this.incident(word)) return true;
    if (parts.includes('target')) return this.target(word);
    if (parts.includes('units') && !this.found.text) return this.orderWord(word);
    if (parts.includes('unit') && !this.found.units.length) return this.unit(word, LIKELY[id]);
    if (parts.includes('room') && !this.found.rooms.length) return this.meant('room', word, roomNamed(word, this.world.rooms), (room) => this.found.rooms.push(room), (room) => room.code);
    if (parts.includes('minutes') && this.found.minutes === null) return this.number('minutes', word, 1, 10_080);
    if (parts.includes('level') && this.found.level === null) return this.number('level', word.replace(/^p/i, ''), 1, 4);
    if (parts.includes('result') && !this.found.result) return this.result(word);
    return !parts.some((part) => FREE_TEXT.has(part)) && this.doubt(parts.at(-1)!, word, []);
  }

  /** An incident where one may stand: what looks like its number must be one; a bare number only where no unit can stand. */
  private incident(word: string): boolean {
    const { parts } = this.verb;
    const bare = /^\d+$/.test(plain(word));
    if (!looksLikeIncident(word) && (!bare || parts.includes('units'))) return false;
    if (bare && this.world.selected && (this.verb.id === 'level' || parts.some((part) => FREE_TEXT.has(part)))) return false; // 级 1, 注 2人受伤
    const meant = incidentNamed(word, this.world.incidents, this.world.newest);
    if ('none' in meant && !looksLikeIncident(word) && parts.some((part) => FREE_TEXT.has(part))) return false;
    return this.meant('incident', word, meant, (incident) => { this.found.incident = incident; }, (incident) => incident.number);
  }

  private twoIncidents(word: string): boolean {
    const meant = incidentNamed(word, this.world.incidents, this.world.newest);
    return this.meant(this.found.incident ? 'into' : 'incident', word, meant, (incident) => {
      if (this.found.incident) this.found.into = incident;
      else this.found.incident = incident;
    }, (incident) => incident.number);
  }

  /** In an order: a unit, a room it goes to, or the beginning of the reason. */
  private orderWord(word: string): boolean {
    const unit = unitNamed(word, this.world.units, LIKELY[this.verb.id]);
    if (!('none' in unit)) return this.unit(word, LIKELY[this.verb.id]);
    const room = this.verb.id === 'take' ? { none: true as const } : roomNamed(word, this.world.rooms);
    if (!('none' in room)) return this.meant('room', word, room, (one) => this.found.rooms.push(one), (one) => one.code);
    return !this.verb.parts.includes('reason') && this.doubt('units', word, []);
  }

  private unit(word: string, likely?: (unit: Unit) => boolean): boolean {
    return this.meant('unit', word, unitNamed(word, this.world.units, likely), (unit) => {
      if (!this.found.units.includes(unit)) this.found.units.push(unit);
    }, (unit) => unit.call_sign);
  }

  private target(word: string): boolean {
    const incident = incidentNamed(word, this.world.incidents, this.world.newest);
    if ('one' in incident && (looksLikeIncident(word) || 'none' in unitNamed(word, this.world.units))) {
      this.found.incident = incident.one;
      return true;
    }
    return this.unit(word);
  }

  private result(word: string): boolean {
    const incident = this.found.incident ?? this.ofUnit() ?? this.world.selected;
    return this.meant('result', word, wordNamed(word, this.world.results(incident)), (one) => { this.found.result = one; }, (one) => one[1]);
  }

  private number(part: 'minutes' | 'level', word: string, least: number, most: number): boolean {
    const value = Number(word.normalize('NFKC').replace(/(分钟?|级|min|m)$/i, ''));
    if (!Number.isInteger(value) || value < least || value > most) return this.doubt(part, word, []);
    this.found[part] = value;
    return true;
  }

  private meant<T>(part: Part, word: string, meant: Meant<T>, take: (one: T) => void, name: (one: T) => string): true {
    if ('one' in meant) take(meant.one);
    else this.doubt(part, word, 'many' in meant ? meant.many.slice(0, MOST_OPTIONS).map(name) : []);
    return true;
  }

  private doubt(part: Part, word: string, options: string[]): true {
    this.found.doubts.push({ part, word, options });
    return true;
  }

  private ofUnit(): Incident | null {
    const id = this.found.units[0]?.incident_id ?? null;
    return id ? ([...this.world.incidents].find((one) => one.id === id) ?? null) : null;
  }

  /** What was not typed and stands to reason, and what is missing. */
  done(): Read {
    const { found, world, verb } = this;
    const wants = (part: Part): boolean => verb.parts.includes(part);
    const unsure = (part: Part): boolean => found.doubts.some((one) => one.part === part);
    if (wants('incident') && !wants('into') && !found.incident && !unsure('incident')) {
      found.incident = world.selected;
      found.implied = found.incident !== null;
    }
    if (wants('into') && found.incident && !found.into && world.selected && world.selected !== found.incident && !unsure('into')) {
      found.into = world.selected;
      found.implied = true;
    }
    if (wants('unit') && !found.units.length && !unsure('unit') && world.selectedUnit) found.units = [world.selectedUnit];
    if (wants('minutes') && found.minutes === null) found.minutes = HALF_HOUR;
    if (wants('result') && !found.result && !unsure('result')) {
      const list = world.results(found.incident ?? this.ofUnit() ?? world.selected);
      found.result = list.find(([code]) => code === 'handled') ?? null;
    }
    found.missing = this.missing();
    return found;
  }

  private missing(): Part[] {
    const { found, verb } = this;
    const needs: Partial<Record<Part, boolean>> = {
      units: ORDERS.has(verb.id) && !found.units.length && !found.rooms.length,
      unit: !found.units.length,
      incident: !found.incident,
      into: !found.into,
      room: !found.rooms.length,
      text: !found.text,
      reason: (verb.id === 'void' || verb.id === 'advise') && !found.text,
      level: found.level === null,
      target: !found.units.length && !found.incident,
      result: !found.result,
    };
    return verb.parts.filter((part) => needs[part] && !found.doubts.some((one) => one.part === part));
  }
}
