// Promise: whoever writes by pinyin never loses a draft, nor sends half of one, by a key that was meant for the candidates.

import { expect, it } from 'vitest';
import { pressed } from '../src/pages/events/keys';

const after = (key: string, more: object = {}): string[] => {
  const done: string[] = [];
  pressed({ key, ctrlKey: false, isComposing: false, keyCode: 0, ...more } as KeyboardEvent, { keep: () => done.push('keep'), shut: () => done.push('shut') });
  return done;
};

it('Escape and Ctrl+Enter belong to the input method while it composes', () => {
  expect(after('Escape', { isComposing: true })).toEqual([]);
  expect(after('Enter', { ctrlKey: true, isComposing: true })).toEqual([]);
  expect(after('Escape', { keyCode: 229 })).toEqual([]);
});

it('and to the form otherwise', () => {
  expect(after('Escape')).toEqual(['shut']);
  expect(after('Enter', { ctrlKey: true })).toEqual(['keep']);
  expect(after('Enter')).toEqual([]);
});
