// Promise: an act is done once, however often it must be sent; a refusal is an answer.

import { describe, expect, it, vi } from 'vitest';
import { Api, Refused } from '../src/core/api';
import { refusal } from '../src/seat/seat.svelte';
import { refusalText } from '../src/words/refusals';

type Answer = [status: number, text: string] | Error;

/** A server that answers these in turn. */
function server(...answers: Answer[]): { api: Api; asked: { url: string; init: RequestInit }[] } {
  const asked: { url: string; init: RequestInit }[] = [];
  const api = new Api('', ((url: string, init: RequestInit) => {
    const answer = answers[asked.length]!;
    asked.push({ url, init });
    if (answer instanceof Error) return Promise.reject(answer);
    return Promise.resolve({ ok: answer[0] < 400, status: answer[0], text: () => Promise.resolve(answer[1]), headers: new Headers({ etag: '"3"' }) });
  }) as unknown as typeof fetch);
  api.csrf = 'token';
  return { api, asked };
}
const header = (one: { init: RequestInit }, name: string): string | undefined => (one.init.headers as Record<string, string>)[name];

/** A server that takes every question and never answers. */
const silent = ((_: string, { signal }: RequestInit) => new Promise((_done, fail) => {
  signal?.addEventListener('abort', () => fail(signal.reason));
})) as unknown as typeof fetch;

describe('a server that is silent', () => {
  it.each([
    ['a question', (api: Api) => api.get('/incidents')], ['an act', (api: Api) => api.act('/alarms')], ['a change', (api: Api) => api.change('PATCH', '/a', {}, '"1"')],
  ])('is not waited for without end: %s ends, and is told as no answer', async (_, ask) => {
    vi.useFakeTimers();
    const ended = ask(new Api('', silent)).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(40_000);
    vi.useRealTimers();
    expect(refusal(await Promise.race([ended, Promise.resolve('waits still')]))).toBe(refusalText('network'));
    expect(await Promise.race([ended, Promise.resolve('waits still')])).not.toBe('waits still');
  });
});

describe('an act', () => {
  it('whose answer was lost is sent again with the same key', async () => {
    vi.useFakeTimers();
    const { api, asked } = server(new TypeError('network'), [503, '{}'], [200, '{"id":"a"}']);
    const done = api.act('/alarms', { text: 'x' });
    await vi.runAllTimersAsync();
    expect(await done).toEqual({ id: 'a' });
    expect(asked).toHaveLength(3);
    expect(new Set(asked.map((one) => header(one, 'Idempotency-Key'))).size).toBe(1);
    expect(header(asked[0]!, 'X-CSRF-Token')).toBe('token');
    vi.useRealTimers();
  });

  it('never shares its key with another', async () => {
    const { api, asked } = server([200, '{}'], [200, '{}']);
    await api.act('/a');
    await api.act('/a');
    expect(header(asked[0]!, 'Idempotency-Key')).not.toBe(header(asked[1]!, 'Idempotency-Key'));
  });

  it('that is refused is not tried again', async () => {
    const { api, asked } = server([409, '{"code":"unit_taken","detail":"118 is held by J0231.","call_sign":"118"}']);
    const refused = await api.act('/a').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Refused);
    expect(refused).toMatchObject({ status: 409, code: 'unit_taken', message: '118 is held by J0231.', problem: { call_sign: '118' } });
    expect(asked).toHaveLength(1);
  });

  it('goes under the version that was read', async () => {
    const { api, asked } = server([200, '{"id":"a"}']);
    expect(await api.change('PATCH', '/a', { priority: 1 }, '"2"')).toEqual({ body: { id: 'a' }, etag: '"3"' });
    expect(header(asked[0]!, 'If-Match')).toBe('"2"');
  });
});

it('an answer that is no JSON is still a refusal with its status', async () => {
  const { api } = server([502, '<html>bad gateway']);
  expect(await api.get('/a').catch((error: unknown) => error)).toMatchObject({ status: 502, message: '<html>bad gateway' });
});
