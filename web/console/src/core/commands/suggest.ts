// What may stand next in a half-typed line: verbs, what an ambiguous word could mean, names of what is missing. Pure.

import type { Part } from './verbs';
import type { Reading, World } from './read';
import type { Verb } from './verbs';

export interface Suggestion {
  /** What people see. */
  name: string;
  /** The line when it is taken. */
  line: string;
  verb?: Verb;
}

const MOST = 8;

export function suggest(line: string, reading: Reading, world: World, chinese: boolean): Suggestion[] {
  if ('empty' in reading) return [];
  if ('verbs' in reading) {
    return reading.verbs.slice(0, MOST).map((verb) => {
      const typed = verb.typed[chinese ? 0 : 1]!;
      return { name: typed, line: `${typed} `, verb };
    });
  }
  const { read } = reading;
  const doubt = read.doubts.find(({ options }) => options.length);
  if (doubt) return doubt.options.map((option) => ({ name: option, line: replaceLast(line, doubt.word, option) }));
  const next = read.missing[0];
  return next ? named(next, world).slice(0, MOST).map((name) => ({ name, line: `${line.trimEnd()} ${name} ` })) : results(line, reading, world);
}

/** Other results than the one that is taken when none is typed. */
function results(line: string, reading: Reading, world: World): Suggestion[] {
  if (!('read' in reading) || !reading.read.verb.parts.includes('result')) return [];
  const { read } = reading;
  const last = /\S*$/.exec(line)![0];
  const typed = read.result && last && read.result[1].startsWith(last);
  if (typed) return [];
  const incident = read.incident ?? [...world.incidents].find((one) => one.id === read.units[0]?.incident_id) ?? world.selected;
  return world.results(incident).slice(0, MOST).map(([, name]) => ({ name, line: `${line.trimEnd()} ${name}` }));
}

function named(part: Part, world: World): string[] {
  if (part === 'room') return [...world.rooms].map((room) => room.name_zh);
  if (part === 'incident' || part === 'into') return [...world.incidents].slice(0, MOST).map(({ number }) => number);
  if (part === 'level') return ['1', '2', '3', '4'];
  return [];
}

function replaceLast(line: string, word: string, by: string): string {
  const at = line.lastIndexOf(word);
  return at < 0 ? `${line.trimEnd()} ${by} ` : `${line.slice(0, at)}${by} ${line.slice(at + word.length).trimStart()}`;
}
