// What lies on the ground, one file a layer: each says its layers for an ink. A change of theme repaints them in place.

import type * as GeoJSON from 'geojson';
import type { GeoJSONSource, LayerSpecification, Map as GlMap } from 'maplibre-gl';
import type { Seat } from '../seat/seat.svelte';
import type { Ink } from './palette';

export type Feature = GeoJSON.Feature<GeoJSON.Geometry, Record<string, unknown>>;

export interface Overlay {
  /** Layers of one name in the switcher share it. */
  readonly group: string;
  /** From the bottom to the top. */
  layers(ink: Ink): LayerSpecification[];
  /** Ids of layers that lie below the names of the ground instead of above. */
  readonly below?: ReadonlySet<string>;
}

/** What a layer that reads its own things needs. */
export interface Reading {
  map: GlMap;
  seat: Seat;
  /** Now, by the server's clock, ms. */
  nowMs: number;
}

/** An overlay that is read when it is switched on, again after a while, and when the feed names one of its nouns. */
export interface Fetched extends Overlay {
  readonly everyS: number;
  readonly nouns: readonly string[];
  /** Read and draw; what to say beside its name in the switcher, '' when nothing. */
  read(reading: Reading): Promise<string>;
}

export const collection = (features: Feature[]): GeoJSON.FeatureCollection => ({ type: 'FeatureCollection', features });
export const feature = (geometry: GeoJSON.Geometry, properties: Record<string, unknown> = {}): Feature => ({ type: 'Feature', geometry, properties });
export const point = (lon: number, lat: number, properties: Record<string, unknown> = {}): Feature => feature({ type: 'Point', coordinates: [lon, lat] }, properties);

/** The sheet that lies beneath a map and carries a part of its layers. */
export const beneath = new WeakMap<GlMap, GlMap>();
const sheets = (map: GlMap): GlMap[] => [map, beneath.get(map)].filter((one) => one !== undefined);
const filled = new WeakMap<object, string>();
const EMPTY: ReadonlySet<string | undefined> = new Set([undefined, '[]']);
const off = new WeakMap<GlMap, Set<string>>();

/** Put things into a source, unless the same things are there: whatever is put in, the map indexes and draws all of it anew. */
export function fill(map: GlMap, source: string, features: Feature[]): void {
  const said = JSON.stringify(features);
  for (const sheet of sheets(map)) {
    const into = sheet.style ? sheet.getSource<GeoJSONSource>(source) : undefined; // without a style the graphics card took everything away
    if (!into || filled.get(into) === said) continue;
    filled.set(into, said);
    into.setData(collection(features));
    for (const id of sheet.getLayersOrder()) if (sheet.getLayer(id)?.source === source) showOrHide(sheet, id);
  }
}

/** A layer is drawn when it is switched on and something is in it: of an empty one the map would still draw the edges of its tiles. */
function showOrHide(sheet: GlMap, id: string): void {
  const source = sheet.getSource(sheet.getLayer(id)?.source ?? '');
  const bare = source?.type === 'geojson' && EMPTY.has(filled.get(source));
  sheet.setLayoutProperty(id, 'visibility', bare || off.get(sheet)?.has(id) ? 'none' : 'visible');
}

/** Add a layer, and its source where it is not there: with nothing in it. */
export function add(sheet: GlMap, layer: LayerSpecification, before?: string): void {
  if ('source' in layer && !sheet.getSource(layer.source)) sheet.addSource(layer.source, { type: 'geojson', data: collection([]) });
  sheet.addLayer(layer, before);
  showOrHide(sheet, layer.id);
}

type PaintName = Parameters<GlMap['setPaintProperty']>[1];

/** Give layers that are on the map already the paint of these. */
export function repaint(map: GlMap, layers: readonly LayerSpecification[]): void {
  for (const layer of layers) {
    const on = carrier(map, layer.id);
    for (const [name, value] of Object.entries(on ? (layer.paint ?? {}) : {})) on?.setPaintProperty(layer.id, name as PaintName, value as never);
  }
}

/** Show these layers or hide them. */
export function turn(map: GlMap, layers: readonly LayerSpecification[], on: boolean): void {
  for (const { id } of layers) {
    const sheet = carrier(map, id);
    if (!sheet) continue;
    const hidden = off.get(sheet) ?? new Set();
    if (on) hidden.delete(id);
    else hidden.add(id);
    off.set(sheet, hidden);
    showOrHide(sheet, id);
  }
}

const carrier = (map: GlMap, layer: string): GlMap | undefined => sheets(map).find((sheet) => sheet.getLayer(layer));

/** Remembers what a list was made of, so that the same things are not drawn anew. Entities are replaced, never changed. */
export class Same {
  private last: unknown[] = [];

  /** Whether these are other things than the last time. */
  changed(things: unknown[]): boolean {
    const same = things.length === this.last.length && things.every((thing, n) => thing === this.last[n]);
    this.last = things;
    return !same;
  }
}
