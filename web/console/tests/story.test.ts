// Promise: however long the story of an incident grows, its newest facts are read, and what was read is not asked for again.

import { describe, expect, it } from 'vitest';
import { Story } from '../src/core/story';

/** A journal of numbers, in pages of three. */
function journal(rows: number[]): { asked: string[]; get: <T>(path: string) => Promise<T> } {
  const asked: string[] = [];
  return {
    asked,
    get: <T>(path: string) => {
      asked.push(path);
      const after = Number(new URL(path, 'http://x').searchParams.get('after') ?? -1);
      const rest = rows.filter((row) => row > after);
      return Promise.resolve({ items: rest.slice(0, 3), next: rest.length > 3 ? String(rest[2]) : null } as T);
    },
  };
}

describe('the story', () => {
  it('is read to its end', async () => {
    const api = journal([1, 2, 3, 4, 5, 6, 7]);
    expect(await new Story<number>(api).read('a', [])).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(api.asked).toHaveLength(3);
  });

  it('asks only for what follows the pages it has', async () => {
    const rows = [1, 2, 3, 4, 5];
    const api = journal(rows);
    const story = new Story<number>(api);
    await story.read('a', []);
    rows.push(6);
    expect(await story.read('a', [])).toEqual([1, 2, 3, 4, 5, 6]);
    expect(api.asked).toHaveLength(3);
  });

  it('is told once however often it is asked for at once', async () => {
    const story = new Story<number>(journal([1, 2, 3, 4, 5]));
    const told = await Promise.all([story.read('a', []), story.read('a', [])]);
    expect(told).toEqual([[1, 2, 3, 4, 5], [1, 2, 3, 4, 5]]);
    expect(await story.read('a', [])).toEqual([1, 2, 3, 4, 5]);
  });

  it('gives way to another that is asked for meanwhile', async () => {
    const story = new Story<number>(journal([1, 2]));
    expect(await Promise.all([story.read('a', []), story.read('b', [])])).toEqual([null, [1, 2]]);
  });

  it('is another one when another incident was merged in', async () => {
    const rows = [4, 5, 6, 7];
    const story = new Story<number>(journal(rows));
    await story.read('a', []);
    rows.unshift(1, 2);
    expect(await story.read('a', ['b'])).toEqual([1, 2, 4, 5, 6, 7]);
  });
});
