// Promise: an emergency is never pressed by a touch in passing, and always by a press that is held.

import { describe, expect, it } from 'vitest';
import { Hold, HOLD_MS } from '../src/core/hold';

describe('holding', () => {
  it('fires once after a second and a half, not before', () => {
    const hold = new Hold();
    hold.down(100);
    expect(hold.fires(100 + HOLD_MS - 1)).toBe(false);
    expect(hold.fires(100 + HOLD_MS)).toBe(true);
    expect(hold.fires(100 + HOLD_MS + 500)).toBe(false);
  });

  it('begins anew when it was let go, even for a moment', () => {
    const hold = new Hold();
    hold.down(0);
    hold.up();
    hold.down(1_400);
    expect(hold.fires(1_600)).toBe(false);
    expect(hold.progress(1_400 + HOLD_MS / 2)).toBeCloseTo(0.5);
    expect(hold.fires(1_400 + HOLD_MS)).toBe(true);
  });

  it('is not begun anew by a key that repeats itself', () => {
    const hold = new Hold();
    for (let ms = 0; ms <= 1_400; ms += 50) hold.down(ms);
    expect(hold.fires(HOLD_MS)).toBe(true);
  });

  it('may be pressed again', () => {
    const hold = new Hold();
    hold.down(0);
    expect(hold.fires(2_000)).toBe(true);
    hold.up();
    hold.down(3_000);
    expect(hold.fires(4_600)).toBe(true);
  });
});
