// A press ends on what it began on: what would move the page waits for it, but not for ever.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Pressed } from '../src/look/pressed.svelte';

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });

function pressing() {
  const page = new EventTarget();
  return { pressed: new Pressed(page), send: (kind: string) => page.dispatchEvent(new Event(kind)) };
}

test('it is down from press to release, and the click still finds the page as it was', () => {
  const { pressed, send } = pressing();
  expect(pressed.now).toBe(false);
  send('pointerdown');
  expect(pressed.now).toBe(true);
  send('pointerup');
  expect(pressed.now).toBe(true); // the click is dispatched in the same turn
  vi.advanceTimersByTime(0);
  expect(pressed.now).toBe(false);
});

test('the next press counts anew, and one that is lost holds nothing up for long', () => {
  const { pressed, send } = pressing();
  send('pointerdown');
  send('pointerup');
  send('pointerdown');
  vi.advanceTimersByTime(1_000);
  expect(pressed.now).toBe(true);
  vi.advanceTimersByTime(1_000);
  expect(pressed.now).toBe(false);
});
