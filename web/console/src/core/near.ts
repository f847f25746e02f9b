// Which other open incidents may be the same: close by, of the same kind, at about the same time. A hint for people, who merge or
// don't; the server ranks likely duplicates of new alarms by itself. Pure.

import { distanceM } from './away';
import { clockOf, laneOf } from './order';
import type { Incident } from './types';

export interface Near {
  incident: Incident;
  metres: number;
  minutes: number;
  sameType: boolean;
}

const WITHIN_M = 300;
const SAME_TYPE_M = 600;
const WITHIN_MS = 60 * 60_000;
const MOST = 3;
const FAR_DEG = (1.1 * SAME_TYPE_M) / 111_000; // of latitude; tells most of a city apart without any trigonometry

export function nearOf(of: Incident, all: Iterable<Incident>): Near[] {
  const here = of.place;
  if (here?.lon == null || here.lat == null) return [];
  const kind = (one: Incident): string => (one.type_verified ?? one.type_reported ?? '').slice(0, 2);
  const found: Near[] = [];
  for (const incident of all) {
    const there = incident.place;
    if (incident.id === of.id || there?.lon == null || there.lat == null || Math.abs(there.lat - here.lat) > FAR_DEG) continue;
    const apartMs = Math.abs(clockOf(incident) - clockOf(of));
    if (apartMs > WITHIN_MS || laneOf(incident) === 'settling' || incident.exercise !== of.exercise) continue;
    const metres = distanceM({ lon: here.lon, lat: here.lat }, { lon: there.lon, lat: there.lat });
    const sameType = Boolean(kind(of)) && kind(incident) === kind(of);
    if (metres <= (sameType ? SAME_TYPE_M : WITHIN_M)) found.push({ incident, metres, minutes: Math.round(apartMs / 60_000), sameType });
  }
  return found.sort((a, b) => Number(b.sameType) - Number(a.sameType) || a.metres - b.metres).slice(0, MOST);
}
