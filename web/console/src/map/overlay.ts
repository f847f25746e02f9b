// What lies on the ground, one file a layer: each says its sources and, for an ink, its layers. A change of theme repaints them in place.

import type * as GeoJSON from 'geojson';
import type { GeoJSONSource, LayerSpecification, Map as GlMap, SourceSpecification } from 'maplibre-gl';
import type { Ink } from './palette';

export type Feature = GeoJSON.Feature<GeoJSON.Geometry, Record<string, unknown>>;

export interface Overlay {
  /** Layers of one name in the switcher share it. */
  readonly group: string;
  readonly sources: readonly string[];
  /** From the bottom to the top. */
  layers(ink: Ink): LayerSpecification[];
  /** Below the names of the ground instead of above. */
  readonly below?: boolean;
}

export const emptySource = (): SourceSpecification => ({ type: 'geojson', data: collection([]) });
export const collection = (features: Feature[]): GeoJSON.FeatureCollection => ({ type: 'FeatureCollection', features });
export const feature = (geometry: GeoJSON.Geometry, properties: Record<string, unknown> = {}): Feature => ({ type: 'Feature', geometry, properties });
export const point = (lon: number, lat: number, properties: Record<string, unknown> = {}): Feature => feature({ type: 'Point', coordinates: [lon, lat] }, properties);

/** Put other things into a source. */
export function fill(map: GlMap, source: string, features: Feature[]): void {
  map.getSource<GeoJSONSource>(source)?.setData(collection(features));
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
