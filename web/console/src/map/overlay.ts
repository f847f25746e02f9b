// What lies on the ground, one file a layer: each says its sources and, for an ink, its layers. A change of theme repaints them in place.

import type * as GeoJSON from 'geojson';
import type { GeoJSONSource, LayerSpecification, Map as GlMap, SourceSpecification } from 'maplibre-gl';
import type { Seat } from '../seat/seat.svelte';
import type { Ink } from './palette';

export type Feature = GeoJSON.Feature<GeoJSON.Geometry, Record<string, unknown>>;

export interface Overlay {
  /** Layers of one name in the switcher share it. */
  readonly group: string;
  readonly sources: readonly string[];
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

export const emptySource = (): SourceSpecification => ({ type: 'geojson', data: collection([]) });
export const collection = (features: Feature[]): GeoJSON.FeatureCollection => ({ type: 'FeatureCollection', features });
export const feature = (geometry: GeoJSON.Geometry, properties: Record<string, unknown> = {}): Feature => ({ type: 'Feature', geometry, properties });
export const point = (lon: number, lat: number, properties: Record<string, unknown> = {}): Feature => feature({ type: 'Point', coordinates: [lon, lat] }, properties);

const filled = new WeakMap<object, string>();

/** Put things into a source, unless the same things are there: whatever is put in, the map indexes and draws all of it anew. */
export function fill(map: GlMap, source: string, features: Feature[]): void {
  const into = map.style ? map.getSource<GeoJSONSource>(source) : undefined; // without a style the graphics card took everything away
  const said = JSON.stringify(features);
  if (!into || filled.get(into) === said) return;
  filled.set(into, said);
  into.setData(collection(features));
}

type PaintName = Parameters<GlMap['setPaintProperty']>[1];

/** Give layers that are on the map already the paint of these. */
export function repaint(map: GlMap, layers: readonly LayerSpecification[]): void {
  for (const layer of layers) {
    if (!map.getLayer(layer.id)) continue;
    for (const [name, value] of Object.entries(layer.paint ?? {})) map.setPaintProperty(layer.id, name as PaintName, value as never);
  }
}

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
