import { describe, expect, it } from 'vitest';
import { covers, noticeable, seenOf, type Noticeable } from '../src/core/alerts';
import { Picture } from '../src/core/picture';
import { backlogOf, overdue } from '../src/core/backlog';
import { nextLookMs, raisedTo, roomRows, shortRoom, standingOf } from '../src/core/room';
import type { Incident, Unit } from '../src/core/types';
import { enlarged, freeByRoom, wallRows } from '../src/pages/wall/wall';
import { incident as base } from './seated';

const AT = '2026-11-30T06:00:00.000Z';
const incident = (id: string, more: object = {}): Incident => base(id, { times: { ringing: AT }, opened_at: AT, agency_requests: [], waiting: null, ...more });
const raised = (room: string, mode: string, more: object = {}) => ({ room, mode, at: AT, owner: null, noticed_at: null, checked_at: null, ...more });

describe('what a command room looks at', () => {
  it('is what was raised and nobody took up, then what is followed, then P1 and P2', () => {
    const rows = roomRows([
      incident('routine', { priority: 3 }), incident('p1', { priority: 1 }), incident('followed', { priority: 3, raised: [raised('c', 'monitor', { owner: 'user:a', checked_at: AT })] }),
      incident('raised', { priority: 4, raised: [raised('c', 'share')] }), incident('elsewhere', { priority: 4, raised: [raised('x', 'take')] }),
    ], new Set(['c']));
    expect(rows.map(({ key, lane }) => [key, lane])).toEqual([['raised', 'raised'], ['followed', 'followed'], ['p1', 'pressing']]);
  });

  it('names the furthest that one of its rooms was drawn in, and when to look in again', () => {
    const one = incident('1', { priority: 1, raised: [raised('c', 'monitor'), raised('d', 'take', { owner: 'user:a', checked_at: AT })] });
    const how = raisedTo(one, new Set(['c', 'd']));
    expect(how?.room).toBe('d');
    expect(nextLookMs(one, how)).toBe(Date.parse(AT) + 600_000);
    expect(nextLookMs(one, raisedTo(one, new Set(['c'])))).toBeNull();
  });

  it('counts the whole room by what waits, who is free and the oldest P1', () => {
    const units = [{ state: 'available', kind: 'car' }, { state: 'on_scene', kind: 'car' }, { state: 'off_duty', kind: 'foot' }] as Unit[];
    const all = standingOf([incident('1', { priority: 1 }), incident('2', { state: 'on_scene' })], units);
    expect([all.open, all.p1, all.backlog.waiting, all.free, all.on, all.oldestP1Ms]).toEqual([2, 1, 1, 1, 2, Date.parse(AT)]);
    expect([...all.kinds]).toEqual([['car', { free: 1, on: 2 }]]);
  });

  it('counts as overdue what fell due and, from its moment on, what nobody looked after in time', () => {
    const waits = (id: string, until: string): Incident => incident(id, { waiting: { until } as Incident['waiting'] });
    const due = incident('3', { alerts: [{ rule: 'r' }, { rule: 'r', room: 'a' }] as Incident['alerts'] });
    const backlog = backlogOf([waits('1', '2026-01-01T00:00:10Z'), waits('2', '2026-01-01T00:00:20Z'), due, incident('4')]);
    const at = (time: string): number => overdue(backlog, Date.parse(time));
    expect([at('2026-01-01T00:00:00Z'), at('2026-01-01T00:00:15Z'), at('2026-01-01T00:00:20Z'), at('2026-01-01T00:00:21Z')]).toEqual([1, 2, 2, 3]);
  });
});

describe('a wall', () => {
  it('shows every P1 however many there are, and says how many P2 found no room', () => {
    const many = [...Array.from({ length: 30 }, (_, n) => incident(`p1-${n}`, { priority: 1 })), ...Array.from({ length: 9 }, (_, n) => incident(`p2-${n}`))];
    const shown = wallRows(many);
    expect(shown.rows.filter((one) => one.priority === 1)).toHaveLength(30);
    expect([shown.left, shown.fit]).toEqual([9, 'small']);
    expect(wallRows(many.slice(31))).toMatchObject({ left: 0, fit: 'big' });
  });

  it('counts free units by their room, the barest first', () => {
    const rooms = new Map(['a', 'b'].map((id) => [id, { id, code: id, lineage: [id] }]));
    const units = [['a', 'available'], ['a', 'available'], ['b', 'on_scene'], ['b', 'off_duty'], ['gone', 'available']].map(([room, state]) => ({ room, state })) as Unit[];
    expect(freeByRoom(units, { rooms } as never).map(({ room, free, on }) => [room.id, free, on])).toEqual([['b', 0, 1], ['a', 2, 2]]);
  });

  it('puts the room that is drained before the one that is small and whole', () => {
    const rooms = new Map(['a', 'b'].map((id) => [id, { id, code: id, lineage: [id] }]));
    const units = [['a', 'available'], ['b', 'available'], ['b', 'on_scene'], ['b', 'en_route']].map(([room, state]) => ({ room, state })) as Unit[];
    expect(freeByRoom(units, { rooms } as never).map(({ room }) => room.id)).toEqual(['b', 'a']);
  });

  it('calls rooms by what tells them apart', () => {
    expect(['云渡派出所勤务指挥室', '东屿分局指挥室', '榕海市公安局指挥中心', 'Harbour Station Command Room', 'Ronghai Command Centre'].map(shortRoom))
      .toEqual(['云渡派出所', '东屿分局', '榕海市公安局指挥中心', 'Harbour Station', 'Ronghai Command Centre']);
  });

  it('enlarges the map with the screen, by its narrower measure, and never shrinks it', () => {
    expect([enlarged(1240, 620), enlarged(3840, 2160) / enlarged(1920, 1080), enlarged(640, 2000)]).toEqual([1, 2, 1]);
  });
});

describe('who covers', () => {
  const ears = { principal: 'user:a', rooms: ['r'], below: ['r'], own: 'r', seat: 's1' };
  const seat = (by: object | null) => ({ id: 's2', code: 'D-2', room_id: 'r', version: 1, state: 'away', covered_by: by }) as never;

  it('hears of it at the named seat or in the named room, whatever it was left for, and nobody else does', () => {
    for (const because of ['signed_off', 'no_link', 'break', 'away', 'cover_gone']) expect(covers(seat({ seat_id: 's1', room_id: null, since: AT, because }), ears)).toBe(true);
    expect(covers(seat({ seat_id: null, room_id: 'r', since: AT, because: 'no_link' }), ears)).toBe(true);
    expect(covers(seat({ seat_id: 's3', room_id: null, since: AT, because: 'no_link' }), ears)).toBe(false);
    expect(covers(seat(null), ears)).toBe(false);
  });

  it('notices it once for each time, also where only calls are taken', () => {
    const picture = new Picture();
    picture.lists.get('seat')!.set('s2', seat({ seat_id: 's1', room_id: null, since: AT, because: 'no_link' }));
    expect(noticeable(picture, null, ears).map(({ key, level }) => [key, level])).toEqual([[`cover:s2:${AT}`, 1]]);
    expect(noticeable(picture, { principal: 'user:a' }, ears)).toHaveLength(1);
  });

  it('hears in its own room, and above it while nobody answers there, that too few units are free, and opens the duty level', () => {
    const picture = new Picture();
    const alert = { rule: 'short_of_units', id: 'f1', noun: 'shortfall', since: AT, fired_at: AT, room: 'n', noticed_by: [], what: '', on: '' };
    picture.lists.get('shortfall')!.set('f1', { id: 'f1', version: 1, state: 'stands', room: 'n', alerts: [alert] } as never);
    const own = { ...ears, rooms: ['n'], below: [], own: 'n' };
    const [one] = noticeable(picture, null, own);
    expect([one!.key, one!.level]).toEqual([`f1:short_of_units:${AT}`, 2]);
    expect(noticeable(picture, { principal: 'user:a' }, own)).toEqual([]);
    const above = { ...ears, rooms: ['c'], below: ['n'], own: 'c' };
    expect(noticeable(picture, null, above)).toHaveLength(1);
    picture.lists.get('seat')!.set('s9', { id: 's9', room_id: 'n', version: 1, state: 'ready', covered_by: null } as never);
    expect(noticeable(picture, null, above)).toEqual([]);
    expect([...seenOf([one!])]).toEqual([['/shortfalls/f1/notice', {}]]);
  });

  it('tells the server that a hand-over was seen to have run out', () => {
    const seen = [{ key: 'h', level: 2, handover: { id: 'h1', state: 'abandoned' } }] as unknown as Noticeable[];
    expect([...seenOf(seen)]).toEqual([['/hand-overs/h1/see', {}]]);
  });
});
