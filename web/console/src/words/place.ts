// Where an incident is, in words: its address, or what is known instead.

import { speaker } from '../core/language.svelte';
import type { Reference } from '../core/reference';
import type { Incident } from '../core/types';

export const words = { none: ['位置不明', 'Place unknown'] } as const;
const t = speaker(words);

export function placeText(incident: Incident, reference: Reference): string {
  const { place } = incident;
  const said = place && [place.address, place.code, place.floor].filter(Boolean).join(' ');
  if (said) return said;
  if (place?.lon != null) return `${reference.roomName(incident.room)} ${place.lon.toFixed(5)}, ${place.lat!.toFixed(5)}`;
  return t('none');
}
