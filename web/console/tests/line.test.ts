// Promise: a window whose worker died is heard by the next one as it was by the first, with where it looks.

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Asked } from '../src/core/keeper';
import { openLine } from '../src/seat/line';

class Worker {
  static made: Worker[] = [];
  said: Asked[] = [];
  port = { onmessage: null as ((event: { data: unknown }) => void) | null, start: (): void => {}, postMessage: (asked: Asked): void => { this.said.push(asked); } };

  constructor() { Worker.made.push(this); }
}

const listeners = new Map<string, (event: object) => void>();

beforeEach(() => {
  Worker.made = [];
  listeners.clear();
  vi.useFakeTimers();
  vi.stubGlobal('SharedWorker', Worker);
  vi.stubGlobal('location', { protocol: 'https:', host: 'here' });
  vi.stubGlobal('addEventListener', (kind: string, does: (event: object) => void) => void listeners.set(kind, does));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const join: Asked = { join: { url: 'wss://here/api/v1/live', room: 'r' } };
const look: Asked = { look: [[0, 0, 1, 1]] };

it('begins with another worker when its own has died, which is told where it looks last', () => {
  const line = openLine('seat', 'r', () => {});
  line.ask({ look: [[5, 5, 6, 6]] });
  line.ask(look);
  Worker.made[0]!.port.onmessage!({ data: {} });
  vi.advanceTimersByTime(60_000);
  expect(Worker.made.length).toBeGreaterThan(1);
  expect(Worker.made[1]!.said.slice(0, 2)).toEqual([join, look]);
});

it('comes back from where the browser keeps pages with where it looks', () => {
  const line = openLine('seat', 'r', () => {});
  line.ask(look);
  listeners.get('pagehide')!({});
  listeners.get('pageshow')!({ persisted: true });
  expect(Worker.made[0]!.said).toEqual([join, look, { leave: true }, join, look]);
});
