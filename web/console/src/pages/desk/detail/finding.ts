// Places by their names, for the fields of forms that ask where.

import type { Found } from '../../../look/asking.svelte';
import type { DeskState } from '../desk.svelte';

interface Match { name: string; address?: string | null; lon: number; lat: number; district?: string | null }
/** What the value of such a field holds, as JSON. */
export interface Named { lon: number; lat: number; address: string; source: 'gazetteer' }

/** What a text may mean: names, crossings, door plates, codes, degrees; as the city knows them. */
export async function placesLike(desk: DeskState, text: string): Promise<Found[]> {
  if (!text.trim()) return [];
  const told = await desk.seat.api.get<{ items: Match[] }>(`/places?q=${encodeURIComponent(text.trim())}&limit=8`);
  return told.items.map(({ lon, lat, name, address, district }) => {
    const value: Named = { lon, lat, address: name, source: 'gazetteer' };
    return [JSON.stringify(value), [name, address, district].filter(Boolean).join(' ')];
  });
}
