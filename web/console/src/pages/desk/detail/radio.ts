// The radio line of an order, ready to be read out, and onto the clipboard.

import { speaker } from '../../../core/language.svelte';
import type { Assignment, Incident } from '../../../core/types';
import type { Seat } from '../../../seat/seat.svelte';
import { radioLine } from '../../../words/radio';
import { placeText } from '../../../words/place';

export const words = { copied: ['已复制播报词', 'Radio line copied'], cannot: ['浏览器不允许复制，请直接照读', 'The browser does not allow copying: read it out'] } as const;
const t = speaker(words);

export function lineOf(seat: Seat, incident: Incident, order: Assignment): string {
  return radioLine(order, incident, {
    callSign: seat.callSign(order), room: seat.reference.roomName(seat.room ?? incident.room), place: placeText(incident, seat.reference),
    type: seat.reference.typeName(incident.type_verified ?? incident.type_reported),
  });
}

export const copyRadio = (seat: Seat, incident: Incident, order: Assignment): Promise<void> => copyText(seat, lineOf(seat, incident, order));

export async function copyText(seat: Seat, text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    seat.toasts.good(t('copied'));
  } catch {
    seat.toasts.bad(t('cannot'));
  }
}
