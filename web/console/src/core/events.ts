// Planned events 安保任务 as a seat looks at them: which list one is in, how a post stands just now, what may be done. Pure.

import { mayIn } from './acts';
import type { components } from './schema';

type Shapes = components['schemas'];
export type PlannedEvent = Shapes['EventShown'];
export type Post = Shapes['EventPostShown'];
export type LogRow = Shapes['EventLogRow'];

export const LISTS = ['awaiting', 'running', 'coming', 'written', 'past'] as const;
export type List = (typeof LISTS)[number];

const LIST_OF: Readonly<Record<string, List>> = {
  submitted: 'awaiting', running: 'running', approved: 'coming', draft: 'written', returned: 'written', ended: 'past', summed_up: 'past', cancelled: 'past',
};

/** The list it stands in. One that ended and is not summed up is still something to be done. */
export const listOf = (event: Pick<PlannedEvent, 'state'>): List => LIST_OF[event.state] ?? 'past';

/** In the order they are worked on: what runs or comes, the soonest first; what is over, the latest first. */
export function inOrder(events: Iterable<PlannedEvent>): [List, PlannedEvent[]][] {
  const found = new Map<List, PlannedEvent[]>(LISTS.map((list) => [list, []]));
  for (const event of events) found.get(listOf(event))!.push(event);
  for (const [list, some] of found) some.sort((a, b) => (list === 'past' ? -1 : 1) * a.starts_at.localeCompare(b.starts_at) || a.id.localeCompare(b.id));
  return [...found];
}

/** gone: withdrawn or relieved; there: checked in; over: checked in, and its time has passed; late: due and not there. */
export type Manning = 'planned' | 'late' | 'there' | 'over' | 'relieved' | 'withdrawn' | 'freed';
export const LATE_MS = 5 * 60_000;

/** How a post stands. Nothing is late before the event runs, nobody is free before somebody says so. */
export function manning(event: Pick<PlannedEvent, 'state'>, post: Post, nowMs: number): Manning {
  if (post.withdrawn_at) return 'withdrawn';
  if (post.relieved_at) return 'relieved';
  if (['ended', 'summed_up', 'cancelled'].includes(event.state)) return 'freed';
  if (post.checked_in_at) return Date.parse(post.ends_at) <= nowMs ? 'over' : 'there';
  return event.state === 'running' && Date.parse(post.starts_at) <= nowMs ? 'late' : 'planned';
}

/** Whether its unit still belongs to it. */
export const stands = (post: Post): boolean => !post.withdrawn_at && !post.relieved_at;

/** How long it is missed already, s; below zero: how long until its report time. */
export const missedS = (post: Post, nowMs: number): number => (nowMs - Date.parse(post.starts_at)) / 1000;

export interface Manned {
  posts: number;
  there: number;
  late: number;
}

/** Of the posts that count now: how many there are, checked in, missing. */
export function manned(event: PlannedEvent, nowMs: number): Manned {
  const all = event.posts.map((post) => manning(event, post, nowMs)).filter((one) => !['relieved', 'withdrawn'].includes(one));
  return { posts: all.length, there: all.filter((one) => one === 'there' || one === 'over').length, late: all.filter((one) => one === 'late').length };
}

/** Who sits here, as far as acts on an event ask. lineage: of the room that owns it, itself first. */
export interface Asking {
  principal: string;
  roles: readonly string[];
  room: string | null;
  rooms: readonly string[];
  lineage: readonly string[];
}

const ABOVE = new Set(['approve', 'return']);
const OWNERS = new Set(['amend', 'submit', 'cancel']);

/** Whether an act can succeed from here. The server has the last word. */
export function mayDo(act: string, event: PlannedEvent, who: Asking): boolean {
  if (!mayIn(`event.${act}`, who.roles, event.state)) return false;
  if (ABOVE.has(act)) {
    return who.room !== null && approvers(who).includes(who.room) && !(act === 'approve' && event.submitted_by === who.principal);
  }
  if (who.rooms.includes(event.room)) return true;
  return !OWNERS.has(act) && who.rooms.includes(event.command.room) && !['draft', 'returned'].includes(event.state);
}

/** What it comes to next, and who is to do that, as this seat is to read it. */
export type Next = 'write' | 'mend' | 'yours' | 'own' | 'awaits' | 'starts' | 'running' | 'past_end' | 'sum_up' | 'leader' | null;

/** The server has the last word here as well. */
export function nextOf(event: PlannedEvent, who: Asking, nowMs: number): Next {
  if (event.state === 'draft') return 'write';
  if (event.state === 'returned') return 'mend';
  if (event.state === 'submitted') return mayDo('approve', event, who) ? 'yours' : event.submitted_by === who.principal ? 'own' : 'awaits';
  if (event.state === 'approved') return 'starts';
  if (event.state === 'running') return Date.parse(event.ends_at) <= nowMs ? 'past_end' : 'running';
  if (event.state === 'ended') return mayDo('sum_up', event, who) ? 'sum_up' : 'leader';
  return null;
}

/** The rooms whose leaders approve it: those above its owner; of the city's own, itself. */
export const approvers = (who: Asking): readonly string[] => (who.lineage.length > 1 ? who.lineage.slice(1) : who.lineage);

export type Phase = PlannedEvent['phases'][number];

/** How a phase stands at a moment. */
export const phaseAt = (phase: Phase, nowMs: number): 'past' | 'now' | 'ahead' => (Date.parse(phase.ends_at) <= nowMs ? 'past' : Date.parse(phase.starts_at) <= nowMs ? 'now' : 'ahead');

/** Phases in the order of time, each under a key of its own: two may have one name and begin at once. */
export const phaseRows = (phases: readonly Phase[], nowMs: number) => [...phases].sort((a, b) => a.starts_at.localeCompare(b.starts_at)).map((phase, n) => ({ key: phase.id ?? n, phase, how: phaseAt(phase, nowMs) }));

/** Whether these are the same phases, in the same order. */
export const samePhases = (some: readonly Phase[], others: readonly Phase[]): boolean =>
  some.length === others.length && some.every((one, n) => (['id', 'name', 'starts_at', 'ends_at'] as const).every((part) => (one[part] ?? null) === (others[n]![part] ?? null)));

/** Posts that stand and that something speaks against. */
export const troubled = (event: PlannedEvent): Post[] => event.posts.filter((post) => stands(post) && post.conflicts.length > 0);

/** Where else a unit stands at that time: the event and the post that stand in the way. */
export function elsewhere(events: Iterable<PlannedEvent>, unitId: string, from: string, to: string): { event: PlannedEvent; post: Post } | null {
  for (const event of events) {
    if (['ended', 'summed_up', 'cancelled'].includes(event.state)) continue;
    const post = event.posts.find((one) => one.unit_id === unitId && stands(one) && one.starts_at < to && from < one.ends_at);
    if (post) return { event, post };
  }
  return null;
}

/** The post of a running event that a unit belongs to just now: from its report time until a person frees it; a real one first. */
export function postOf(events: Iterable<PlannedEvent>, unitId: string, nowMs: number): { event: PlannedEvent; post: Post } | null {
  const found = [...events].filter((event) => event.state === 'running').flatMap((event) => event.posts.filter((post) => post.unit_id === unitId && stands(post) && Date.parse(post.starts_at) <= nowMs).map((post) => ({ event, post })));
  return found.sort((a, b) => Number(a.event.exercise) - Number(b.event.exercise) || b.post.starts_at.localeCompare(a.post.starts_at))[0] ?? null;
}

type Spot = readonly [lon: number, lat: number];

/** What was drawn as GeoJSON: three corners and more an area, two a route where a route is meant; null: not yet anything. */
export function drawn(corners: readonly Spot[], kind: 'area' | 'route'): { type: string; coordinates: unknown } | null {
  if (kind === 'route') return corners.length > 1 ? { type: 'LineString', coordinates: corners } : null;
  return corners.length > 2 ? { type: 'Polygon', coordinates: [[...corners, corners[0]!]] } : null;
}

/** A geometry out of what was pasted: itself, a Feature, or the only one of a collection. Throws with what is wrong, in English. */
export function pasted(text: string): { type: string; coordinates: unknown } {
  let value = JSON.parse(text) as Record<string, unknown> | null;
  if (value?.['type'] === 'FeatureCollection') {
    const features = value['features'] as Record<string, unknown>[] | undefined;
    if (features?.length !== 1) throw new Error(`one feature is wanted, not ${features?.length ?? 0}`);
    value = features[0]!;
  }
  if (value?.['type'] === 'Feature') value = value['geometry'] as Record<string, unknown> | null;
  if (!value || !Array.isArray(value['coordinates'])) throw new Error('no geometry');
  return value as { type: string; coordinates: unknown };
}

/** Somewhere to look at when it is chosen: the middle of all its corners. */
export function middleOf(area: { coordinates?: unknown }): [number, number] | null {
  const spots: [number, number][] = [];
  const gather = (part: unknown): void => {
    if (!Array.isArray(part)) return;
    if (typeof part[0] === 'number') spots.push([part[0], Number(part[1])]);
    else part.forEach(gather);
  };
  gather(area.coordinates);
  if (!spots.length) return null;
  const edges = [0, 1].map((n) => spots.map((spot) => spot[n]!)).map((all) => (Math.min(...all) + Math.max(...all)) / 2);
  return [edges[0]!, edges[1]!];
}

const two = (n: number): string => String(n).padStart(2, '0');

/** A moment for a field `datetime-local`, on the clock of this machine. */
export function localText(iso: string): string {
  const at = new Date(iso);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** And back; null for what is no moment. */
export function isoOf(local: string): string | null {
  const at = new Date(local);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}

/** `18:30` on the day of a moment, or the day after when that would lie before it; `05-02 18:30` on that day. null: no time of day. */
export function onDayOf(iso: string, clock: string): string | null {
  const told = /^(?:(\d{1,2})-(\d{1,2})\s+)?(\d{1,2}):(\d{2})$/.exec(clock.trim());
  if (!told || Number(told[3]) > 23 || Number(told[4]) > 59) return null;
  const from = new Date(iso);
  const at = new Date(from);
  if (told[1]) at.setMonth(Number(told[1]) - 1, Number(told[2]));
  at.setHours(Number(told[3]), Number(told[4]), 0, 0);
  if (told[1]) return at.getMonth() === Number(told[1]) - 1 ? at.toISOString() : null;
  if (at.getTime() < from.getTime() - 12 * 3_600_000) at.setDate(at.getDate() + 1);
  return at.toISOString();
}
