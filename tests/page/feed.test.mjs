import assert from 'node:assert/strict';
import test, { mock } from 'node:test';

import { Feed } from '../../web/pages/feed.js';
import { Picture } from '../../web/pages/picture.js';

class Socket {
  constructor() {
    this.readyState = 0;
    this.sent = [];
  }

  send(text) { this.sent.push(JSON.parse(text)); }
  close() { this.readyState = 3; }
  opened() { this.readyState = 1; this.onopen(); }
  says(message) { this.onmessage({ data: JSON.stringify(message) }); }
  lost(code = 1006) { this.readyState = 3; this.onclose({ code }); }
}

function follow(t) {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'] });
  t.after(() => mock.timers.reset());
  const sockets = [];
  const heard = [];
  const on = Object.fromEntries(['snapshot', 'event', 'positions', 'link', 'time', 'refused', 'revoked'].map((name) => [name, () => heard.push(name)]));
  const feed = new Feed({ url: 'ws://x', picture: new Picture(), room: 'r', on, open: () => { sockets.push(new Socket()); return sockets.at(-1); } });
  t.after(() => feed.stop());
  feed.start();
  return { feed, sockets, heard };
}

const snapshot = { snapshot: { seq: 5, at: '2030-01-01T00:00:00.000Z', incidents: [], units: [] } };
const event = (seq, prev) => ({ event: { seq, prev, noun: 'incident', id: 'a', version: 1, now: { id: 'a', version: 1, state: 'received' } } });

test('it asks for a snapshot first and resumes from the last event after a loss', (t) => {
  const { sockets } = follow(t);
  sockets[0].opened();
  assert.deepEqual(sockets[0].sent, [{ subscribe: { room: 'r' } }]);
  sockets[0].says(snapshot);
  sockets[0].says(event(7, 5));
  sockets[0].lost();
  mock.timers.tick(1000);
  sockets[1].opened();
  assert.deepEqual(sockets[1].sent, [{ subscribe: { room: 'r', after: 7 } }]);
});

test('a gap is asked for on the same line, and the event is not taken', (t) => {
  const { feed, sockets, heard } = follow(t);
  sockets[0].opened();
  sockets[0].says(snapshot);
  sockets[0].says(event(9, 8));
  assert.deepEqual(sockets[0].sent.at(-1), { subscribe: { room: 'r', after: 5 } });
  assert.equal(feed.picture.seq, 5);
  assert.equal(heard.includes('event'), false);
});

test('a line that has fallen silent is given up and opened anew', (t) => {
  const { sockets } = follow(t);
  sockets[0].opened();
  sockets[0].says(snapshot);
  mock.timers.tick(9000);
  assert.equal(sockets[0].readyState, 3);
  mock.timers.tick(1000);
  assert.equal(sockets.length, 2);
});

test('a line that never opens is given up too', (t) => {
  const { sockets } = follow(t);
  mock.timers.tick(9000);
  mock.timers.tick(1000);
  assert.equal(sockets[0].readyState, 3);
  assert.equal(sockets.length, 2);
});

test('it waits longer each time it fails, but never for long', (t) => {
  const { feed, sockets } = follow(t);
  for (let n = 0; n < 12; n += 1) {
    sockets.at(-1).lost();
    mock.timers.tick(8000);
  }
  assert.ok(sockets.length >= 12);
  assert.ok(feed.wait <= 5000);
});

test('a revoked seat does not come back by itself', (t) => {
  const { sockets, heard } = follow(t);
  sockets[0].opened();
  sockets[0].lost(4003);
  mock.timers.tick(60000);
  assert.equal(sockets.length, 1);
  assert.ok(heard.includes('revoked'));
});
