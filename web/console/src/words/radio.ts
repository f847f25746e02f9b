// A line to be read out over the radio, as dispatchers speak: whom one calls, who calls, what, where, what to do. Ready to read.

import { spoken } from '../core/language.svelte';
import type { Assignment, Incident } from '../core/types';

export interface Spoken {
  callSign: string;
  room: string;
  type: string;
  place: string;
}

/** Numbers digit by digit, so that nobody mishears: J261130-0231 → 0 2 3 1. */
export const digits = (number: string): string => number.slice(number.lastIndexOf('-') + 1).replace(/^J/i, '').split('').join(' ');

/** The line for one order as it stands now. */
export function radioLine(order: Assignment, incident: Incident, said: Spoken): string {
  const zh = spoken.now === 'zh';
  const { callSign, room, type, place } = said;
  const call = zh ? `${callSign}，${callSign}，${room}呼叫。` : `${callSign}, ${callSign}, this is ${room}. `;
  const what = zh ? `警情${digits(incident.number)}，${incident.priority}级，${type}，地点${place}。` : `Incident ${digits(incident.number)}, priority ${incident.priority}, ${type}, at ${place}. `;
  return call + what + ask(order, zh) + extra(incident, zh);
}

function ask(order: Assignment, zh: boolean): string {
  if (['ordered', 'delivered', 'expired'].includes(order.state)) return zh ? '请立即前往，收到回复。' : 'Go now and acknowledge.';
  if (order.state === 'accepted') return zh ? '请报告是否出动。' : 'Report when under way.';
  if (order.state === 'en_route') return zh ? '请报告预计到达时间。' : 'Report your time of arrival.';
  if (order.state === 'on_scene') return zh ? '请报告现场情况。' : 'Report from the scene.';
  return zh ? '请回复。' : 'Acknowledge.';
}

/** The newest urgent note is read out with it. */
function extra(incident: Incident, zh: boolean): string {
  const urgent = incident.notes.filter((note) => note.urgent && note.text).at(-1);
  if (!urgent) return '';
  return zh ? `注意：${urgent.text}。` : ` Caution: ${urgent.text}.`;
}
