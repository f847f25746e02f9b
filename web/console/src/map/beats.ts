// Beats 巡段: the ground that one patrol goes round on, as the city's bundle has it; and which of those to be walked now are covered.

import type { FeatureCollection } from 'geojson';
import type { LayerSpecification } from 'maplibre-gl';
import { named, speaker } from '../core/language.svelte';
import type { components } from '../core/schema';
import { beatStates, OPEN_BEATS } from '../words/rosters';
import { fill, type Feature, type Fetched, type Reading } from './overlay';
import type { Ink } from './palette';
import { REGULAR } from './style';

type Beat = components['schemas']['BeatShown'];
const BEATS = 'beats';
export const words = { covered: ['已覆盖 {on}/{all}', '{on} of {all} covered'] } as const;
const t = speaker(words);

export class Beats implements Fetched {
  readonly group = 'beats';
  readonly everyS = 15;
  readonly nouns = ['city', 'beat_schedule', 'duty_level', 'level_set'];
  readonly below = new Set(['beat-area', 'beat-edge']);
  private ground: FeatureCollection | null = null;

  layers(ink: Ink): LayerSpecification[] {
    const state = ['get', 'state'];
    const colour = ['match', state, 'covered', ink.cover, 'uncovered', ink.crit, ink.scene] as unknown as string;
    const shade = ['match', state, 'covered', 0.2, 'uncovered', 0.22, 'rests', 0, 0.2] as unknown as number;
    return [
      { id: 'beat-area', type: 'fill', source: BEATS, paint: { 'fill-color': colour, 'fill-opacity': shade, 'fill-antialias': false } },
      { id: 'beat-edge', type: 'line', source: BEATS, paint: { 'line-color': ink.limit, 'line-width': 1, 'line-opacity': 0.75, 'line-dasharray': ['literal', [1, 2]] } },
      {
        id: 'beat-name', type: 'symbol', source: BEATS, minzoom: 12.5,
        layout: { 'text-field': ['get', 'text'], 'text-font': REGULAR, 'text-size': 11, 'text-max-width': 8 },
        paint: { 'text-color': ink.limit, 'text-halo-color': ink['map-halo'], 'text-halo-width': 1.4 },
      },
    ];
  }

  async read({ map, seat }: Reading): Promise<string> {
    const told = seat.api.get<{ items: Beat[] }>('/beats');
    this.ground ??= await seat.api.get<FeatureCollection>('/admin/beats.geojson');
    const { items } = await told;
    const beats = new Map(items.map((beat) => [beat.code, beat]));
    fill(map, BEATS, this.ground.features.map((one) => drawn(one as Feature, beats)));
    const due = items.filter(({ state }) => state !== 'rests');
    return due.length ? t('covered', { on: due.filter(({ state }) => !OPEN_BEATS.has(state)).length, all: due.length }) : String(this.ground.features.length || '');
  }
}

/** Colour is never all that says it: what is not covered stands beside the name, and so does who is there. */
function drawn(one: Feature, beats: ReadonlyMap<string, Beat>): Feature {
  const beat = beats.get(String(one.properties['code']));
  const said = beat && OPEN_BEATS.has(beat.state) ? named(beatStates, beat.state) : '';
  const text = [String(one.properties['name']), said, ...(beat?.units ?? []).map(({ call_sign }) => call_sign)].filter(Boolean).join('\n');
  return { ...one, properties: { ...one.properties, state: beat?.state ?? 'rests', text } };
}
