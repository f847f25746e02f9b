import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test, { mock } from 'node:test';

globalThis.localStorage = { getItem: () => null, setItem: () => {} };
globalThis.document = { documentElement: {}, querySelectorAll: () => [] };
const { ageText, clockText, distanceText, loadMessages, switchLanguage, t } = await import('../../web/pages/text.js');
const file = readFileSync(new URL('../../web/pages/messages.json', import.meta.url), 'utf8');
mock.method(globalThis, 'fetch', async () => ({ ok: true, json: async () => JSON.parse(file) }));
await loadMessages();

test('Chinese comes first and English is one switch away', () => {
  assert.equal(t('queue.title'), '警情');
  switchLanguage();
  assert.equal(t('queue.title'), 'Incidents');
  switchLanguage();
});

test('values are filled in and never read as more text to fill', () => {
  assert.equal(t('plan.wave', { n: '{n}' }), '第 {n} 梯次');
  assert.equal(t('no.such.key'), 'no.such.key');
});

test('times and ages read as people say them', () => {
  assert.deepEqual([7, 754, 3723, 260000].map(clockText), ['0:07', '12:34', '1:02:03', '3天']);
  assert.equal(clockText(-5), '0:00');
  assert.deepEqual([4.7, 125, 8000, null, Infinity].map(ageText), ['4秒', '2分', '2时', '无定位', '很久']);
  assert.deepEqual([301, 1499].map(distanceText), ['301 m', '1.5 km']);
});
