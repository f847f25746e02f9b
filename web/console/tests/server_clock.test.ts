// Promise: a slow line does not make a crew's acts look earlier than they were.

import { expect, it } from 'vitest';
import { ServerClock } from '../src/core/server_clock';

const at = (ms: number): string => new Date(ms).toISOString();

it('takes the word that came quickest', () => {
  const clock = new ServerClock();
  expect(clock.aheadMs).toBe(0);
  clock.learn(at(100_000), 102_500); // two and a half seconds on the way
  expect(clock.aheadMs).toBe(-2_500);
  clock.learn(at(104_000), 104_030);
  clock.learn(at(106_000), 107_000);
  expect(clock.aheadMs).toBe(-30);
});

it('follows a clock that was set, once the old words are forgotten', () => {
  const clock = new ServerClock();
  clock.learn(at(100_000), 100_000);
  for (let n = 0; n < 30; n += 1) clock.learn(at(200_000 + n), 260_000 + n);
  expect(clock.aheadMs).toBe(-60_000);
  clock.learn('nonsense', 1);
  expect(clock.aheadMs).toBe(-60_000);
});
