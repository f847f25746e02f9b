// Promise: on a telephone that two crews share, nothing one of them pressed is ever sent as the other, and nothing of it is lost.

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Api } from '../src/core/api';
import { Passing } from '../src/core/box';
import type { Act } from '../src/core/outbox';
import type { Session } from '../src/core/types';
import { Crew } from '../src/pages/unit/crew.svelte';

const session = (name: string): Session => ({ principal: `unit:${name}`, unit_id: name, room_id: 'r', roles: ['unit'], csrf_token: `csrf of ${name}` }) as unknown as Session;
class Socket { close(): void {} }

/** Who holds the browser's cookie; the line; what was taken, as whom. */
let cookie: string;
let line: boolean;
let taken: { as: string; path: string; key: string | null }[];
let reloads: number;

/** The centre: takes an act under the cookie when its token belongs to the same session. */
async function centre(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  if (!line) throw new TypeError('Failed to fetch');
  const path = String(input);
  if (path === '/session') return new Response(JSON.stringify(session(cookie)));
  const sent = new Headers(init.headers);
  if (init.method === 'POST' && sent.get('X-CSRF-Token') !== `csrf of ${cookie}`) return new Response(JSON.stringify({ code: 'csrf_refused' }), { status: 403 });
  if (init.method === 'POST') taken.push({ as: cookie, path, key: sent.get('Idempotency-Key') });
  return new Response('{}');
}

async function page(name: string, acts: Passing<Act>): Promise<Crew> {
  const api = new Api('', centre);
  api.csrf = `csrf of ${name}`;
  const crew = new Crew(api, session(name), new Passing(), acts);
  await crew.start();
  return crew;
}

beforeEach(() => {
  vi.useFakeTimers();
  [cookie, line, taken, reloads] = ['a', true, [], 0];
  for (const [name, value] of Object.entries({
    WebSocket: Socket, location: { protocol: 'http:', host: 'h', reload: () => { reloads += 1; } }, localStorage: { getItem: () => null, setItem: () => {} },
    addEventListener: () => {}, document: { addEventListener: () => {} }, navigator: {},
  })) vi.stubGlobal(name, value);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('what A pressed without a line goes out as A once A is back, and never as B who signed in between', async () => {
  const acts = new Passing<Act>();
  const first = await page('a', acts);
  line = false;
  await first.post({ kind: 'clear', path: '/of-a', body: {} });
  await first.post({ kind: 'emergency', path: '/danger-of-a', body: {}, urgent: true });
  await vi.advanceTimersByTimeAsync(5_000);
  [cookie, line] = ['b', true];
  await vi.advanceTimersByTimeAsync(120_000);
  first.outbox.nudge();
  await first.post({ kind: 'message', path: '/late-of-a', body: {} });
  await vi.advanceTimersByTimeAsync(120_000);
  expect(taken).toEqual([]);
  expect(reloads).toBe(1);

  const second = await page('b', acts);
  await second.post({ kind: 'accept', path: '/of-b', body: {} });
  await vi.advanceTimersByTimeAsync(120_000);
  expect(taken.map((one) => [one.as, one.path])).toEqual([['b', '/of-b']]);
  expect(second.outbox.ofOthers.map((act) => act.path).sort()).toEqual(['/danger-of-a', '/late-of-a', '/of-a']);
  second.outbox.stop();

  cookie = 'a';
  const keys = new Map((await acts.all()).map((act) => [act.path, act.key]));
  await page('a', acts);
  await vi.advanceTimersByTimeAsync(120_000);
  const ofA = taken.filter((one) => one.path.endsWith('of-a'));
  expect(ofA.map((one) => one.path).sort()).toEqual(['/danger-of-a', '/late-of-a', '/of-a']);
  expect(ofA.every((one) => one.as === 'a' && one.key === keys.get(one.path))).toBe(true);
});
