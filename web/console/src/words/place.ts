// Where an incident is, in words: its address, or what is known instead.

import { speaker } from '../core/language.svelte';
import type { Reference } from '../core/reference';
import type { Incident } from '../core/types';

export const words = { none: ['位置不明', 'Place unknown'] } as const;
const t = speaker(words);

/** The rooms of a text as people call them where a line is short: 紫荆里派出所勤务指挥室 → 紫荆里所. */
export const brief = (text: string): string => text.replace(/派出(所)勤务指挥室/g, '$1').replace(/勤务指挥室/g, '');

export function placeText(incident: Incident, reference: Reference): string {
  const { place } = incident;
  const said = place && [place.address, place.code, place.floor].filter(Boolean).join(' ');
  if (said) return said;
  if (place?.lon != null) return `${reference.roomName(incident.room)} ${place.lon.toFixed(5)}, ${place.lat!.toFixed(5)}`;
  return t('none');
}
