// Promise: what is laid on the map says what it says beside it, and stands in a list as well.

import { describe, expect, it } from 'vitest';
import { Fleet } from '../src/core/fleet';
import type { CallPoint } from '../src/core/reference';
import type { Assignment, Incident, Unit } from '../src/core/types';
import { tailOf, tailsOf } from '../src/map/arrivals';
import { callPointAt, pressedOf } from '../src/map/call_points';
import { closureText, nameSpot } from '../src/map/closures';
import { squares } from '../src/map/heat';
import { pinsAndDots, pinsAt } from '../src/map/incidents';
import { listRows } from '../src/map/list';
import { projector, type View } from '../src/map/mercator';
import { add, beneath, fill, point, Same, turn } from '../src/map/overlay';
import { keepSwitches, readSwitches, STANDARD } from '../src/map/switches';
import { drawn, Track } from '../src/map/track';

const NOW = Date.parse('2026-05-01T08:00:00Z');
const VIEW: View = { lon: 114, lat: 22.5, zoom: 14, width: 1000, height: 800, bearing: 0 };
const incident = (more: Partial<Incident>): Incident => ({
  id: 'a', number: '20260501-0001', state: 'received', priority: 2, place: { lon: 114, lat: 22.5, address: '人民路1号' }, assignments: [], emergencies: [], alerts: [],
  surge: null, times: {}, opened_at: '2026-05-01T07:50:00Z', call_point_id: null, press: null, ...more,
}) as unknown as Incident;

describe('pins', () => {
  it('are taken by their head as well as by their tip, and by nothing beside it', () => {
    const [x, y] = projector(VIEW)(114, 22.5);
    expect(pinsAt([incident({})], VIEW, [x, y - 17], null)).toHaveLength(1);
    expect(pinsAt([incident({})], VIEW, [x, y], null)).toHaveLength(1);
    expect(pinsAt([incident({})], VIEW, [x + 25, y - 10], null)).toHaveLength(0);
    expect(pinsAt([incident({ place: null })], VIEW, [x, y], null)).toHaveLength(0);
  });
});

describe('incidents in a crowd', () => {
  const many = (count: number, more: Partial<Incident>) => Array.from({ length: count }, (_, n) => incident({ id: `${more.priority}-${n}`, ...more }));
  const shown = (incidents: Incident[], chosenId: string | null = null) => pinsAndDots({ incidents, chosenId, newest: '', inView: () => true });

  it('are all pins while they can be told apart', () => {
    const { pins, dots } = shown(many(200, { priority: 3 }));
    expect([pins.length, dots.length]).toEqual([200, 0]);
  });

  it('are dots but for the urgent and the chosen one', () => {
    const { pins, dots } = shown([...many(900, { priority: 3 }), ...many(3, { priority: 1 })], '3-7');
    expect(pins.map(({ id }) => id).sort()).toEqual(['1-0', '1-1', '1-2', '3-7']);
    expect(dots).toHaveLength(899);
  });

  it('never lose one, and never make more pins than anybody can tell apart', () => {
    const { pins, dots } = shown([...many(2_000, { priority: 1 }), ...many(100, { priority: 4 })], '4-0');
    expect(pins.length).toBeLessThanOrEqual(250);
    expect(pins.some(({ id, chosen }) => id === '4-0' && chosen)).toBe(true);
    expect(new Set([...pins, ...dots].map(({ id }) => id)).size).toBe(2_100);
  });
});

describe('what is put on the map', () => {
  it('is put there once, and again when it is something else', () => {
    const put: unknown[] = [];
    const source = { setData: (data: unknown) => put.push(data) };
    const map = { style: {}, getSource: () => source, getLayersOrder: () => [] } as unknown as Parameters<typeof fill>[0];
    for (const name of ['a', 'a', 'b', 'a']) fill(map, 'x', [point(1, 2, { name })]);
    expect(put).toHaveLength(3);
  });

  it('is drawn only while something is in it and it is switched on, on the sheet that carries it', () => {
    const [map, ground] = [sheet(), sheet()];
    beneath.set(map, ground);
    const layers = [{ id: 'edge', type: 'line', source: 'x' }, { id: 'area', type: 'fill', source: 'x' }] as const;
    add(map, layers[0]);
    add(ground, layers[1]);
    const drawn = (): string[] => [...map.visible, ...ground.visible];
    expect(drawn()).toEqual([]);
    fill(map, 'x', [point(1, 2)]);
    expect(drawn()).toEqual(['edge', 'area']);
    turn(map, layers, false);
    expect(drawn()).toEqual([]);
    fill(map, 'x', [point(1, 3)]);
    expect(drawn()).toEqual([]);
    turn(map, layers, true);
    expect(drawn()).toEqual(['edge', 'area']);
    fill(map, 'x', []);
    expect(drawn()).toEqual([]);
  });
});

/** A map that only remembers what it was told. */
function sheet(): Parameters<typeof fill>[0] & { visible: Set<string> } {
  const sources = new Map<string, object>();
  const layers = new Map<string, { id: string; source: string }>();
  const visible = new Set<string>();
  const told = {
    style: {}, visible,
    getSource: (id: string) => sources.get(id), addSource: (id: string) => sources.set(id, { type: 'geojson', setData: () => undefined }),
    getLayer: (id: string) => layers.get(id), addLayer: (layer: { id: string; source: string }) => layers.set(layer.id, layer), getLayersOrder: () => [...layers.keys()],
    setLayoutProperty: (id: string, _name: string, value: string) => (value === 'visible' ? visible.add(id) : visible.delete(id)),
  };
  return told as unknown as ReturnType<typeof sheet>;
}

describe('call points', () => {
  const points = [{ id: 'p', lon: 114, lat: 22.5 }, { id: 'q', lon: 114.0002, lat: 22.5 }] as CallPoint[];

  it('ring while nobody has answered, and no longer', () => {
    const pressed = (press: string, state = 'received') => pressedOf([incident({ call_point_id: 'p', press: { state: press } as Incident['press'], state: state as Incident['state'] })]);
    expect([...pressed('ringing')]).toEqual(['p']);
    expect([...pressed('unanswered')]).toEqual(['p']);
    expect([...pressed('unanswered', 'on_scene')]).toEqual([]);
    expect([...pressed('answered')]).toEqual([]);
  });

  it('are found under the pointer only where they are drawn', () => {
    expect(callPointAt(points, VIEW, [502, 400])?.id).toBe('p');
    expect(callPointAt(points, { ...VIEW, zoom: 10 }, [500, 400])).toBeNull();
    expect(callPointAt(points, VIEW, [500, 300])).toBeNull();
  });
});

describe('the promised arrival', () => {
  const promised = (state: string, s: number): Pick<Assignment, 'state' | 'promised_at'> => ({ state: state as Assignment['state'], promised_at: new Date(NOW + s * 1000).toISOString() });

  it('counts down to it and on beyond it, while the unit is on its way', () => {
    expect(tailOf(promised('en_route', 187), NOW)).toBe('→3:07');
    expect(tailOf(promised('accepted', -40), NOW)).toBe('→+0:40');
    expect(tailOf(promised('on_scene', 187), NOW)).toBe('');
    expect(tailOf({ state: 'en_route', promised_at: null } as Assignment, NOW)).toBe('');
  });

  it('belongs to the order a unit is on, not to one it had before', () => {
    const orders = [{ id: 'o1', unit_id: 'u', ...promised('en_route', 60) }, { id: 'o2', unit_id: 'u', ...promised('ordered', 300) }] as Assignment[];
    const units = new Map([['u', { handle: 4, assignment_id: 'o1' }]]);
    expect(tailsOf([incident({ assignments: orders })], units, NOW)).toEqual(new Map([[4, '→1:00']]));
  });
});

it('a closure says until when, and that it is only planned', () => {
  expect(closureText({ name: '滨海大道积水', until: null, state: 'in_force' })).toBe('滨海大道积水');
  expect(closureText({ name: '马拉松', until: '2026-05-01T12:00:00Z', state: 'planned' })).toMatch(/^马拉松 · (计划|planned) · (至|until) \d\d:\d\d$/);
});

it('a closure is named on itself, whatever it is drawn as', () => {
  expect(nameSpot({ type: 'Point', coordinates: [1, 2] })).toEqual([1, 2]);
  expect(nameSpot({ type: 'LineString', coordinates: [[0, 0], [1, 1], [2, 2]] })).toEqual([1, 1]);
  expect(nameSpot({ type: 'MultiLineString', coordinates: [[[9, 9], [8, 8]], [[0, 0], [1, 1], [2, 2]]] })).toEqual([1, 1]);
  expect(nameSpot({ type: 'Polygon', coordinates: [[[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]] })).toEqual([2, 2]);
  expect(nameSpot({ type: 'GeometryCollection', geometries: [] })).toBeNull();
});

describe('density', () => {
  it('counts every incident once, in squares that touch', () => {
    const spots = Array.from({ length: 500 }, (_, n) => [114 + ((n * 37) % 100) / 5_000, 22.5 + ((n * 61) % 100) / 5_000] as const);
    const counted = squares(spots, 400);
    expect(counted.reduce((sum, one) => sum + one.count, 0)).toBe(500);
    for (const [lon, lat] of spots) {
      expect(counted.filter((one) => lon >= one.west && lon < one.east && lat > one.south && lat <= one.north)).toHaveLength(1);
    }
  });

  it('is nothing where nothing happened', () => {
    expect(squares([], 400)).toEqual([]);
  });
});

it('a track has a hole where nobody knows where the unit was', () => {
  const fix = (s: number) => ({ lon: 114 + s / 1e5, lat: 22.5, t_ms: NOW + s * 1000, at: new Date(NOW + s * 1000).toISOString() });
  const told = drawn([fix(0), fix(10), fix(20), fix(300), fix(310)]);
  const lines = told.filter((one) => one.geometry.type === 'LineString').map((one) => (one.geometry as { coordinates: unknown[] }).coordinates.length);
  expect(lines).toEqual([3, 2]);
  expect(told.filter((one) => one.geometry.type === 'Point')).toHaveLength(2);
});

describe('the list in place of the map', () => {
  const unit = (id: string, handle: number, lon: number, state = 'available'): Unit => ({ id, handle, state, call_sign: id, fix: { lon, lat: 22.5, age_s: 3, quality: 'good' } }) as unknown as Unit;
  const all = [unit('far', 1, 114.05), unit('near', 2, 114.01), unit('sent', 3, 113.99, 'en_route'), unit('lost', 4, 114, 'available')];
  const fleet = new Fleet();
  all.slice(0, 3).forEach((one) => fleet.learn(one, NOW));
  const listed = {
    incidents: [incident({}), incident({ id: 'b', priority: 1, number: '20260501-0002' })], units: new Map(all.map((one) => [one.id, one])),
    byHandle: new Map(all.map((one) => [one.handle, one])), fleet, nowMs: NOW,
  };

  it('has every incident in the order of the queue', () => {
    expect(listRows({ ...listed, chosenId: null }).map((row) => row.key)).toEqual(['b', 'a']);
  });

  it('has below the selected one the units that are sent, then the nearest free ones, with distance and direction', () => {
    const chosen = incident({ assignments: [{ id: 'o', unit_id: 'sent', state: 'en_route' }] as Assignment[] });
    const rows = listRows({ ...listed, incidents: [chosen], chosenId: 'a' });
    expect(rows.map((row) => row.key)).toEqual(['a', 'unit-sent', 'unit-near', 'unit-far']);
    const [, sent, near] = rows as [unknown, { metres: number; eighth: number; ordered: boolean }, { metres: number; eighth: number; ordered: boolean }];
    expect([sent.ordered, sent.eighth, near.ordered, near.eighth]).toEqual([true, 6, false, 2]);
    expect(near.metres).toBeCloseTo(1_027, -1);
  });

  it('says of a unit without a fix that nobody knows, rather than nothing', () => {
    const chosen = incident({ assignments: [{ id: 'o', unit_id: 'lost', state: 'on_scene' }] as Assignment[] });
    const row = listRows({ ...listed, incidents: [chosen], chosenId: 'a' })[1] as { key: string; metres: number | null; ageS: number | null };
    expect(row).toMatchObject({ key: 'unit-lost', metres: null, ageS: null });
  });
});

describe('the layer switcher', () => {
  const box = (): Pick<Storage, 'getItem' | 'setItem'> & { kept: Map<string, string> } => {
    const kept = new Map<string, string>();
    return { kept, getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) };
  };

  it('is as it was left', () => {
    const storage = box();
    keepSwitches(storage, { ...STANDARD, beats: true, call_points: false, trade: 'water' });
    expect(readSwitches(storage)).toEqual({ ...STANDARD, beats: true, call_points: false, trade: 'water' });
  });

  it('asks nothing by itself that costs the server much or is logged', () => {
    const storage = box();
    keepSwitches(storage, { ...STANDARD, track: true, coverage: true, heat: true });
    expect(readSwitches(storage)).toEqual(STANDARD);
  });

  it('stands as at first when what was kept is none of ours', () => {
    const storage = box();
    storage.setItem('dispatch110.map.layers', '{nonsense');
    expect(readSwitches(storage)).toEqual(STANDARD);
    storage.setItem('dispatch110.map.layers', '{"labels":"yes","trade":"air"}');
    expect(readSwitches(storage)).toEqual(STANDARD);
  });
});

it('the same things are drawn once', () => {
  const same = new Same();
  const thing = {};
  expect([same.changed([thing]), same.changed([thing]), same.changed([{}]), same.changed([])]).toEqual([true, false, true, true]);
});

describe('the track of a unit', () => {
  const setup = () => {
    const answers: ((page: object) => void)[] = [];
    const shown: number[] = [];
    const seat = { unitId: 'a', picture: { units: new Map(['a', 'b'].map((id) => [id, { id, call_sign: `巡${id}` }])) }, api: { get: () => new Promise((done) => { answers.push(done); }) } };
    const map = { style: {}, getSource: () => ({ setData: ({ features }: { features: unknown[] }) => { shown.push(features.length); } }), getLayersOrder: () => [] };
    const track = new Track();
    return { answers, shown, seat, read: () => track.read({ map, seat, nowMs: NOW } as never) };
  };
  const items = [0, 10, 20].map((s) => ({ lon: 114 + s / 1e4, lat: 22.5, t_ms: NOW + s * 1000, at: new Date(NOW + s * 1000).toISOString() }));

  it('is all of it, page after page, and says whose it is or that there is none', async () => {
    const { answers, shown, read } = setup();
    const told = read();
    answers[0]!({ items: items.slice(0, 1), next: 'x' });
    await Promise.resolve();
    await Promise.resolve();
    answers[1]!({ items: items.slice(1), next: null });
    expect([await told, shown.at(-1)]).toEqual(['巡a', 2]);
    const none = read();
    answers[2]!({ items: [], next: null });
    expect([await none, shown.at(-1)]).toEqual(['巡a，无定位', 0]);
  });

  it('is never drawn once another unit is selected, and is gone before that one’s is read', async () => {
    const { answers, shown, seat, read } = setup();
    const told = read();
    seat.unitId = 'b';
    answers[0]!({ items, next: null });
    await told;
    expect(shown).toEqual([0]);
    void read();
    expect(shown).toEqual([0, 0]);
  });
});
