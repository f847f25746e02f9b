// Promise: what can be taken back can be taken back for its whole six seconds, however much is said meanwhile.

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Toasts, UNDO_MS } from '../src/seat/toasts.svelte';

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });
const texts = (toasts: Toasts): string[] => toasts.shown.map(({ text }) => text);

it('a way back is pushed out by nothing else before its time', () => {
  const toasts = new Toasts();
  let undone = 0;
  toasts.undoable('sent', () => { undone += 1; });
  for (let n = 1; n <= 9; n += 1) toasts.bad(`no ${n}`);
  expect(texts(toasts)).toEqual(['sent', 'no 7', 'no 8', 'no 9']);
  vi.advanceTimersByTime(UNDO_MS - 1);
  expect(toasts.takeBack()).toBe(true);
  expect(undone).toBe(1);
});

it('nor by other ways back; each goes by itself', () => {
  const toasts = new Toasts();
  for (let n = 1; n <= 6; n += 1) toasts.undoable(`done ${n}`, () => {});
  expect(toasts.shown.length).toBe(6);
  toasts.bad('no');
  expect(texts(toasts)).toEqual(['done 1', 'done 2', 'done 3', 'done 4', 'done 5', 'done 6', 'no']);
  vi.advanceTimersByTime(UNDO_MS);
  expect(texts(toasts)).toEqual(['no']);
});
