import { describe, expect, it } from 'vitest';
import { coverageOf, dueInS, listOf, type Camera } from '../src/core/cameras';

const NOW = Date.parse('2030-01-01T12:00:00.000Z');
const camera = (code: string, more: Partial<Camera> = {}): Camera => ({
  id: code, code, name: code, lon: 114, lat: 22, address: null, link: null, priority: 2, room: 'n', beat: null, state: 'watched',
  watchers: [{ unit_id: 'v1', call_sign: '视01', duty: 'available', since: '2030-01-01T11:00:00.000Z', how: 'taken' }],
  unwatched_since: null, looked_at: null, looked_by: null, due_at: '2030-01-01T12:05:00.000Z', fault: null, fault_since: null, version: 1, ...more,
}) as Camera;

describe('the cameras of a patrol', () => {
  it('are its own, the sooner due first, and what is out of order last', () => {
    const all = [
      camera('later'), camera('broken', { due_at: null, fault: 'dark' }), camera('other', { watchers: [] }),
      camera('key', { priority: 1 }), camera('late', { due_at: '2030-01-01T11:00:00.000Z' }),
    ];
    expect(listOf(all, 'v1').map(({ code }) => code)).toEqual(['late', 'key', 'later', 'broken']);
    expect(listOf(all, 'v2')).toEqual([]);
  });

  it('say how long the next look still is, and for how long it has been due', () => {
    expect(dueInS(camera('a'), NOW)).toBe(300);
    expect(dueInS(camera('a', { due_at: '2030-01-01T11:59:00.000Z' }), NOW)).toBe(-60);
    expect(dueInS(camera('a', { due_at: null }), NOW)).toBeNull();
  });
});

describe('how a room is watched', () => {
  it('counts what somebody looks through, and names the rest in the order of the list', () => {
    const told = coverageOf([camera('x', { state: 'unwatched' }), camera('y', { state: 'away' }), camera('z', { state: 'out_of_order' }), camera('w')]);
    expect([told.all, told.watched]).toEqual([4, 1]);
    expect([told.open.map(({ code }) => code), told.broken.map(({ code }) => code)]).toEqual([['x', 'y'], ['z']]);
  });
});
