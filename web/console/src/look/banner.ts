// What may be done about an alert straight from the banner. Each act is about the alert that stood there when it was pressed: by the
// time the server answers, another may stand in its place.

import { opening } from '../broadcasts/opening.svelte';
import type { Noticeable } from '../core/alerts';
import type { Incident } from '../core/types';
import type { Seat } from '../seat/seat.svelte';
import type { Asking } from './asking.svelte';

/** What a page that dispatches lends the banner: forms, its own way to select, its map. */
export interface Dispatching {
  asking: Asking;
  choose(what: { incident?: string | null; unit?: string | null }): void;
  map: { go(lon: number, lat: number): void } | null;
}

/** The press of a call point that nobody has answered: its newest report; null when nothing rings. */
export function ringingPress({ press, alarms }: Pick<Incident, 'press' | 'alarms'>): Incident['alarms'][number] | null {
  if (!press || !['ringing', 'unanswered'].includes(press.state)) return null;
  return alarms.findLast((alarm) => alarm.source === 'call_point') ?? null;
}

/** Look at what sounds; that one is acknowledged with it, and no other. */
export function openAlert(seat: Pick<Seat, 'alerts' | 'select'> & Partial<Pick<Seat, 'duty'>>, one: Noticeable, desk?: Dispatching): void {
  const { emergency, incident, call, broadcast, unit, shortfall } = one;
  if (shortfall && seat.duty) seat.duty.asked = true;
  if (broadcast) opening.show(broadcast.id);
  const choose = desk ? desk.choose.bind(desk) : seat.select.bind(seat);
  const incidentId = incident?.id ?? emergency?.incident_id ?? call?.incident_id;
  const unitId = emergency?.unit_id ?? unit?.id;
  if (unitId || incidentId) choose({ ...(unitId ? { unit: unitId } : {}), ...(incidentId ? { incident: incidentId } : {}) });
  if (emergency?.fix) desk?.map?.go(emergency.fix.lon, emergency.fix.lat);
  seat.alerts.acknowledge([one.key]);
}

/** Say what was heard over the talk link of a call point: somebody spoke, or nobody did. Then on to its incident. */
export async function answerPress(seat: Pick<Seat, 'alerts' | 'select' | 'act'> & Partial<Pick<Seat, 'duty'>>, one: Noticeable, outcome: 'spoken' | 'silent', desk?: Dispatching): Promise<void> {
  const alarm = one.incident && ringingPress(one.incident);
  if (alarm && (await seat.act(`/alarms/${alarm.id}/answer`, { outcome }))) openAlert(seat, one, desk);
}
