// Call signs beside the units in view: three hundred at most, those that matter first; who only stands by is named once one looks
// closely, and where more are at work than can be named, a few of them are not named at random. With the age where a fix is no longer fresh.

import type { LayerSpecification, Map as GlMap } from 'maplibre-gl';
import type { Fleet } from '../core/fleet';
import { ageText } from '../core/text';
import type { Unit } from '../core/types';
import type { Box } from './geometry';
import { fill, point, type Feature, type Overlay } from './overlay';
import type { Ink } from './palette';
import { MEDIUM } from './style';
import { FLAG, heapOf } from './units/columns';
import { HOLLOW_S } from './units/shader';

const LABELS = 'call-signs';
export const MOST = 300;
/** More free units in view than this: only those at work are named. */
export const IDLE_NAMED = 80;

const NOWHERE: Box = [1, 1, 0, 0];

export interface Named {
  handle: number;
  lon: number;
  lat: number;
  text: string;
  /** 3 marked, 2 at work, 1 free, 0 off duty. */
  heap: number;
  old: boolean;
}

export interface Naming {
  fleet: Fleet;
  byHandle: ReadonlyMap<number, Pick<Unit, 'call_sign'>>;
  marks: ReadonlyMap<number, number>;
  /** What can be seen: a rectangle, or two of the same latitudes where one looks across the antimeridian. */
  boxes: readonly Box[];
  offDuty: boolean;
  nowMs: number;
  /** What is said after the call sign, by handle; few. */
  tails?: ReadonlyMap<number, string>;
}

/** Which units are named, those that matter most first; inView: how many are drawn there. */
export function chosenLabels({ fleet, byHandle, marks, boxes, offDuty, nowMs, tails }: Naming): { named: Named[]; inView: number } {
  const heaps: number[][] = [[], [], [], []];
  const counts = [0, 0, 0, 0];
  const [a, b] = [boxes[0] ?? NOWHERE, boxes[1] ?? NOWHERE]; // in plain comparisons: this looks at every unit there is
  for (let row = 0; row < fleet.count; row += 1) {
    const lon = fleet.lon[row]!;
    const lat = fleet.lat[row]!;
    if (lat < a[1] || lat > a[3] || ((lon < a[0] || lon > a[2]) && (lon < b[0] || lon > b[2]))) continue;
    const handle = fleet.handle[row]!;
    const heap = heapOf(fleet.state[row]!, marks.get(handle) ?? 0);
    if (heap === 0 && !offDuty) continue;
    counts[heap]! += 1;
    if (heaps[heap]!.length < MOST && byHandle.has(handle)) heaps[heap]!.push(row);
  }
  const working = counts[2]! <= MOST;
  const idle = working && counts[1]! + counts[0]! <= IDLE_NAMED;
  const parts: [heap: number, rows: readonly number[]][] = [[3, heaps[3]!], [2, working ? heaps[2]! : []], [1, idle ? heaps[1]! : []], [0, idle ? heaps[0]! : []]];
  const named = parts.flatMap(([heap, rows]) => rows.map((row) => name(row, heap))).slice(0, MOST);
  return { named, inView: counts[0]! + counts[1]! + counts[2]! + counts[3]! };

  function name(row: number, heap: number): Named {
    const handle = fleet.handle[row]!;
    const ageS = (nowMs - fleet.fixedMs[row]!) / 1000;
    const old = ageS > HOLLOW_S;
    const text = [byHandle.get(handle)!.call_sign, old ? ageText(ageS) : '', tails?.get(handle) ?? ''].filter(Boolean).join(' ');
    return { handle, lon: fleet.lon[row]!, lat: fleet.lat[row]!, heap, old, text };
  }
}

/** To about a metre: what moves less is not drawn anew. */
const round = (degrees: number): number => Math.round(degrees * 1e5) / 1e5;

export class UnitLabels implements Overlay {
  readonly group = 'labels';

  layers(ink: Ink): LayerSpecification[] {
    return [{
      id: 'call-sign', type: 'symbol', source: LABELS,
      layout: {
        'text-field': ['get', 'text'], 'text-font': MEDIUM, 'text-size': 12, 'text-anchor': 'top', 'text-offset': [0, 0.85],
        'text-max-width': 30, 'text-padding': 1, 'symbol-sort-key': ['get', 'rank'],
      },
      paint: {
        'text-color': ['case', ['get', 'old'], ink['map-dim'], ink['map-text']], 'text-halo-color': ink['map-halo'], 'text-halo-width': 1.6,
      },
    }];
  }

  /** Draw them; how many units are in view. */
  show(map: GlMap, naming: Naming): number {
    const { named, inView } = chosenLabels(naming);
    fill(map, LABELS, named.map((one): Feature => point(round(one.lon), round(one.lat), { text: one.text, rank: -one.heap, old: one.old })));
    return inView;
  }
}

/** Flags of the units that stand out, by handle. */
export function marksOf(parts: { selected: Unit | undefined; painted: readonly Unit[]; endangered: readonly number[] }): Map<number, number> {
  const marks = new Map<number, number>();
  const mark = (handle: number, flag: number): void => void marks.set(handle, (marks.get(handle) ?? 0) | flag);
  if (parts.selected) mark(parts.selected.handle, FLAG.selected);
  for (const unit of parts.painted) mark(unit.handle, FLAG.painted);
  for (const handle of parts.endangered) mark(handle, FLAG.emergency);
  return marks;
}
