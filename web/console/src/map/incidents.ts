// Incidents as pins: priority as a digit and a colour, larger when selected, marked in danger or in a surge; those that are settled
// fade. Where hundreds lie in view, the less urgent become dots, which are not the map's own: see there.

import type { FilterSpecification, LayerSpecification, Map as GlMap } from 'maplibre-gl';
import { laneOf, shortNumber, type Lane } from '../core/order';
import type { Incident } from '../core/types';
import { Dots } from './dots';
import { projector, type View } from './mercator';
import { fill, point, Same, type Overlay } from './overlay';
import type { Ink } from './palette';
import { BOLD } from './style';

const PINS = 'incidents';
/** The layer before which units are drawn. */
export const PINS_ON_TOP = 'incident-pin-top';
/** The dots lie before this one. */
export const PINS_BELOW = 'incident-pin';
const CROWD = 250;
const NUMBERED = 120;
export const SIZE = 22;
const LARGE = 1.35;

interface Pinned {
  id: string;
  lon: number;
  lat: number;
  priority: number;
  chosen: boolean;
  settled: boolean;
  pin: string;
  top: boolean;
  rank: number;
  number: string;
}

/** newest: the greatest number there is. inView: whether a place is on the screen. */
export interface Pinning {
  incidents: Iterable<Incident>;
  chosenId: string | null;
  newest: string;
  inView: (lon: number, lat: number) => boolean;
}

/** Which incidents are pins and which are dots: in a crowd at most so many pins, those that matter most, and always the chosen one. */
export function pinsAndDots({ incidents, chosenId, newest, inView }: Pinning): { pins: Pinned[]; dots: Incident[] } {
  const placed = [...incidents].filter((one) => one.place?.lon != null);
  const seen = placed.filter((one) => inView(one.place!.lon!, one.place!.lat!)).length;
  const crowded = seen > CROWD;
  const [pins, dots]: [Pinned[], Incident[]] = [[], []];
  for (const one of placed) {
    const lane = laneOf(one);
    const chosen = one.id === chosenId;
    const urgent = lane === 'danger' || lane === 'surge' || one.priority === 1;
    if (crowded && !chosen && !urgent) dots.push(one);
    else pins.push(pinOf(one, lane, { chosen, newest, numbered: seen <= NUMBERED }));
  }
  if (!crowded || pins.length <= CROWD) return { pins, dots };
  pins.sort((a, b) => b.rank - a.rank);
  const rest = new Set(pins.splice(CROWD).map((one) => one.id));
  return { pins, dots: [...dots, ...placed.filter((one) => rest.has(one.id))] };
}

function pinOf(one: Incident, lane: Lane, { chosen, newest, numbered }: { chosen: boolean; newest: string; numbered: boolean }): Pinned {
  const settled = lane === 'settling';
  const worked = lane === 'going' || settled;
  return {
    id: one.id, lon: one.place!.lon!, lat: one.place!.lat!, priority: one.priority, chosen, settled,
    pin: pinName(one.priority, lane === 'danger' || lane === 'surge' ? lane : worked ? 'going' : 'waiting'),
    top: chosen || !worked,
    rank: (chosen ? 20 : 0) + (settled ? 0 : 10) - one.priority,
    number: chosen || (!worked && numbered) ? shortNumber(one.number, newest) : '',
  };
}

export class Incidents implements Overlay {
  readonly group = 'incidents';
  readonly dots: Dots;
  private readonly same = new Same();

  constructor(ink: Ink) {
    this.dots = new Dots('incident-dot', ink);
  }

  /** Those that somebody works on lie below the units; what waits, and what is selected, above. */
  layers(ink: Ink): LayerSpecification[] {
    return [
      this.pins(ink, PINS_BELOW, ['!=', ['get', 'top'], true]),
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

  show(map: GlMap, pinning: Pinning): void {
    const { pins, dots } = pinsAndDots(pinning);
    if (this.same.changed(dots)) this.dots.show(dots.map(({ place, priority }) => ({ lon: place!.lon!, lat: place!.lat!, priority })));
    fill(map, PINS, pins.map(({ lon, lat, ...properties }) => point(lon, lat, properties)));
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
