// Planned events 安保任务: the areas of those that run; of the one that is looked at also its posts.

import type { Geometry } from 'geojson';
import type { LayerSpecification, Map as GlMap } from 'maplibre-gl';
import { stands } from '../core/events';
import type { PlannedEvent } from '../core/types';
import { nameSpot } from './closures';
import { feature, fill, point, Same, type Feature, type Overlay } from './overlay';
import type { Ink } from './palette';
import { BOLD, MEDIUM } from './style';

const AREAS = 'event-areas';

/** What of events is drawn in full. */
export interface EventShownOnMap {
  event: PlannedEvent | null;
  /** Call signs by unit. */
  signs: ReadonlyMap<string, string>;
  chosen: string | null;
}

export const NO_EVENT: EventShownOnMap = { event: null, signs: new Map(), chosen: null };

export class EventAreas implements Overlay {
  readonly group = 'events';
  readonly below = new Set(['event-area', 'event-edge']);
  private readonly same = new Same();

  layers(ink: Ink): LayerSpecification[] {
    const bright = ['boolean', ['get', 'bright'], false] as unknown as boolean;
    return [
      { id: 'event-area', type: 'fill', source: AREAS, filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': ink.event, 'fill-opacity': ['case', bright, 0.2, 0.1] } },
      { id: 'event-edge', type: 'line', source: AREAS, filter: ['!=', ['geometry-type'], 'Point'], paint: { 'line-color': ink.event, 'line-width': ['case', bright, 3, 1.5], 'line-dasharray': ['literal', [4, 1.5]] } },
      {
        id: 'event-spot', type: 'circle', source: AREAS, filter: ['all', ['==', ['geometry-type'], 'Point'], ['has', 'held']],
        paint: { 'circle-radius': ['case', ['boolean', ['get', 'bright'], false], 9, 6], 'circle-color': ['case', ['get', 'held'], ink.event, ink['map-halo']], 'circle-stroke-color': ink.event, 'circle-stroke-width': 2 },
      },
      {
        id: 'event-name', type: 'symbol', source: AREAS, minzoom: 10, filter: ['all', ['has', 'text'], ['!', ['has', 'held']]],
        layout: { 'text-field': ['get', 'text'], 'text-font': BOLD, 'text-size': 12, 'text-max-width': 12 },
        paint: { 'text-color': ink.event, 'text-halo-color': ink['map-halo'], 'text-halo-width': 1.8 },
      },
      {
        id: 'event-post', type: 'symbol', source: AREAS, minzoom: 12, filter: ['has', 'held'],
        layout: { 'text-field': ['get', 'text'], 'text-font': MEDIUM, 'text-size': 11, 'text-variable-anchor': ['bottom', 'top', 'left', 'right'], 'text-radial-offset': 0.9, 'text-justify': 'auto', 'text-max-width': 12 },
        paint: { 'text-color': ink.event, 'text-halo-color': ink['map-halo'], 'text-halo-width': 1.8 },
      },
    ];
  }

  show(map: GlMap, events: Iterable<PlannedEvent>, told: EventShownOnMap): void {
    const running = [...events].filter((one) => one.state === 'running');
    if (!this.same.changed([...running, told.event, told.chosen, told.signs.size])) return;
    const whole = told.event && !running.some((one) => one.id === told.event!.id) ? [...running, told.event] : running;
    fill(map, AREAS, [
      ...whole.flatMap((one) => areaOf(one, one.id === told.event?.id)),
      ...(told.event ? postsOf(told.event, told) : []),
    ]);
  }
}

function areaOf(event: PlannedEvent, bright: boolean): Feature[] {
  const geometry = event.area as unknown as Geometry;
  const spot = nameSpot(geometry);
  return [feature(geometry, { bright }), ...(spot ? [point(...spot, { bright, text: event.name })] : [])];
}

function postsOf(event: PlannedEvent, { signs, chosen }: EventShownOnMap): Feature[] {
  return event.posts.filter(stands).map((post) => point(post.lon, post.lat, {
    held: Boolean(post.checked_in_at), bright: post.id === chosen, text: [post.name, signs.get(post.unit_id) ?? ''].filter(Boolean).join('\n'),
  }));
}
