import assert from 'node:assert/strict';
import test from 'node:test';

import { boardRows, laneOf, queueRows, shortNumber, standing } from '../../web/pages/order.js';

let minute = 0;
function incident(id, more = {}) {
  minute += 1;
  const at = `2030-01-01T00:${String(minute).padStart(2, '0')}:00.000Z`;
  return { id, priority: 3, state: 'received', place: { lon: 1, lat: 1 }, assignments: [], times: { ringing: at }, opened_at: at, ...more };
}
const keys = (rows) => rows.map((row) => row.key);

test('the pressing stand on top: waiting, without a place, under way, to settle', () => {
  const rows = queueRows([
    incident('settled', { state: 'handled', priority: 1 }), incident('going', { state: 'en_route', priority: 1 }),
    incident('nowhere', { place: null, priority: 1 }), incident('waits'),
  ]);
  assert.deepEqual(keys(rows), ['waiting', 'waits', 'no_place', 'nowhere', 'going', 'going', 'settling', 'settled'].map(String));
});

test('an officer in danger stands above all, a surge above what merely waits', () => {
  const rows = queueRows([incident('waits', { priority: 1 }), incident('many', { surge: { count: 5 } }), incident('danger', { priority: 4, emergencies: [{ id: 'e' }] })]);
  assert.deepEqual(keys(rows), ['danger', 'danger', 'surge', 'many', 'waiting', 'waits']);
  assert.equal(laneOf(incident('over', { state: 'handled', surge: { count: 5 } })), 'settling');
});

test('within a lane priority counts first, then who has waited longer', () => {
  const rows = queueRows([incident('later'), incident('urgent', { priority: 1 }), incident('low', { priority: 4 })]);
  assert.deepEqual(keys(rows), ['waiting', 'urgent', 'later', 'low']);
});

test('an incident whose unit cannot go waits again', () => {
  assert.equal(laneOf(incident('a', { state: 'dispatched', assignments: [{ state: 'unable' }] })), 'waiting');
  assert.equal(laneOf(incident('a', { state: 'on_scene', assignments: [{ state: 'on_scene' }] })), 'going');
});

test('while the pointer rests the order stays and what is new comes below', () => {
  const [a, b] = [incident('a'), incident('b')];
  const rows = queueRows([b, a, incident('new', { priority: 1 })], ['b', 'a']);
  assert.deepEqual(keys(rows), ['waiting', 'b', 'a', 'new']);
});

test('an empty queue has no lanes', () => {
  assert.deepEqual(queueRows([], null), []);
});

test('the board shows units in trouble and at work before the free, by call sign as people count', () => {
  const unit = (call_sign, state) => ({ call_sign, state });
  const collator = new Intl.Collator('zh', { numeric: true });
  const rows = boardRows([unit('10', 'available'), unit('9', 'available'), unit('3', 'on_scene'), unit('4', 'unable'), unit('1', 'off_duty')], collator);
  assert.deepEqual(rows.map((one) => one.call_sign), ['4', '3', '9', '10', '1']);
});

test('the primary stands first among orders, and what is over not at all', () => {
  const orders = [{ id: 'a', state: 'accepted' }, { id: 'b', state: 'en_route' }, { id: 'c', state: 'cleared' }];
  assert.deepEqual(standing({ assignments: orders, primary_id: 'b' }).map((one) => one.id), ['b', 'a']);
});

test('a number is short only on its own day', () => {
  assert.equal(shortNumber('J261122-0013', 'J261122-0020'), '0013');
  assert.equal(shortNumber('J261121-0013', 'J261122-0020'), 'J261121-0013');
  assert.equal(shortNumber('17', '20'), '17');
});
