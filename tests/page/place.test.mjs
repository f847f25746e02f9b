// While somebody types a place: one question a pause, never an old answer over a newer question.

import assert from 'node:assert/strict';
import { test } from 'node:test';

globalThis.localStorage = { getItem: () => null, setItem() {} };
const { Asking, question } = await import('../../web/pages/place_field.js');
const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

test('the middle of the map goes with the question, once it shows something', () => {
  assert.equal(question('A/B', { lon: 114.0265, lat: 22.537 }), '/places?q=A%2FB&limit=8&lon=114.02650&lat=22.53700');
  assert.equal(question('车', { lon: 0, lat: 0 }), '/places?q=%E8%BD%A6&limit=8');
  assert.equal(question('x', null), '/places?q=x&limit=8');
});

test('one question a pause, and none for nothing', async () => {
  const asked = [];
  const shown = [];
  const asking = new Asking(async (text) => { asked.push(text); return { items: [text] }; }, (found) => shown.push(found), 5);
  asking.type('c');
  asking.type('ch');
  asking.type(' che ');
  await pause(20);
  assert.deepEqual(asked, ['che']);
  assert.deepEqual(shown, [['che']]);
  asking.type('  ');
  await pause(20);
  assert.deepEqual(asked, ['che']);
  assert.deepEqual(shown.at(-1), []);
});

test('an answer that comes late is dropped, and a refusal shows nothing', async () => {
  const answers = {};
  const shown = [];
  const asking = new Asking((text) => new Promise((good, bad) => { answers[text] = { good, bad }; }), (found) => shown.push(found), 0);
  asking.type('old');
  await pause(10);
  asking.type('new');
  await pause(10);
  answers.new.good({ items: ['new'] });
  answers.old.good({ items: ['old'] });
  await pause(5);
  assert.deepEqual(shown, [['new']]);
  asking.type('bad');
  await pause(10);
  answers.bad.bad(new Error('refused'));
  await pause(5);
  assert.deepEqual(shown, [['new'], []]);
  asking.type('closed');
  await pause(10);
  asking.stop();
  answers.closed.good({ items: ['closed'] });
  await pause(5);
  assert.equal(shown.length, 2);
});
