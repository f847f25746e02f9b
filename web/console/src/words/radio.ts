// A line to be read out over the radio, as dispatchers speak: whom one calls, who calls, what, where, what to do. Ready to read.

import { listing, named, speaker, wording } from '../core/language.svelte';
import type { Assignment, Incident } from '../core/types';
import { loud } from '../standing/loud';

export interface Spoken {
  callSign: string;
  room: string;
  type: string;
  place: string;
}

export const words = {
  line: [
    '{sign}，{sign}，{room}呼叫。警情{number}，{priority}级，{type}，地点{place}。{known}{ask}{caution}',
    '{sign}, {sign}, this is {room}. Incident {number}, priority {priority}, {type}, at {place}. {known}{ask}{caution}',
  ],
  known: ['该处须注意：{text}。', 'Known there: {text}. '],
  caution: ['注意：{text}。', ' Caution: {text}.'],
} as const;
export const asks = {
  ordered: ['请立即前往，收到回复。', 'Go now and acknowledge.'], delivered: ['请立即前往，收到回复。', 'Go now and acknowledge.'], expired: ['请立即前往，收到回复。', 'Go now and acknowledge.'],
  accepted: ['请报告是否出动。', 'Report when under way.'], en_route: ['请报告预计到达时间。', 'Report your time of arrival.'], on_scene: ['请报告现场情况。', 'Report from the scene.'], other: ['请回复。', 'Acknowledge.'],
} as const;
const t = speaker(words);

/** Numbers digit by digit, so that nobody mishears: J261130-0231 → 0 2 3 1. */
export const digits = (number: string): string => number.slice(number.lastIndexOf('-') + 1).replace(/^J/i, '').split('').join(' ');

/** The line for one order as it stands now; what warns of the place is said before what to do, the newest urgent note after. Never what is said of a person. */
export function radioLine(order: Assignment, incident: Incident, said: Spoken): string {
  const known = loud(incident.standing_facts);
  const urgent = incident.notes.filter((note) => note.urgent && note.text).at(-1);
  return t('line', {
    sign: said.callSign, room: said.room, type: said.type, place: said.place, number: digits(incident.number), priority: incident.priority,
    known: known.length ? t('known', { text: listing(known.map((one) => wording(one.name))) }) : '',
    ask: named(asks, order.state, named(asks, 'other')), caution: urgent?.text ? t('caution', { text: urgent.text.replace(/[\s.。!！;；]+$/, '') }) : '',
  });
}
