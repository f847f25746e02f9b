import assert from 'node:assert/strict';
import test, { mock } from 'node:test';

import { Api, Refused } from '../../web/pages/api.js';

/** A server that answers these in turn: [status, body], or an error of the network. */
function server(t, ...answers) {
  const asked = [];
  mock.method(globalThis, 'fetch', async (url, options) => {
    asked.push({ url, ...options });
    const answer = answers[asked.length - 1];
    if (answer instanceof Error) throw answer;
    const [status, body] = answer;
    return { ok: status < 400, status, text: async () => JSON.stringify(body) };
  });
  t.after(() => mock.restoreAll());
  const api = new Api();
  api.csrf = 'token';
  return { api, asked };
}

test('an act whose answer was lost is sent again with the same key', async (t) => {
  const { api, asked } = server(t, new TypeError('network'), [503, {}], [200, { id: 'a' }]);
  assert.deepEqual(await api.act('/alarms', { text: 'x' }), { id: 'a' });
  assert.equal(asked.length, 3);
  assert.equal(new Set(asked.map((one) => one.headers['Idempotency-Key'])).size, 1);
  assert.equal(asked[0].headers['X-CSRF-Token'], 'token');
});

test('two acts never share a key', async (t) => {
  const { api, asked } = server(t, [200, {}], [200, {}]);
  await api.act('/a');
  await api.act('/a');
  assert.notEqual(asked[0].headers['Idempotency-Key'], asked[1].headers['Idempotency-Key']);
});

test('a refusal is an answer and is not tried again', async (t) => {
  const { api, asked } = server(t, [409, { code: 'unit_taken', detail: '118 is held by J0231.' }]);
  await assert.rejects(api.act('/a'), (error) => error instanceof Refused && error.code === 'unit_taken' && error.message === '118 is held by J0231.');
  assert.equal(asked.length, 1);
});

test('an answer that is no JSON is still a refusal with its status', async (t) => {
  const { api } = server(t, [502, 'x']);
  globalThis.fetch.mock.mockImplementation(async () => ({ ok: false, status: 502, text: async () => '<html>bad gateway' }));
  await assert.rejects(api.get('/a'), (error) => error.status === 502);
});
