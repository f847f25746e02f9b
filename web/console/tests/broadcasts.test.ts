// Promise: lamps only rise, what waits for this seat stands first, what is over pops up nowhere, and typing asks once and keeps nothing.

import { describe, expect, it, vi } from 'vitest';
import type { Geometry, Polygon } from 'geojson';
import { askedOf, draftsOf, outlineOf, radiusOf, type AreaDraft } from '../src/broadcasts/areas';
import { audienceOf, blank, unitsNamed } from '../src/broadcasts/draft';
import { Drawing } from '../src/broadcasts/drawing.svelte';
import { isActive, lit, owes, sorted, unreadOf } from '../src/broadcasts/lamps';
import { Looking } from '../src/broadcasts/looking.svelte';
import { Alerts, noticeable } from '../src/core/alerts';
import { actOf } from '../src/core/commands/acts';
import { read, type World } from '../src/core/commands/read';
import { Picture } from '../src/core/picture';
import type { Broadcast, BroadcastLamp, FeedEvent, Match, Snapshot, Unit } from '../src/core/types';

const NOW = Date.parse('2026-05-01T08:00:00Z');
const broadcast = (id: string, more: object = {}): Broadcast => ({
  id, version: 2, state: 'active', urgent: false, kind: 'call', room: 'city', scope_room: 'city', expires_at: '2026-05-01T09:00:00Z', alerts: [], spottings: [],
  times: { called: '2026-05-01T07:59:00Z' }, rooms: [{ room_id: 'north', read_at: null, read_by: null }], counts: { recipients: 3, delivered: 1, read: 0 }, ...more,
}) as unknown as Broadcast;
const lamp = (party: string, read: number, more: object = {}): BroadcastLamp => ({
  id: `l-${party}`, version: 1, broadcast_id: 'a', party_id: party, party: party === 'north' ? 'room' : 'unit', delivered_at: 'x', read_at: 'x', read_by: 'me',
  counts: { recipients: 3, delivered: read, read }, ...more,
}) as unknown as BroadcastLamp;

describe('lamps', () => {
  it('only rise, whichever comes first', () => {
    const both = lit(lit(broadcast('a'), lamp('u2', 2)), lamp('u1', 1));
    expect(both.counts).toEqual({ recipients: 3, delivered: 2, read: 2 });
    expect(lit(both, lamp('north', 3)).rooms).toEqual([{ room_id: 'north', read_at: 'x', read_by: 'me' }]);
  });

  it('reach the broadcast through the feed', () => {
    const picture = new Picture();
    picture.load({ seq: 1, at: '', room: 'r', incidents: [], units: [], broadcasts: [broadcast('a')] } as unknown as Snapshot, 0);
    picture.apply({ seq: 2, prev: 1, at: '', noun: 'broadcast_lamp', id: 'l-north', version: 1, fact: 'read', now: lamp('north', 1) } as unknown as FeedEvent, 0);
    expect(picture.broadcasts.get('a')?.counts.read).toBe(1);
    expect(owes(picture.broadcasts.get('a')!, ['north'])).toBe(false);
  });
});

describe('a list', () => {
  it('puts first what waits for this seat and last what is over', () => {
    const all = [broadcast('over', { state: 'expired' }), broadcast('plain', { rooms: [] }), broadcast('urgent', { urgent: true, rooms: [] }), broadcast('owed'), broadcast('asked', { state: 'proposed' })];
    expect(sorted(all, ['north'], NOW).map((one) => one.id)).toEqual(['asked', 'owed', 'urgent', 'plain', 'over']);
  });

  it('knows that one is over before the server has said so', () => {
    expect([isActive(broadcast('a'), NOW), isActive(broadcast('a'), NOW + 3_600_001)]).toEqual([true, false]);
  });

  it('shows a crew what it has not read, and not what it has just pressed', () => {
    const all = [broadcast('a'), broadcast('b', { urgent: true }), broadcast('c'), broadcast('d', { state: 'cancelled' })];
    expect(unreadOf(all, [lamp('me', 1)], 'me', new Set(['c']), NOW).map((one) => one.id)).toEqual(['b']);
    expect(unreadOf(all, [lamp('other', 1)], 'me', new Set(), NOW).map((one) => one.id)).toEqual(['b', 'a', 'c']);
  });
});

describe('an alert', () => {
  const ears = { principal: 'me', rooms: ['north'], below: ['north'] };
  const of = (one: Broadcast, who = ears) => {
    const picture = new Picture();
    picture.load({ seq: 1, at: '', room: 'r', incidents: [], units: [], broadcasts: [one] } as unknown as Snapshot, 0);
    return noticeable(picture, null, who).map(({ level, key }) => [level, key]);
  };
  it('sounds until the room has read it, anew when it is called again, and never of what is over', () => {
    expect(of(broadcast('a', { urgent: true }))).toEqual([[1, 'a:2026-05-01T07:59:00Z']]);
    expect(of(broadcast('a', { rooms: [{ room_id: 'north', read_at: 'x', read_by: 'y' }] }))).toEqual([]);
    expect(of(broadcast('a', { state: 'expired' }))).toEqual([]);
    expect(of(broadcast('a'), { ...ears, rooms: ['south'] })).toEqual([]);
  });
  it('tells who sent it where a mark was found, until that was seen', () => {
    const spot = { id: 's', noticed: false, source: 'note' };
    expect(of(broadcast('a', { rooms: [], spottings: [spot] }), { ...ears, rooms: ['city'] })).toEqual([[1, 's']]);
    expect(of(broadcast('a', { rooms: [], spottings: [spot] }))).toEqual([]);
    expect(of(broadcast('a', { rooms: [], spottings: [{ ...spot, noticed: true }] }), { ...ears, rooms: ['city'] })).toEqual([]);
  });
});

it('what was said to a room sounds for whoever sits down there later', () => {
  const picture = new Picture();
  picture.load({ seq: 1, at: '', room: 'r', incidents: [], units: [], broadcasts: [broadcast('a')] } as unknown as Snapshot, 0);
  const alerts = new Alerts();
  alerts.look(noticeable(picture, null, { principal: 'me', rooms: ['north'], below: [] }));
  expect(alerts.sounding.map(({ broadcast: one }) => one?.id)).toEqual(['a']);
});

describe('an audience', () => {
  const units = [{ id: 'u1', call_sign: '巡118', state: 'available' }, { id: 'u2', call_sign: '巡104', state: 'available' }] as unknown as Unit[];
  it('names units by call sign, and nobody while nobody is named', () => {
    expect(unitsNamed('118，巡104 999', units)).toEqual({ units, unknown: ['999'] });
    expect(audienceOf(blank(null), units)).toBeNull();
    expect(audienceOf({ ...blank('r'), units: '118' }, units)).toMatchObject({ rooms: ['r'], units: ['u1'], to_rooms: true, to_units: true });
    const square: Geometry = { type: 'Polygon', coordinates: [[[0, 0], [1, 0], [1, 1], [0, 0]]] };
    const areas: AreaDraft[] = [{ kind: 'ring', name: 'a', lon: 1, lat: 2, radiusM: 500 }, { kind: 'shape', name: 'b', geometry: square }];
    const asked = audienceOf({ ...blank(null), areas }, units)!;
    expect(asked).toMatchObject({ rooms: [], areas: [{ lon: 1, lat: 2, radius_m: 500 }, { geometry: square }] });
    expect(draftsOf(asked.areas!, String).map((one) => [one.kind, one.name])).toEqual([['ring', '1'], ['shape', '2']]);
  });

  it('that leaves out the middle of a ring still does when it is written anew', () => {
    const areas = [{ lon: 1, lat: 2, radius_m: 2_000, inner_m: 500 }] as unknown as Parameters<typeof draftsOf>[0];
    const [ring] = draftsOf(areas, String);
    expect(askedOf(ring!)).toMatchObject({ radius_m: 2_000, inner_m: 500 });
    expect((outlineOf(ring!) as Polygon).coordinates).toHaveLength(2);
  });
});

describe('a line', () => {
  const world: World = { units: [], incidents: [], rooms: [], newest: '', selected: null, selectedUnit: null, results: () => [] };
  it.each([['群呼全体注意', 'call', '全体注意'], ['布控 白色轿车', 'lookout', '白色轿车'], ['broadcast all units', 'call', 'all units'], ['bukong', 'lookout', '']])('%s opens the form', (line, kind, text) => {
    const reading = read(line, world);
    if (!('read' in reading)) throw new Error('not read');
    expect(reading.read.missing).toEqual([]);
    expect(actOf(reading.read, [])).toEqual({ write: kind, text });
  });
});

describe('looking while typing', () => {
  const match = (id: string): Match => ({ broadcast: broadcast(id), mark: 'plate', at: 0 }) as unknown as Match;
  it('asks once for what was typed last, and forgets it when it is gone', async () => {
    vi.useFakeTimers();
    const ask = vi.fn(async () => [match('a'), match('a'), match('b')]);
    const looking = new Looking(ask);
    for (const text of ['粤', '粤B', '粤B1', '粤B12345']) looking.look([text, '']);
    await vi.advanceTimersByTimeAsync(400);
    expect(ask.mock.calls).toEqual([[['粤B12345']]]);
    expect(looking.found.map((one) => one.broadcast.id)).toEqual(['a', 'b']);
    looking.hide('a');
    looking.look(['粤B12345 跑了']);
    await vi.advanceTimersByTimeAsync(400);
    expect(looking.found.map((one) => one.broadcast.id)).toEqual(['b']);
    looking.look(['']);
    expect(looking.found).toEqual([]);
    vi.useRealTimers();
  });
});

describe('an area', () => {
  it('is a radius as people type one', () => {
    expect(['800', '800米', '1.5 km', '2公里', '1,5km', '0', '-3', '101km', 'far', ''].map(radiusOf)).toEqual([800, 800, 1500, 2000, 1500, null, null, null, null, null]);
  });
  it('is drawn corner by corner, and is none before there are three', () => {
    const [taken, over] = [vi.fn(), vi.fn()];
    const drawing = new Drawing(taken, over);
    for (const [lon, lat] of [[0, 0], [1, 0], [5, 5]] as const) drawing.add(lon, lat);
    drawing.undo();
    expect(drawing.finish()).toBe(false);
    drawing.add(1, 1);
    expect(drawing.finish()).toBe(true);
    expect(taken).toHaveBeenCalledWith({ type: 'Polygon', coordinates: [[[0, 0], [1, 0], [1, 1], [0, 0]]] });
    expect(over).toHaveBeenCalledOnce();
  });
});
