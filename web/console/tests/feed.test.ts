// Promise: a dropped console misses nothing and doubles nothing, and a window that comes later hears the same story.

import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Keeper, type Passed } from '../src/core/keeper';

class Socket {
  static made: Socket[] = [];
  readyState = 0;
  binaryType = '';
  said: Record<string, unknown>[] = [];
  onopen = (): void => {};
  onmessage = (_: { data: unknown }): void => {};
  onclose = (_: { code: number }): void => {};
  onerror = (): void => {};

  constructor() { Socket.made.push(this); }
  send(text: string): void { this.said.push(JSON.parse(text) as Record<string, unknown>); }
  close(): void { this.readyState = 3; this.onclose({ code: 1000 }); }
  up(): void { this.readyState = 1; this.onopen(); }
  down(code = 1006): void { this.readyState = 3; this.onclose({ code }); }
  hear(message: object): void { this.onmessage({ data: JSON.stringify(message) }); }
}

const snapshot = (seq: number): object => ({ snapshot: { seq, at: '2026-01-01T00:00:00.000Z', room: 'r', incidents: [], units: [] } });
const part = (seq: number, whole: boolean): object => ({ more: { seq, whole, units: [] } });
const half = (seq: number): object => ({ snapshot: { seq, whole: false, at: '2026-01-01T00:00:00.000Z', room: 'r', incidents: [], units: [] } });
const event = (seq: number, prev: number): object => ({ event: { seq, prev, at: '', noun: 'incident', id: 'a', version: seq, fact: 'x', now: null } });
const seqs = (heard: Passed[]): number[] => heard.flatMap((one) => {
  if (!('text' in one)) return [];
  const told = JSON.parse(one.text) as { event?: { seq: number }; snapshot?: { seq: number }; more?: { seq: number } };
  return [(told.event ?? told.snapshot ?? told.more)!.seq];
});

function window(keeper: Keeper): { heard: Passed[]; post: (message: Passed) => void } {
  const made = { heard: [] as Passed[], post: (message: Passed) => { made.heard.push(message); } };
  keeper.hear(made, { join: { url: 'ws://here', room: 'r' } });
  return made;
}

beforeEach(() => {
  Socket.made = [];
  vi.useFakeTimers();
});

describe('the line', () => {
  const keep = (): Keeper => keepWhile(() => true);
  const keepWhile = (answers: () => boolean): Keeper => new Keeper({ open: () => new Socket() as unknown as WebSocket, answers: () => Promise.resolve(answers()) });

  it('resumes after the last seq it had', () => {
    const keeper = keep();
    const one = window(keeper);
    Socket.made[0]!.up();
    Socket.made[0]!.hear(snapshot(5));
    Socket.made[0]!.hear(event(7, 5));
    Socket.made[0]!.down();
    vi.advanceTimersByTime(1_000);
    Socket.made[1]!.up();
    expect(Socket.made[1]!.said).toEqual([{ subscribe: { room: 'r', after: 7 } }]);
    Socket.made[1]!.hear(event(7, 5));
    Socket.made[1]!.hear(event(9, 7));
    expect(seqs(one.heard)).toEqual([5, 7, 9]);
  });

  it('asks for what lies in a gap and passes nothing on before it has it', () => {
    const keeper = keep();
    const one = window(keeper);
    Socket.made[0]!.up();
    Socket.made[0]!.hear(snapshot(5));
    Socket.made[0]!.hear(event(9, 7));
    expect(seqs(one.heard)).toEqual([5]);
    expect(Socket.made[0]!.said.at(-1)).toEqual({ subscribe: { room: 'r', after: 5 } });
  });

  it('tells a later window the snapshot and everything since', () => {
    const keeper = keep();
    window(keeper);
    Socket.made[0]!.up();
    Socket.made[0]!.hear(snapshot(5));
    Socket.made[0]!.hear(event(6, 5));
    const two = window(keeper);
    Socket.made[0]!.hear(event(8, 6));
    expect(seqs(two.heard)).toEqual([5, 6, 8]);
    expect(Socket.made).toHaveLength(1);
  });

  it('passes a large picture on part by part, and a later window hears all of them', () => {
    const keeper = keep();
    const one = window(keeper);
    const socket = Socket.made[0]!;
    socket.up();
    socket.hear(half(5));
    socket.hear(part(5, false));
    const two = window(keeper);
    socket.hear(part(5, true));
    socket.hear(event(6, 5));
    const three = window(keeper);
    for (const { heard } of [one, two, three]) expect(seqs(heard)).toEqual([5, 5, 5, 6]);
    socket.down();
    vi.advanceTimersByTime(1_000);
    Socket.made[1]!.up();
    expect(Socket.made[1]!.said).toEqual([{ subscribe: { room: 'r', after: 6 } }]);
  });

  it('begins anew when the line breaks amid a large picture', () => {
    const keeper = keep();
    window(keeper);
    Socket.made[0]!.up();
    Socket.made[0]!.hear(half(5));
    Socket.made[0]!.hear(part(5, false));
    Socket.made[0]!.down();
    vi.advanceTimersByTime(1_000);
    Socket.made[1]!.up();
    expect(Socket.made[1]!.said).toEqual([{ subscribe: { room: 'r' } }]);
  });

  it('looks at what any of its windows looks at', () => {
    const keeper = keep();
    const [one, two] = [window(keeper), window(keeper)];
    Socket.made[0]!.up();
    keeper.hear(one, { look: [[0, 0, 1, 1]] });
    expect(Socket.made[0]!.said.filter((said) => 'view' in said)).toEqual([]);
    keeper.hear(two, { look: [[2, 2, 3, 3]] });
    expect(Socket.made[0]!.said.at(-1)).toEqual({ view: { bounds: [[0, 0, 1, 1], [2, 2, 3, 3]] } });
  });

  it('looks at everything again as soon as one of them wants everything', () => {
    const keeper = keep();
    const one = window(keeper);
    Socket.made[0]!.up();
    keeper.hear(one, { look: [[0, 0, 1, 1]] });
    expect(Socket.made[0]!.said.at(-1)).toEqual({ view: { bounds: [[0, 0, 1, 1]] } });
    window(keeper);
    expect(Socket.made[0]!.said.filter((said) => 'view' in said).at(-1)).toEqual({ view: { bounds: [[-180, -90, 180, 90]] } });
  });

  it('keeps no endless story: a window that comes after a long one begins afresh, and so does everybody', () => {
    const keeper = keep();
    const one = window(keeper);
    const socket = Socket.made[0]!;
    socket.up();
    socket.hear(snapshot(1));
    for (let seq = 2; seq <= 6_000; seq += 1) socket.hear(event(seq, seq - 1));
    const two = window(keeper);
    expect(seqs(two.heard)).toEqual([]);
    expect(socket.said.at(-1)).toEqual({ subscribe: { room: 'r' } });
    const said = socket.said.length;
    const three = window(keeper);
    expect(socket.said).toHaveLength(said); // asked for once
    socket.hear(snapshot(6_000));
    socket.hear(event(6_001, 6_000));
    for (const late of [two, three]) expect(seqs(late.heard)).toEqual([6_000, 6_001]);
    expect(seqs(one.heard).slice(-2)).toEqual([6_000, 6_001]);
  });

  it('drops a line that has gone silent and says so', () => {
    const keeper = keep();
    const one = window(keeper);
    Socket.made[0]!.up();
    Socket.made[0]!.hear(snapshot(1));
    vi.advanceTimersByTime(20_000);
    expect(one.heard.some((told) => 'link' in told && !told.link.open)).toBe(true);
    expect(Socket.made.length).toBeGreaterThan(1);
  });

  it('is given time for its first snapshot, however large the city, but not for ever', () => {
    window(keep());
    Socket.made[0]!.up();
    vi.advanceTimersByTime(25_000);
    expect(Socket.made).toHaveLength(1);
    vi.advanceTimersByTime(10_000);
    expect(Socket.made.length).toBeGreaterThan(1);
  });

  it('that never opens is given up too, and is tried again, never long after', async () => {
    const keeper = keep();
    window(keeper);
    await vi.advanceTimersByTimeAsync(9_000);
    expect(Socket.made[0]!.readyState).toBe(3);
    for (let n = 0; n < 10; n += 1) {
      const made = Socket.made.length;
      Socket.made.at(-1)!.down();
      await vi.advanceTimersByTimeAsync(7_000);
      expect(Socket.made.length).toBeGreaterThan(made);
    }
  });

  it('is back within a second and a half of its server, however long that was gone', async () => {
    window(keep());
    for (let tried = 0; tried < 20; tried += 1) {
      const before = Socket.made.length;
      Socket.made.at(-1)!.down();
      await vi.advanceTimersByTimeAsync(1_500);
      expect(Socket.made.length).toBe(before + 1);
    }
  });

  it('opens no socket in vain while its server is gone, which browsers punish with seconds, and one as soon as it is there', async () => {
    let there = false;
    window(keepWhile(() => there));
    Socket.made[0]!.up();
    Socket.made[0]!.hear(snapshot(1));
    Socket.made[0]!.down();
    await vi.advanceTimersByTimeAsync(1_500);
    Socket.made[1]!.down();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(Socket.made).toHaveLength(2);
    there = true;
    await vi.advanceTimersByTimeAsync(1_500);
    expect(Socket.made).toHaveLength(3);
  });

  it('lets each window know each second that it listens, also while there is no server', () => {
    const keeper = keep();
    const one = window(keeper);
    const told = (): number => one.heard.filter((heard) => 'link' in heard).length;
    for (let second = 0; second < 30; second += 1) {
      const before = told();
      vi.advanceTimersByTime(1_000);
      expect(told()).toBeGreaterThan(before);
      if (second % 7 === 3) Socket.made.at(-1)!.down();
    }
  });

  it('tells every window of a mistake that none of them would see', () => {
    const keeper = keep();
    const windows = [window(keeper), window(keeper)];
    keeper.fail('a mistake');
    for (const { heard } of windows) expect(heard.at(-1)).toEqual({ fault: 'a mistake' });
  });

  it('ends for good when the session was revoked', () => {
    const keeper = keep();
    const one = window(keeper);
    Socket.made[0]!.up();
    Socket.made[0]!.down(4003);
    vi.advanceTimersByTime(60_000);
    expect(one.heard.at(-1)).toEqual({ revoked: true });
    expect(Socket.made).toHaveLength(1);
  });
});
