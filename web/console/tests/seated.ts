// A dispatcher's seat without a page or a server: what it asks lies there until the test answers it.

import { Alerts } from '../src/core/alerts';
import type { Proposal } from '../src/core/plan';
import type { Incident, Unit } from '../src/core/types';
import type { Seat } from '../src/seat/seat.svelte';
import { Toasts } from '../src/seat/toasts.svelte';

/** What a server would say, told when the test wants. */
export class Later<T> {
  tell!: (value: T) => void;
  fail!: (error: unknown) => void;
  readonly promise = new Promise<T>((tell, fail) => { [this.tell, this.fail] = [tell, fail]; });
}
/** Everything that was waiting to go on has gone on. */
export const settled = (): Promise<void> => new Promise((done) => { setTimeout(done); });

export const incident = (id: string, more: object = {}): Incident => ({
  id, number: `J-${id}`, state: 'received', priority: 2, version: 1, room: 'r', proposed_room: null, place: { lon: 1, lat: 2 }, type_reported: 't', type_verified: null, command: { room: 'r' },
  assignments: [], alarms: [], alerts: [], absorbed: [], raised: [], backups: [], plans: [], tasks_standing: 0, standing_facts: [], ...more,
}) as unknown as Incident;
const row = (id: string): object => ({ unit_id: id, call_sign: `巡${id}`, state: 'available' });
export const proposal = (...ids: string[]): Proposal => ({ id: 'p', computed_at: new Date().toISOString(), waves: [ids.map(row)], passed_over: [], shortfalls: [] }) as unknown as Proposal;

export function seated(...incidents: Incident[]) {
  const asked: { path: string; body: unknown; later: Later<never> }[] = [];
  const ask = (path: string, body: unknown = {}): Promise<never> => {
    const later = new Later<never>();
    asked.push({ path, body, later });
    return later.promise;
  };
  const units = new Map(['1', '2', '3', '4'].map((id) => [id, { id, call_sign: `巡${id}`, state: 'available', incident_id: null } as unknown as Unit]));
  const toasts = new Toasts();
  const seat = {
    picture: { incidents: new Map(incidents.map((one) => [one.id, one])), units, newest: '' }, reference: { roomName: (id: string) => id, rooms: new Map(), results: () => [] }, toasts, alerts: new Alerts(),
    session: { roles: ['dispatcher'], room_id: 'r' }, incidentId: null as string | null, unitId: null as string | null, changed: 0, beat: 0, may: () => true, now: () => Date.now(),
    api: { get: ask, act: ask, change: (_: string, path: string, body: unknown) => ask(path, body) },
    act: (path: string, body?: unknown) => ask(path, body).catch((error: Error) => { toasts.bad(error.message); return null; }), amend: (one: Incident, body: unknown) => ask(`${one.id}@${one.version}`, body),
    select(what: { incident?: string | null; unit?: string | null }) { if (what.incident !== undefined) this.incidentId = what.incident; if (what.unit !== undefined) this.unitId = what.unit; },
  };
  return { seat: seat as typeof seat & Seat, asked, told: () => toasts.shown.map(({ text }) => text), now: (one: Incident) => seat.picture.incidents.set(one.id, one) };
}
