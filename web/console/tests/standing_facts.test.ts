// Promise: what must be known of a place is asked as soon as there is one, an older answer never stands for a newer place, and what could not be read is said.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { drawn } from '../src/map/standing_facts';
import { Knowing } from '../src/pages/call/beside/knowing.svelte';
import { Api } from '../src/core/api';
import type { Seat } from '../src/seat/seat.svelte';
import { stillOpen, type Fact, type Revealed } from '../src/standing/facts';
import { loud } from '../src/standing/loud';

const SOON = 250;

describe('what is known of a place', () => {
  beforeEach(() => { vi.useFakeTimers(); });
  afterEach(() => { vi.useRealTimers(); });

  function asked(): { knowing: Knowing; paths: string[]; answer: ((items: object[] | null) => void)[] } {
    const paths: string[] = [];
    const answer: ((items: object[] | null) => void)[] = [];
    const get = (path: string): Promise<{ items: object[] }> => {
      paths.push(path);
      return new Promise((done, fail) => answer.push((items) => (items ? done({ items }) : fail(new Error('no line')))));
    };
    return { knowing: new Knowing({ api: { get }, now: () => 0 } as unknown as Seat), paths, answer };
  }

  it('is asked by the point, or while there is none by the address, once typing pauses', async () => {
    const { knowing, paths } = asked();
    knowing.known({ lon: null, lat: null, address: '幸福' });
    knowing.known({ lon: null, lat: null, address: '幸福路5号' });
    await vi.advanceTimersByTimeAsync(SOON);
    knowing.known({ lon: 114.02, lat: 22.54, accuracy_m: 30, address: '幸福路5号' });
    await vi.advanceTimersByTimeAsync(SOON);
    expect(paths.map((path) => decodeURIComponent(path))).toEqual(['/standing-facts/at?address=幸福路5号', '/standing-facts/at?lon=114.02&lat=22.54&accuracy_m=30']);
  });

  it('of the last place is gone at once, and its late answer never comes back', async () => {
    const { knowing, answer } = asked();
    knowing.known({ lon: 114, lat: 22 });
    await vi.advanceTimersByTimeAsync(SOON);
    knowing.known({ lon: 115, lat: 22 });
    answer[0]!([{ id: 'dog' }]);
    await vi.advanceTimersByTimeAsync(SOON);
    expect(knowing.facts).toEqual([]);
    answer[1]!([{ id: 'gas' }]);
    await vi.advanceTimersByTimeAsync(0);
    expect(knowing.facts).toEqual([{ id: 'gas' }]);
    knowing.known(null);
    expect(knowing.facts).toEqual([]);
  });

  it('is asked again when it changed, without flickering, and a failure is said', async () => {
    const { knowing, paths, answer } = asked();
    knowing.known({ lon: 114, lat: 22 });
    await vi.advanceTimersByTimeAsync(SOON);
    answer[0]!([{ id: 'dog' }]);
    await vi.advanceTimersByTimeAsync(0);
    knowing.known({ lon: 114, lat: 22 }, true);
    expect(knowing.facts).toEqual([{ id: 'dog' }]);
    await vi.advanceTimersByTimeAsync(SOON);
    answer[1]!(null);
    await vi.advanceTimersByTimeAsync(0);
    expect([paths.length, knowing.unread.facts, knowing.facts]).toEqual([2, true, [{ id: 'dog' }]]);
  });
});

describe('what warns', () => {
  it('is each kind once, whatever informs beside it', () => {
    const one = (id: string, kind: string, severity: string): object => ({ id, kind, severity });
    expect(loud([one('a', 'dog', 'informs'), one('b', 'dog', 'warns'), one('c', 'dog', 'warns'), one('d', 'hydrant', 'informs')] as never).map(({ id }) => id)).toEqual(['b']);
  });

  it('stands on the map in the middle of where it holds', () => {
    const name = { zh: '恶犬', en: 'dangerous dog' };
    const ring = drawn({ area: { lon: 114, lat: 22, radius_m: 50 }, severity: 'warns', name } as never);
    expect(ring.map(({ geometry }) => geometry.type)).toEqual(['Polygon', 'Point']);
    const square = drawn({ area: { geometry: { type: 'Polygon', coordinates: [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]] } }, severity: 'informs', name } as never);
    expect(square[1]).toMatchObject({ geometry: { type: 'Point' }, properties: { warns: false } });
  });
});

describe('what a leader has read of a fact', () => {
  it('goes with what is done to it, so that nothing unseen is confirmed', async () => {
    const sent: RequestInit[] = [];
    const api = new Api('', (_, asked) => {
      sent.push(asked!);
      return Promise.resolve(new Response('{}'));
    });
    await api.actOn('/standing-facts/dog/keep', 3);
    expect(sent[0]!.headers).toMatchObject({ 'If-Match': '"3"' });
    expect((sent[0]!.headers as Record<string, string>)['Idempotency-Key']).toHaveLength(32);
  });

  it('is covered again once something has become of it', () => {
    const opened = { version: 3, text: '住户曾持刀拒捕' } as Revealed;
    expect([2, 3, 4].map((version) => stillOpen({ version } as Fact, opened))).toEqual([opened, opened, undefined]);
    expect(stillOpen({ version: 1 } as Fact, undefined)).toBeUndefined();
  });
});
