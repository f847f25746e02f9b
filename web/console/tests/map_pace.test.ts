// Promise: a map that is slow to draw leaves the page to whoever works on it, and is drawn all the same.

import { describe, expect, it } from 'vitest';
import { Pace } from '../src/map/pace';

/** A clock that stands until it is told, and a graphics card that takes as long as it is told. */
class Bench {
  nowMs = 0;
  readonly pace = new Pace({ now: () => this.nowMs, later: (does, ms) => (this.due.push({ atMs: this.nowMs + ms, does }), 0 as never) });
  private due: { atMs: number; does: () => void }[] = [];

  draw(tookMs: number): void {
    const doneMs = this.nowMs + tookMs;
    this.pace.drawn({
      SYNC_GPU_COMMANDS_COMPLETE: 1, SYNC_STATUS: 2, UNSIGNALED: 3, fenceSync: () => ({}), flush: () => undefined, deleteSync: () => undefined,
      getSyncParameter: () => (this.nowMs < doneMs ? 3 : 4),
    } as unknown as WebGL2RenderingContext);
  }

  pass(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (let next = this.next(untilMs); next; next = this.next(untilMs)) {
      this.nowMs = next.atMs;
      next.does();
    }
    this.nowMs = untilMs;
  }

  private next(untilMs: number): { atMs: number; does: () => void } | undefined {
    const [first] = this.due.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
    this.due = this.due.filter((one) => one !== first);
    return first;
  }
}

describe('the pace of the map', () => {
  it('is no pace at all where it is drawn within a frame, whatever is typed', () => {
    const bench = new Bench();
    bench.draw(5);
    bench.pass(20);
    bench.pace.key();
    expect(bench.pace.waitMs(bench.nowMs)).toBe(0);
  });

  it('leaves twice as long as it took, and waits while it is being drawn', () => {
    const bench = new Bench();
    bench.draw(200);
    bench.pass(100);
    expect(bench.pace.waitMs(bench.nowMs)).toBeGreaterThan(0);
    bench.pass(120);
    const waitMs = bench.pace.waitMs(bench.nowMs);
    expect(waitMs).toBeGreaterThan(300);
    bench.pass(waitMs);
    expect(bench.pace.waitMs(bench.nowMs)).toBe(0);
  });

  it('waits for a pause of the keys where it is slow, but not for ever', () => {
    const bench = new Bench();
    bench.draw(200);
    bench.pass(1_000);
    const wantedMs = bench.nowMs;
    let heldMs = 0;
    for (; heldMs < 10_000; heldMs += 100) {
      bench.pace.key();
      if (bench.pace.waitMs(wantedMs) === 0) break;
      bench.pass(100);
    }
    expect(heldMs).toBeGreaterThanOrEqual(3_000);
    expect(heldMs).toBeLessThan(10_000);
  });

  it('waits for every sheet that was told in one breath', () => {
    const bench = new Bench();
    bench.draw(50);
    bench.draw(300);
    bench.pass(100);
    expect(bench.pace.waitMs(bench.nowMs)).toBeGreaterThan(0);
    bench.pass(210);
    expect(bench.pace.tookMs).toBeGreaterThanOrEqual(300);
  });

  it('measures one drawing, not all of a long look around', () => {
    const bench = new Bench();
    for (let frame = 0; frame < 100; frame += 1) {
      bench.draw(60);
      bench.pass(70);
    }
    expect(bench.pace.tookMs).toBeLessThan(100);
  });

  it('goes on when the graphics card is lost', () => {
    const bench = new Bench();
    bench.pace.drawn({ fenceSync: () => null } as unknown as WebGL2RenderingContext);
    expect(bench.pace.waitMs(bench.nowMs)).toBe(0);
  });
});
