// Which room answers where: outlines and names of the jurisdictions, layer by layer; the one whose room is asked for stands out.

import type { Geometry } from 'geojson';
import type { LayerSpecification, Map as GlMap } from 'maplibre-gl';
import { spoken } from '../core/language.svelte';
import type { Jurisdiction, Reference } from '../core/reference';
import { boxOf, corners } from './geometry';
import { feature, fill, point, Same, type Overlay } from './overlay';
import type { Ink } from './palette';
import { REGULAR } from './style';

const AREAS = 'jurisdictions';
const NAMES = 'jurisdiction-names';

export class Jurisdictions implements Overlay {
  readonly group = 'jurisdictions';
  readonly below = new Set(['jurisdiction-own', 'jurisdiction-edge']);
  private readonly same = new Same();

  layers(ink: Ink): LayerSpecification[] {
    const own = ['==', ['get', 'own'], true] as unknown as boolean;
    return [
      {
        id: 'jurisdiction-own', type: 'fill', source: AREAS, filter: ['==', ['get', 'own'], true],
        paint: { 'fill-color': ink.limit, 'fill-opacity': ['interpolate', ['linear'], ['zoom'], 10, 0.08, 14, 0.03] },
      },
      {
        id: 'jurisdiction-edge', type: 'line', source: AREAS,
        paint: {
          'line-color': ink.limit, 'line-width': ['case', own, 2.4, 1.3], 'line-opacity': ['case', own, 1, 0.7],
          'line-dasharray': ['literal', [4, 2]],
        },
      },
      {
        id: 'jurisdiction-name', type: 'symbol', source: NAMES, minzoom: 9,
        layout: {
          'text-field': ['get', 'name'], 'text-font': REGULAR, 'text-size': ['interpolate', ['linear'], ['zoom'], 10, 11, 15, 14],
          'text-letter-spacing': 0.1, 'text-max-width': 12, 'text-padding': 6,
        },
        paint: { 'text-color': ink.limit, 'text-halo-color': ink['map-halo'], 'text-halo-width': 1.4 },
      },
    ];
  }

  /** trade: the layer to draw, such as police. own: the room that answers for what is selected. */
  show(map: GlMap, reference: Reference, trade: string, own: string | null): void {
    if (!this.same.changed([reference.jurisdictions, reference.rooms, trade, own, spoken.now])) return;
    const shown = reference.jurisdictions.filter((one) => one.layer === trade);
    fill(map, AREAS, shown.map((one) => feature(one.geometry as Geometry, { own: one.room_id === own })));
    fill(map, NAMES, shown.map((one) => {
      const [lon, lat] = labelSpot(one);
      return point(lon, lat, { name: (spoken.now === 'zh' && one.name) || reference.roomName(one.room_id) });
    }));
  }
}

/** Where a jurisdiction is named: the middle of the box around it. */
function labelSpot(one: Jurisdiction): [number, number] {
  const [west, south, east, north] = boxOf(corners(one.geometry)) ?? [0, 0, 0, 0];
  return [(west + east) / 2, (south + north) / 2];
}
