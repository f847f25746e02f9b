import assert from 'node:assert/strict';
import test from 'node:test';

globalThis.localStorage = { getItem: () => null, setItem() {} };
const { alertOf, leftS } = await import('../../web/pages/signals.js');
const { noticeable } = await import('../../web/pages/alerts.js');
const { callRows } = await import('../../web/pages/calls.js');
const { unfold } = await import('../../web/pages/ground.js');

const alert = (rule, firedAt) => ({ rule, id: 'a', since: '2030-01-01T00:00:00Z', fired_at: firedAt });
function picture({ incidents = [], calls = [], emergencies = [] }) {
  const by = (list) => new Map(list.map((one) => [one.id, one]));
  return { incidents: by(incidents), calls: by(calls), emergencies: by(emergencies) };
}

test('of several alerts the newest is the one to read', () => {
  const rows = { alerts: [alert('late', '2030-01-01T00:00:09Z'), alert('first', '2030-01-01T00:00:01Z')] };
  assert.equal(alertOf(rows).rule, 'late');
  assert.equal(alertOf({ alerts: [] }), null);
});

test('what is left until a timer rings goes below zero when it is late', () => {
  const waiting = { until: '2030-01-01T00:00:30Z' };
  assert.equal(leftS(waiting, Date.parse('2030-01-01T00:00:10Z')), 20);
  assert.equal(leftS(waiting, Date.parse('2030-01-01T00:00:31Z')), -1);
});

test('an officer in danger comes before everything and stays until reset', () => {
  const emergency = { id: 'e', presses: 1, reset_at: null };
  const incidents = [{ id: 'i', state: 'received', priority: 1, alerts: [] }];
  assert.deepEqual(noticeable(picture({ incidents, emergencies: [emergency] })).map(({ level }) => level), [0, 1]);
  const reset = { ...emergency, reset_at: '2030-01-01T00:00:00Z' };
  assert.deepEqual(noticeable(picture({ incidents, emergencies: [reset] })).map(({ level }) => level), [1]);
});

test('a further press of an emergency or a call point is new, the same one is not', () => {
  const keys = (presses) => noticeable(picture({ emergencies: [{ id: 'e', presses, reset_at: null }] })).map(({ key }) => key);
  assert.notDeepEqual(keys(1), keys(2));
  assert.deepEqual(keys(2), keys(2));
});

test('a press that rings sounds whatever its priority', () => {
  const incident = { id: 'i', state: 'received', priority: 4, alerts: [], press: { state: 'ringing', count: 1 } };
  assert.equal(noticeable(picture({ incidents: [incident] })).length, 1);
  assert.equal(noticeable(picture({ incidents: [{ ...incident, press: { state: 'answered', count: 1 } }] })).length, 0);
});

test('a P3 that waits is no alert until something of it has fallen due', () => {
  const quiet = { id: 'i', state: 'received', priority: 3, alerts: [] };
  assert.equal(noticeable(picture({ incidents: [quiet] })).length, 0);
  assert.equal(noticeable(picture({ incidents: [{ ...quiet, alerts: [alert('late', '2030-01-01T00:00:09Z')] }] })).length, 1);
});

test('calls to ring back stand first, then those that ring longest; ended ones have no place', () => {
  const call = (id, state, at, more = {}) => ({ id, state, opened_at: `2030-01-01T00:00:${at}Z`, owes_ring_back: false, ...more });
  const rows = callRows([
    call('talking', 'answered', '01'), call('rings', 'ringing', '05'), call('rings longer', 'ringing', '03'),
    call('given up', 'abandoned', '09', { owes_ring_back: true }), call('rung back', 'abandoned', '02'), call('over', 'released', '00'),
  ]);
  assert.deepEqual(rows.map(({ id }) => id), ['given up', 'rings longer', 'rings', 'talking']);
});

test('lines of the ground are steps from an origin', () => {
  const sketch = {
    origin: [114, 22], unit: 0.5, bounds: [0, 0, 1, 1], credit: null, sea: [[0, 0, 2, 0, 0, 2]], water: [], green: [], rails: [],
    streets: [{ class: 6, line: [1, 1, 1, -1], name: '里弄' }, { class: 1, line: [0, 0, 1, 1] }], places: [{ kind: 'mall', name: '广场', at: [4, 2] }],
  };
  const ground = unfold(sketch);
  assert.deepEqual(ground.sea, [[[114, 22], [115, 22], [115, 23]]]);
  assert.deepEqual(ground.streets.map((street) => street.class), [6, 1]);
  assert.deepEqual(ground.streets[0].line, [[114.5, 22.5], [115, 22]]);
  assert.deepEqual([ground.places[0].lon, ground.places[0].lat], [116, 23]);
});
