// What the map would show, as rows: every incident that has a place, and who is how far from the selected one. For machines that cannot
// draw, and for whoever would rather read. Pure.

import type { Fleet } from '../core/fleet';
import { queueRows, standing } from '../core/order';
import type { Incident, Unit } from '../core/types';
import { bearingDeg, distanceM, eighth, type Spot } from './geometry';

const NEAREST = 10;
const FREE = new Set(['available', 'busy', 'break']);

export type ListRow =
  | { key: string; kind: 'incident'; incident: Incident }
  | { key: string; kind: 'unit'; unit: Unit; metres: number | null; eighth: number; ageS: number | null; ordered: boolean };

export interface Listed {
  incidents: Iterable<Incident>;
  units: ReadonlyMap<string, Unit>;
  byHandle: ReadonlyMap<number, Unit>;
  fleet: Fleet;
  chosenId: string | null;
  nowMs: number;
}

/** Incidents in the order of the queue; below the selected one its units, then the nearest free ones by straight line. */
export function listRows(listed: Listed): ListRow[] {
  const rows: ListRow[] = [];
  for (const row of queueRows(listed.incidents)) {
    if (!('incident' in row)) continue;
    rows.push({ key: row.key, kind: 'incident', incident: row.incident });
    if (row.key === listed.chosenId) rows.push(...unitsOf(row.incident, listed));
  }
  return rows;
}

function unitsOf(incident: Incident, listed: Listed): ListRow[] {
  const { place } = incident;
  const spot: Spot | null = place?.lon == null ? null : [place.lon, place.lat!];
  const ordered = standing(incident).flatMap(({ unit_id: id }) => (id && listed.units.get(id)) || []);
  const taken = new Set(ordered.map((unit) => unit.id));
  return [
    ...ordered.map((unit) => rowOf(unit, spot, listed, true)),
    ...(spot ? nearest(spot, listed).filter((unit) => !taken.has(unit.id)).map((unit) => rowOf(unit, spot, listed, false)) : []),
  ];
}

function nearest(spot: Spot, { fleet, byHandle }: Listed): Unit[] {
  const found: { unit: Unit; metres: number }[] = [];
  for (let row = 0; row < fleet.count; row += 1) {
    const unit = byHandle.get(fleet.handle[row]!);
    if (unit && FREE.has(unit.state)) found.push({ unit, metres: distanceM(spot, [fleet.lon[row]!, fleet.lat[row]!]) });
  }
  return found.sort((a, b) => a.metres - b.metres).slice(0, NEAREST).map(({ unit }) => unit);
}

function rowOf(unit: Unit, spot: Spot | null, { fleet, nowMs }: Listed, ordered: boolean): ListRow {
  const at = fleet.at(unit.handle, nowMs);
  const here: Spot | null = at && [at.lon, at.lat];
  return {
    key: `unit-${unit.id}`, kind: 'unit', unit, ordered, ageS: at?.ageS ?? null,
    metres: spot && here ? distanceM(spot, here) : null, eighth: spot && here ? eighth(bearingDeg(spot, here)) : 0,
  };
}
