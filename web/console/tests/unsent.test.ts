// Promise: words that were typed and not sent come back where they were typed, to whoever typed them, until they are sent.

import { describe, expect, it } from 'vitest';
import { Unsent } from '../src/core/unsent';
import { Asking, type Question } from '../src/look/asking.svelte';

const DAY_MS = 24 * 3_600_000;

class Cupboard implements Storage {
  [name: string]: unknown;
  get length(): number { return Object.keys(this).length; }
  key(n: number): string | null { return Object.keys(this)[n] ?? null; }
  getItem(name: string): string | null { return (this[name] as string | undefined) ?? null; }
  setItem(name: string, value: string): void { this[name] = value; }
  removeItem(name: string): void { delete this[name]; }
  clear(): void { for (const name of Object.keys(this)) delete this[name]; }
}

describe('words that were not sent', () => {
  it('outlive the page, for a day, and nobody else is shown them', () => {
    const storage = new Cupboard();
    new Unsent(storage, 'user:1', () => 0).keep('note', { text: '还有一个孩子', kind: '' });
    expect(new Unsent(storage, 'user:1', () => DAY_MS).left('note')).toEqual({ text: '还有一个孩子' });
    expect(new Unsent(storage, 'user:2', () => 1).left('note')).toEqual({});
    expect(new Unsent(storage, 'user:1', () => 1).left('log')).toEqual({});
    expect(new Unsent(storage, 'user:1', () => DAY_MS + 1).left('note')).toEqual({});
    expect(storage.length).toBe(0);
  });

  it('are gone once they were sent or rubbed out; what cannot be read is gone, too', () => {
    const storage = new Cupboard();
    storage.setItem('dispatch110.unsent.user:1.broken', '{"words":');
    storage.setItem('dispatch110.draft.1', 'stays');
    const unsent = new Unsent(storage, 'user:1');
    unsent.keep('a', { text: 'x' });
    unsent.keep('b', { text: 'y' });
    unsent.drop('a');
    unsent.keep('b', { text: ' ' });
    expect(Object.keys(storage)).toEqual(['dispatch110.draft.1']);
  });

  it('are no reason to stop typing when the browser is full', () => {
    const storage = new Cupboard();
    storage.setItem = () => { throw new Error('full'); };
    expect(() => new Unsent(storage, 'user:1').keep('a', { text: 'x' })).not.toThrow();
  });
});

describe('a question', () => {
  const unsent = (): Unsent => new Unsent(new Cupboard(), 'user:1');
  const question = (about: string, more: Partial<Question> = {}): Question => ({
    title: '备注', about, confirm: '确定', does: async () => true,
    fields: [{ name: 'kind', label: '', kind: 'choice', options: [['caller', '']] }, { name: 'text', label: '', kind: 'long', value: '草稿' }], ...more,
  });

  it('gives back the words typed into it, to the same question about the same alone', () => {
    const asking = new Asking(() => {}, ((kept) => () => kept)(unsent()));
    asking.ask(question('i1'));
    asking.keep(question('i1'), { kind: 'caller', text: '嫌疑人持刀' });
    asking.close();
    expect(asking.left(question('i1'))).toEqual({ text: '嫌疑人持刀' });
    expect(asking.left(question('i2'))).toEqual({});
  });

  it('keeps nothing of what stood there before anybody typed', () => {
    const asking = new Asking(() => {}, ((kept) => () => kept)(unsent()));
    asking.keep(question('i1'), { kind: 'caller', text: '草稿' });
    expect(asking.left(question('i1'))).toEqual({});
  });

  it('keeps them when its answer is refused, and lets go once it was accepted', async () => {
    const asking = new Asking(() => {}, ((kept) => () => kept)(unsent()));
    const refused = question('i1', { does: async () => 'Say why.' });
    asking.ask(refused);
    asking.keep(refused, { text: '嫌疑人持刀' });
    await asking.answer({ text: '嫌疑人持刀' });
    expect(asking.left(refused)).toEqual({ text: '嫌疑人持刀' });
    asking.ask(question('i1'));
    await asking.answer({ text: '嫌疑人持刀' });
    expect(asking.left(refused)).toEqual({});
  });
});
