// Promise: a post is late only while the event runs, nobody is free before somebody says so, and only what can succeed is offered.

import { describe, expect, it } from 'vitest';
import { approvers, drawn, elsewhere, inOrder, listOf, manned, manning, mayDo, middleOf, nextOf, onDayOf, pasted, phaseAt, phaseRows, troubled, type PlannedEvent, type Post } from '../src/core/events';
import type { EventsState } from '../src/pages/events/events.svelte';
import { EventForm } from '../src/pages/events/form.svelte';
import { PhasesForm } from '../src/pages/events/phases.svelte';

const NOW = Date.parse('2026-05-01T10:00:00Z');
const post = (more: Partial<Post> = {}): Post => ({
  id: 'p', unit_id: 'u', call_sign: '118', name: '一号门', lon: 114, lat: 22.5, starts_at: '2026-05-01T09:00:00Z', ends_at: '2026-05-01T12:00:00Z', relieves: null, phase_id: null, checked_in_at: null, checked_in_by: null,
  withdrawn_at: null, relieved_at: null, conflicts: [], ...more,
});
const event = (more: Partial<PlannedEvent> = {}): PlannedEvent => ({
  id: 'e', version: 1, state: 'running', name: '足球赛', room: 'north', command: { room: 'north', seat: null }, starts_at: '2026-05-01T09:00:00Z', ends_at: '2026-05-01T12:00:00Z', submitted_by: 'a', posts: [], ...more,
}) as unknown as PlannedEvent;
const who = { principal: 'b', roles: ['leader'], room: 'city', rooms: ['city', 'north'], lineage: ['north', 'city'] };

describe('a post', () => {
  it('is late from its report time on, while the event runs', () => {
    expect(manning(event(), post(), NOW)).toBe('late');
    expect(manning(event(), post({ starts_at: '2026-05-01T11:00:00Z' }), NOW)).toBe('planned');
    expect(manning(event({ state: 'approved' }), post(), NOW)).toBe('planned');
  });
  it('is held past its time until somebody relieves it', () => {
    const there = post({ checked_in_at: '2026-05-01T09:00:00Z' });
    expect(manning(event(), there, NOW)).toBe('there');
    expect(manning(event(), there, NOW + 10 * 3_600_000)).toBe('over');
    expect(manning(event({ state: 'ended' }), there, NOW)).toBe('freed');
  });
  it('counts once it is checked in, and not when it is gone', () => {
    const posts = [post(), post({ checked_in_at: '2026-05-01T09:00:00Z' }), post({ withdrawn_at: '2026-05-01T09:00:00Z' })];
    expect(manned(event({ posts }), NOW)).toEqual({ posts: 2, there: 1, late: 1 });
  });
});

describe('acts', () => {
  it('approve from above alone, and never what one submitted oneself', () => {
    const waiting = event({ state: 'submitted' });
    expect(mayDo('approve', waiting, who)).toBe(true);
    expect(mayDo('approve', waiting, { ...who, principal: 'a' })).toBe(false);
    expect(mayDo('approve', waiting, { ...who, room: 'north', rooms: ['north'] })).toBe(false);
    expect(mayDo('approve', event({ state: 'submitted', room: 'city' }), { ...who, lineage: ['city'] })).toBe(true);
  });
  it('are those of the rooms that own or command it', () => {
    const stranger = { ...who, room: 'south', rooms: ['south'] };
    expect(mayDo('end', event(), stranger)).toBe(false);
    expect(mayDo('end', event({ command: { room: 'south', seat: null } }), stranger)).toBe(true);
    expect(mayDo('cancel', event({ state: 'approved', command: { room: 'south', seat: null } }), stranger)).toBe(false);
  });
});

describe('lists and drawings', () => {
  it('hold each event once, the soonest first', () => {
    const all = [event({ id: 'b', starts_at: '2026-05-02T09:00:00Z' }), event({ id: 'a' }), event({ id: 'c', state: 'summed_up' })];
    expect(inOrder(all).flatMap(([, some]) => some.map((one) => one.id))).toEqual(['a', 'b', 'c']);
    expect(listOf(event({ state: 'returned' }))).toBe('written');
  });
  it('become an area at three points and a route at two', () => {
    expect(drawn([[0, 0], [1, 0]], 'area')).toBeNull();
    expect(drawn([[0, 0], [1, 0]], 'route')).toEqual({ type: 'LineString', coordinates: [[0, 0], [1, 0]] });
    expect(drawn([[0, 0], [1, 0], [1, 1]], 'area')?.coordinates).toEqual([[[0, 0], [1, 0], [1, 1], [0, 0]]]);
    expect(middleOf({ coordinates: [[[0, 0], [2, 0], [2, 4], [0, 0]]] })).toEqual([1, 2]);
  });
  it('are pasted bare, as a feature, or as the only one of a collection', () => {
    const bare = { type: 'Point', coordinates: [1, 2] };
    expect(pasted(JSON.stringify(bare))).toEqual(bare);
    expect(pasted(JSON.stringify({ type: 'FeatureCollection', features: [{ type: 'Feature', geometry: bare }] }))).toEqual(bare);
    expect(() => pasted('{"type": "FeatureCollection", "features": []}')).toThrow();
    expect(() => pasted('nothing')).toThrow();
  });
  it('read a time of day as the one that follows', () => {
    const from = new Date(2026, 4, 1, 20, 0).toISOString();
    expect(onDayOf(from, '21:30')).toBe(new Date(2026, 4, 1, 21, 30).toISOString());
    expect(onDayOf(from, '1:30')).toBe(new Date(2026, 4, 2, 1, 30).toISOString());
    expect(onDayOf(from, '25:00')).toBeNull();
    expect(onDayOf(from, '05-03 09:00')).toBe(new Date(2026, 4, 3, 9, 0).toISOString());
    expect(onDayOf(from, '02-30 09:00')).toBeNull();
  });
});

describe('what comes next', () => {
  it('says who is to do it, to each as it concerns them', () => {
    const waiting = event({ state: 'submitted' });
    expect(nextOf(waiting, who, NOW)).toBe('yours');
    expect(nextOf(waiting, { ...who, principal: 'a' }, NOW)).toBe('own');
    expect(nextOf(waiting, { ...who, room: 'north', rooms: ['north'] }, NOW)).toBe('awaits');
    expect([approvers(who), approvers({ ...who, lineage: ['city'] })]).toEqual([['city'], ['city']]);
    expect(nextOf(event(), who, NOW)).toBe('running');
    expect(nextOf(event(), who, NOW + 10 * 3_600_000)).toBe('past_end');
    expect([nextOf(event({ state: 'ended' }), who, NOW), nextOf(event({ state: 'ended' }), { ...who, roles: ['dispatcher'] }, NOW)]).toEqual(['sum_up', 'leader']);
  });
  it('follows the phases', () => {
    const phase = { id: null, name: '散场', starts_at: '2026-05-01T11:00:00Z', ends_at: '2026-05-01T12:00:00Z' };
    expect([0, 1.5, 2].map((hours) => phaseAt(phase, NOW + hours * 3_600_000))).toEqual(['ahead', 'now', 'past']);
  });
});

describe('what speaks against a post', () => {
  it('counts while it stands, and a unit elsewhere at that time is found before it is asked for', () => {
    const conflict = { key: 'post_off_duty', params: {}, zh: '未上岗', en: 'not on duty' };
    const posts = [post({ conflicts: [conflict] }), post({ id: 'gone', withdrawn_at: '2026-05-01T09:00:00Z', conflicts: [conflict] })];
    expect(troubled(event({ posts })).map(({ id }) => id)).toEqual(['p']);
    const all = [event({ posts: [post()] }), event({ id: 'over', state: 'ended', posts: [post({ unit_id: 'v' })] })];
    expect(elsewhere(all, 'u', '2026-05-01T11:00:00Z', '2026-05-01T15:00:00Z')?.post.id).toBe('p');
    expect(elsewhere(all, 'u', '2026-05-01T12:00:00Z', '2026-05-01T15:00:00Z')).toBeNull();
    expect(elsewhere(all, 'v', '2026-05-01T09:00:00Z', '2026-05-01T15:00:00Z')).toBeNull();
  });
});

describe('phases', () => {
  const phase = (id: string | null, name: string, from: number, to: number): PlannedEvent['phases'][number] => ({ id, name, starts_at: new Date(NOW + from * 3_600_000).toISOString(), ends_at: new Date(NOW + to * 3_600_000).toISOString() });
  const [first, last] = [phase('1', '比赛', .5, 1), phase('2', '散场', 1, 2)];

  /** The first of two phases is given another name while the event became this one meanwhile. */
  async function renamed(live: Partial<PlannedEvent>) {
    const sent: { body: { phases: { id?: string; name: string }[] }; version: string }[] = [];
    const before = event({ version: 4, phases: [first, last] });
    const change = (_: string, __: string, body: (typeof sent)[number]['body'], version: string): Promise<void> => { sent.push({ body, version }); return Promise.resolve(); };
    const page = { seat: { now: () => NOW, picture: { events: new Map([['e', { ...before, ...live }]]) }, api: { change } }, shut: () => {} };
    const form = new PhasesForm(page as unknown as EventsState, before);
    form.phases.rows[0]!.name = '上半场';
    await form.keep();
    return { sent, refused: form.refused };
  }

  it('are not kept over what somebody else has taken out, added, put in its place or shifted', async () => {
    const shifted = { ...last, ends_at: first.ends_at };
    for (const phases of [[first], [first, last, phase('3', '颁奖', 2, 2)], [first, { ...last, id: '9' }], [first, shifted], []]) {
      const { sent, refused } = await renamed({ version: 5, phases });
      expect(sent).toEqual([]);
      expect(refused).toMatch(/他人刚刚修改|Somebody else/);
    }
  });
  it('are kept on the newest version where only something else has changed', async () => {
    const { sent, refused } = await renamed({ version: 5, phases: [{ ...first }, { ...last }], name: '决赛' });
    expect(refused).toBe('');
    expect(sent.map(({ version, body }) => [version, body.phases.map(({ id, name }) => [id, name])])).toEqual([['"5"', [['1', '上半场'], ['2', '散场']]]]);
  });
  it('and the rest of a draft are not kept over what somebody else has written, and why is said', async () => {
    const before = event({ state: 'draft', version: 4, phases: [], command: { room: 'north', seat: null }, area: { type: 'LineString', coordinates: [[0, 0], [1, 0]] } });
    const page = { seat: { now: () => NOW, picture: { events: new Map([['e', { ...before, version: 5 }]]) }, api: { change: () => Promise.resolve() } }, shut: () => { throw new Error('kept'); } };
    const form = new EventForm(page as unknown as EventsState, before);
    await form.keep();
    expect(form.refused).toMatch(/原任务已变化|changed meanwhile/);
  });
  it('have each a key of its own, though two have one name and begin at once', () => {
    for (const alike of [[first, { ...first, id: '3' }, last], [{ ...first, id: null }, { ...first, id: null }]]) {
      const rows = phaseRows(alike, NOW);
      expect(new Set(rows.map(({ key }) => key)).size).toBe(alike.length);
    }
    expect(phaseRows([last, first], NOW).map(({ phase: { name } }) => name)).toEqual(['比赛', '散场']);
  });
});
