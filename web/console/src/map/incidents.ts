// Incidents as pins: priority as a digit and a colour, larger when selected, marked in danger or in a surge; those that are settled
// fade. Where hundreds lie in view, the less urgent become dots.

import type { FilterSpecification, LayerSpecification, Map as GlMap } from 'maplibre-gl';
import { laneOf, shortNumber } from '../core/order';
import type { Incident } from '../core/types';
import { projector, type View } from './mercator';
import { fill, point, Same, type Overlay } from './overlay';
import type { Ink } from './palette';
import { BOLD } from './style';

const PINS = 'incidents';
/** The layer before which units are drawn. */
export const PINS_ON_TOP = 'incident-pin-top';
const CROWD = 250;
const NUMBERED = 120;
export const SIZE = 22;
const LARGE = 1.35;

export class Incidents implements Overlay {
  readonly group = 'incidents';
  readonly sources = [PINS];
  private readonly same = new Same();

  /** Those that somebody works on lie below the units; what waits, and what is selected, above. */
  layers(ink: Ink): LayerSpecification[] {
    return [
      {
        id: 'incident-dot', type: 'circle', source: PINS, filter: ['==', ['get', 'dot'], true],
        paint: {
          'circle-radius': 4, 'circle-color': ['match', ['get', 'priority'], 1, ink.p1, 2, ink.p2, 3, ink.p3, ink.p4],
          'circle-stroke-color': ink['map-edge'], 'circle-stroke-width': 1,
        },
      },
      this.pins(ink, 'incident-pin', ['all', ['!=', ['get', 'dot'], true], ['!=', ['get', 'top'], true]]),
      this.pins(ink, PINS_ON_TOP, ['==', ['get', 'top'], true]),
    ];
  }

  private pins(ink: Ink, id: string, filter: FilterSpecification): LayerSpecification {
    return {
      id, type: 'symbol', source: PINS, filter,
      layout: {
        'icon-image': ['get', 'pin'], 'icon-anchor': 'bottom', 'icon-allow-overlap': true, 'icon-ignore-placement': false,
        'icon-size': ['case', ['get', 'chosen'], LARGE, 1], 'symbol-sort-key': ['get', 'rank'], 'icon-padding': 0,
        'text-field': ['get', 'number'], 'text-font': BOLD, 'text-size': 12, 'text-anchor': 'bottom',
        'text-offset': ['case', ['get', 'chosen'], ['literal', [0, -3.3]], ['literal', [0, -2.5]]], 'text-optional': true, 'text-max-width': 30,
      },
      paint: {
        'icon-opacity': ['case', ['get', 'settled'], 0.5, 1], 'text-color': ink['map-text'], 'text-halo-color': ink['map-halo'], 'text-halo-width': 1.8,
      },
    };
  }

  /** newest: the greatest number there is. inView: whether a place is on the screen. */
  show(map: GlMap, incidents: Iterable<Incident>, chosenId: string | null, newest: string, inView: (lon: number, lat: number) => boolean): void {
    const placed = [...incidents].filter((one) => one.place?.lon != null);
    const seen = placed.filter((one) => inView(one.place!.lon!, one.place!.lat!)).length;
    const crowded = seen > CROWD;
    if (!this.same.changed([chosenId, newest, crowded, seen > NUMBERED, ...placed])) return;
    fill(map, PINS, placed.map((one) => {
      const lane = laneOf(one);
      const chosen = one.id === chosenId;
      const settled = lane === 'settling';
      const urgent = lane === 'danger' || lane === 'surge' || one.priority === 1;
      const dot = crowded && !chosen && !urgent;
      return point(one.place!.lon!, one.place!.lat!, {
        id: one.id, priority: one.priority, chosen, settled, dot,
        pin: pinName(one.priority, lane === 'danger' ? 'danger' : lane === 'surge' ? 'surge' : lane === 'going' || settled ? 'going' : 'waiting'),
        top: !dot && (chosen || (lane !== 'going' && !settled)),
        rank: (chosen ? 20 : 0) + (settled ? 0 : 10) - one.priority,
        number: chosen || (lane !== 'going' && !settled && seen <= NUMBERED) ? shortNumber(one.number, newest) : '',
      });
    }));
  }
}

export type PinKind = 'waiting' | 'going' | 'surge' | 'danger';
export const PIN_KINDS: readonly PinKind[] = ['waiting', 'going', 'surge', 'danger'];
export const pinName = (priority: number, kind: PinKind): string => `pin-${priority}-${kind}`;

/** Incidents whose pin is under a point of the screen, the nearest first. */
export function pinsAt(incidents: Iterable<Incident>, view: View, [x, y]: readonly [number, number], chosenId: string | null): { id: string; far: number }[] {
  const project = projector(view);
  const hits: { id: string; far: number }[] = [];
  for (const { id, place } of incidents) {
    if (place?.lon == null) continue;
    const [px, py] = project(place.lon, place.lat!);
    const scale = id === chosenId ? LARGE : 1;
    const far = Math.min(Math.hypot(px - x, py - SIZE * 0.75 * scale - y), Math.hypot(px - x, py - y) + 6);
    if (far <= SIZE * 0.62 * scale) hits.push({ id, far });
  }
  return hits.sort((a, b) => a.far - b.far);
}
