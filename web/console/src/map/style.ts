// The ground of the map: Shortbread vector tiles of our own server in our own colours. No glyphs, no sprites, nothing from elsewhere:
// MapLibre draws every letter from the fonts of the machine.

import { osm } from '@versatiles/style';
import type { LayerSpecification, StyleSpecification } from 'maplibre-gl';
import type { Theme } from '../core/prefs.svelte';
import { GROUND } from './palette';

/** What the server says of its tiles (TileJSON). bounds are those of its roads; the sea goes on beyond. */
export interface TileSet {
  tiles: string[];
  attribution?: string | null;
  bounds: [number, number, number, number];
  minzoom: number;
  maxzoom: number;
}

const SOURCE = 'versatiles-shortbread';
/** Layers that only carry pictures we do not have, or say what nobody at a seat asks. */
const LEFT_OUT = /^(marking-|symbol-transit-(bus|tram)|poi-(shop|historic|man_made|highway|office|leisure)|label-motorway-(exit|shield)|slot-|land-glacier)/;
const FAMILIES = ['Noto Sans SC', 'Noto Sans CJK SC', 'Source Han Sans SC', 'PingFang SC', 'Microsoft YaHei', 'Segoe UI', 'Roboto', 'Noto Sans'];
/** From which zoom on kinds of streets are named: the large first, so that names do not cover the ground. */
const NAMED_FROM: Readonly<Record<string, number>> = {
  trunk: 11.5, primary: 11.5, secondary: 12.3, tertiary: 13.2, unclassified: 14, residential: 14.3, livingstreet: 14.6, pedestrian: 15, track: 15.5,
};
/** The first name tells the weight; no font is called so, and the next one takes over. */
const stack = (weight: string): string[] => [`Dispatch ${weight}`, ...FAMILIES];
export const REGULAR = stack('Regular');
export const MEDIUM = stack('Medium');
export const BOLD = stack('Bold');
export const CSS_FAMILY = FAMILIES.map((name) => `"${name}"`).join(', ');
/** Layers of the ground before this one are areas and streets, those after it names. */
export const NAMES_FROM = 'slot-below-symbols';
/** On the upper sheet names come before this one. */
export const NAMES_BELOW = 'names-below';

/** The style of a theme. tiles: null while no city is served: bare ground. */
export function baseStyle(theme: Theme, tiles: TileSet | null, origin: string): StyleSpecification {
  const colours = GROUND[theme];
  const bare: StyleSpecification = {
    version: 8,
    sources: {},
    layers: [
      { id: 'background', type: 'background', paint: { 'background-color': colours.land } },
      { id: NAMES_FROM, type: 'background', layout: { visibility: 'none' } },
    ],
  };
  if (!tiles) return bare;
  const made = osm({ theme: theme === 'dark' ? 'muted-dark' : 'muted', projection: 'mercator', colors: colours, layers: { icons: false } });
  return {
    version: 8,
    sources: {
      [SOURCE]: {
        type: 'vector', tiles: tiles.tiles.map((template) => origin + template), minzoom: tiles.minzoom, maxzoom: tiles.maxzoom,
      },
    },
    layers: made.layers.flatMap((layer) => adapted(layer as LayerSpecification)),
  };
}

/** The style of each sheet, and the names that come onto the upper one when the ground is there. */
export function apart({ sources, layers, ...style }: StyleSpecification): { ground: StyleSpecification; live: StyleSpecification; names: LayerSpecification[] } {
  const [names, rest] = [layers.filter(({ type }) => type === 'symbol'), layers.filter(({ type }) => type !== 'symbol')];
  return {
    ground: { ...style, sources, layers: rest },
    live: { ...style, sources: {}, layers: [{ id: NAMES_BELOW, type: 'background', layout: { visibility: 'none' } }] },
    names,
  };
}

function adapted(layer: LayerSpecification): LayerSpecification[] {
  if (layer.id === NAMES_FROM) return [{ id: NAMES_FROM, type: 'background', layout: { visibility: 'none' } }];
  if (LEFT_OUT.test(layer.id)) return [];
  if (layer.type !== 'symbol') return [layer];
  const layout = Object.fromEntries(Object.entries(layer.layout ?? {}).filter(([name]) => !name.startsWith('icon-')));
  const paint = Object.fromEntries(Object.entries(layer.paint ?? {}).filter(([name]) => !name.startsWith('icon-')));
  if (!layout['text-field']) return [];
  const bold = String(layout['text-font']).includes('bold') && !layer.id.startsWith('poi-');
  if (layer.id.startsWith('poi-')) Object.assign(layout, { 'text-size': 11, 'text-max-width': 8, 'text-anchor': 'center', 'text-offset': [0, 0] });
  const street = NAMED_FROM[layer.id.replace('label-street-', '')];
  if (street) Object.assign(layout, { 'symbol-spacing': 320, 'text-padding': 6, 'text-size': ['interpolate', ['linear'], ['zoom'], 12, 10.5, 17, 13] });
  const minzoom = layer.id.startsWith('poi-') ? 16.5 : (street ?? layer.minzoom ?? 0);
  return [{ ...layer, minzoom, layout: { ...layout, 'text-font': bold ? BOLD : REGULAR }, paint } as LayerSpecification];
}
