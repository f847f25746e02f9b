// What the log-on sheet makes of what is typed and of the roster; and the names of beats, which it keeps for when there is no line.

import type { Api } from '../../../core/api';
import type { Unit } from '../../../core/types';

const BEATS = 'dispatch110.unit.beats';

/** A beat, as the centre names it. */
export interface Named {
  code: string;
  name: string;
}

export const KINDS = ['car', 'motorcycle', 'foot', 'boat', 'drone', 'video', 'other'] as const;
/** So long before a shift begins a log-on is already for it, as the server has it. */
const EARLY_MS = 3_600_000;

/** Words apart by blanks or commas of either script, each once. */
export const partsOf = (text: string): string[] => [...new Set(text.split(/[\s,，、;；]+/).filter(Boolean))];

/** Equipment as it is typed: what the centre knows as a skill, by its name. A name of several words stays one. */
export const carriedText = (codes: readonly string[], named: (code: string) => string): string =>
  codes.map((code) => { const name = named(code); return /\s/.test(name) ? code : name; }).join(' ');

/** Whether a log-on now is for this shift. */
export const begun = (shift: NonNullable<Unit['shift']>, nowMs: number): boolean =>
  Date.parse(shift.begins_at) - EARLY_MS <= nowMs && nowMs < Date.parse(shift.ends_at);

/** Beats as they were read last, those of the unit's own room first. */
export function keptBeats(): Named[] {
  try {
    return JSON.parse(localStorage.getItem(BEATS) ?? '[]') as Named[];
  } catch {
    return []; // somebody else wrote there
  }
}

/** Beats as they are; as they were, where nobody answers. */
export async function readBeats(api: Api): Promise<Named[]> {
  try {
    const { items } = await api.get<{ items: Named[] }>('/beats/names');
    localStorage.setItem(BEATS, JSON.stringify(items));
    return items;
  } catch {
    return keptBeats();
  }
}
