import { describe, expect, it } from 'vitest';
import { frameAt, lastBefore, moved, neighbour, orderOf, placesUntil, proposedUntil, seenAt, span, wayUntil, type Course, type Frame, type Learned, type UnitTrack } from '../src/core/replay';

const track = (times: number[]): UnitTrack => ({
  unit_id: 'u', call_sign: '118', kind: 'car', from_ms: 0, to_ms: 1_000_000, t_ms: times, lon: times.map((t) => t / 1e6), lat: times.map(() => 22), gaps: [], gone_before_ms: null, thinned: false,
});
const frame = (t_ms: number, more: Partial<Frame> = {}): Frame => ({
  at: '', t_ms, position: t_ms, state: 'received', priority: 3, type: null, lon: null, lat: null, address: null, room: 'r', command_room: 'r', labels: [], alarms: 1, orders: [], ...more,
});

describe('a replay', () => {
  it('moves a unit between fixes close together, and never over a gap', () => {
    const one = track([0, 5_000, 100_000, 400_000]);
    expect(seenAt(one, 2_500)).toMatchObject({ lon: 0.0025, quality: 'solid' });
    for (const t of [6_000, 40_000, 70_000, 99_999]) expect(seenAt(one, t)!.lon).toBe(0.005);
    expect(seenAt(one, 6_000)!.quality).toBe('solid');
    expect(seenAt(one, 40_000)!.quality).toBe('hollow');
    expect(seenAt(one, 70_000)).toMatchObject({ quality: 'grey', ageS: 65 });
    expect(seenAt(one, 390_000)).toMatchObject({ lon: 0.1, quality: 'grey' });
  });

  it('knows nothing of a unit before its first fix and after its work', () => {
    expect(seenAt(track([5_000]), 4_999)).toBeNull();
    expect(seenAt(track([5_000]), 1_000_001)).toBeNull();
    expect(seenAt(track([]), 0)).toBeNull();
  });

  it('draws the ways that were proposed once their units were sent, and none where nobody drew one', () => {
    const sent = (computed_at: string, route: [number, number][] | null) => ({ computed_at, sent: [{ unit_id: 'u', call_sign: '118', eta_s: 60, route }] }) as unknown as Course['choices'][number];
    const choices = [sent('1970-01-01T00:00:05Z', [[1, 2], [3, 4]]), sent('1970-01-01T00:00:09Z', null), sent('1970-01-01T00:00:20Z', [[5, 6], [7, 8]])];
    expect(proposedUntil(choices, 4_999)).toEqual([]);
    expect(proposedUntil(choices, 10_000)).toEqual([[[1, 2], [3, 4]]]);
    expect(proposedUntil(choices, 20_000)).toHaveLength(2);
  });

  it('draws no line over a gap', () => {
    expect(wayUntil(track([0, 5_000, 10_000, 200_000, 205_000]), 205_000).map((line) => line.length)).toEqual([3, 2]);
  });

  it('shows the incident as it was known then', () => {
    const frames = [frame(10), frame(20, { lon: 1, lat: 2, orders: [{ id: 'a', unit_id: 'u', room_id: null, state: 'ordered' }] }), frame(30, { lon: 3, lat: 2, state: 'on_scene' })];
    expect(frameAt(frames, 9)).toBeNull();
    expect(frameAt(frames, 29)).toBe(frames[1]);
    expect(orderOf(frames[1]!, 'u')).toBe('ordered');
    expect(orderOf(frames[0]!, 'u')).toBeNull();
    expect(placesUntil(frames, 29)).toEqual([[1, 2]]);
    expect(placesUntil(frames, 99)).toEqual([[1, 2], [3, 2]]);
  });

  it('jumps to the fact after and the one before, and stays where there is none', () => {
    const facts = [10, 20, 30].map((known_ms) => ({ known_ms })) as Learned[];
    expect(neighbour(facts, 20, true)).toBe(30);
    expect(neighbour(facts, 20, false)).toBe(10);
    expect(neighbour(facts, 30, true)).toBeNull();
  });

  it('ends at its end, at any speed, and its last minutes begin no earlier than itself', () => {
    expect(moved(0, 100, 60, 5_000)).toBe(5_000);
    expect(moved(0, 100, 5, 5_000)).toBe(500);
    const course = { from_at: '2026-05-01T08:00:00Z', to_at: '2026-05-01T08:04:00Z' };
    expect(span(course, 10)).toEqual(span(course, null));
    expect(lastBefore([1, 2, 3], 2)).toBe(1);
  });
});
