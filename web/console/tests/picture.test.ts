// Promise: the page shows what it was told last, in order, and forgets what it may no longer see.

import { describe, expect, it } from 'vitest';
import { Picture } from '../src/core/picture';
import type { Entity, FeedEvent, More, Snapshot } from '../src/core/types';

const incident = (id: string, version: number, state = 'received'): Entity => ({ id, version, state, number: `J261122-${id}`, assignments: [], priority: 3 }) as Entity;
const unit = (id: string, handle: number, state = 'available'): Entity => ({ id, handle, version: 1, state, fix: null }) as Entity;
const event = (seq: number, prev: number, noun: string, now: Entity | null, more: object = {}): FeedEvent =>
  ({ seq, prev, at: '', noun, id: now?.id ?? '', version: 1, fact: 'x', now, ...more });

function shown(): Picture {
  const picture = new Picture();
  picture.load({ seq: 10, at: '', room: 'r', incidents: [incident('a', 2)], units: [unit('u', 7)] } as unknown as Snapshot, 0);
  return picture;
}

describe('the picture', () => {
  it('takes an event that follows, and what else it changed', () => {
    const picture = shown();
    expect(picture.apply(event(12, 10, 'incident', incident('a', 3, 'dispatched'), { also: [event(12, 10, 'unit', unit('u', 7, 'ordered'))] }), 0)).toBe(true);
    expect(picture.incidents.get('a')?.state).toBe('dispatched');
    expect([picture.units.get('u')?.state, picture.byHandle.get(7)?.state]).toEqual(['ordered', 'ordered']);
  });

  it('takes none after a gap, and none before the first snapshot', () => {
    const picture = shown();
    expect(picture.apply(event(15, 14, 'incident', incident('b', 1)), 0)).toBe(false);
    expect([picture.incidents.has('b'), picture.seq]).toEqual([false, 10]);
    expect(new Picture().apply(event(1, 0, 'incident', incident('a', 1)), 0)).toBe(false);
  });

  it('is not changed by what was told before, nor set back by an older version', () => {
    const picture = shown();
    picture.apply(event(11, 10, 'incident', incident('a', 5, 'on_scene')), 0);
    expect(picture.apply(event(11, 10, 'incident', incident('a', 9)), 0)).toBe(true);
    expect(picture.incidents.get('a')?.state).toBe('on_scene');
    picture.apply(event(12, 11, 'incident', incident('a', 4)), 0);
    expect(picture.incidents.get('a')?.version).toBe(5);
  });

  it('loses what may no longer be seen and what has ended', () => {
    const picture = shown();
    picture.apply(event(11, 10, 'incident', incident('b', 4, 'closed')), 0);
    picture.apply(event(12, 11, 'incident', null, { id: 'a' }), 0);
    picture.apply(event(13, 12, 'unit', null, { id: 'u' }), 0);
    expect([picture.incidents.size, picture.units.size, picture.byHandle.size]).toEqual([0, 0, 0]);
  });

  it('of a snapshot keeps nothing that is not in it', () => {
    const picture = shown();
    picture.load({ seq: 20, at: '', room: 'r', incidents: [], units: [], drafts: [{ id: 'd', version: 1, ended: 'sent' }, { id: 'e', version: 1, ended: null }] } as unknown as Snapshot, 0);
    expect([picture.incidents.size, picture.units.size]).toEqual([0, 0]);
    expect([...picture.lists.get('draft')!.keys()]).toEqual(['e']);
  });

  it('stands until it is whole again, and then holds what was told and nothing else', () => {
    const picture = shown();
    picture.apply(event(11, 10, 'incident', incident('gone', 1)), 0);
    picture.load({ seq: 20, whole: false, at: '', room: 'r', incidents: [incident('b', 1)], units: [] } as unknown as Snapshot, 0);
    expect([[...picture.incidents.keys()].sort(), picture.units.size, picture.whole]).toEqual([['a', 'b', 'gone'], 1, false]);
    picture.more({ seq: 20, whole: false, incidents: [incident('a', 9), incident('c', 2, 'closed')] } as unknown as More, 0);
    expect(picture.incidents.get('a')?.version).toBe(9);
    picture.more({ seq: 20, whole: true, units: [] } as unknown as More, 0);
    expect([[...picture.incidents.keys()].sort(), picture.units.size, picture.byHandle.size, picture.whole]).toEqual([['a', 'b'], 0, 0, true]);
  });

  it('is filled part by part, and only when it is whole forgets who is not in it', () => {
    const picture = shown();
    const placed = (id: string, handle: number): Entity => ({ ...unit(id, handle), fix: { lon: 1, lat: 2, age_s: 0, quality: 'good' } }) as Entity;
    picture.fleet.learn(placed('old', 9) as never, 0);
    const changes = picture.unitChanges;
    picture.load({ seq: 20, whole: false, at: '', room: 'r', incidents: [], units: [placed('u', 7)] } as unknown as Snapshot, 0);
    picture.more({ seq: 20, whole: false, units: [placed('v', 8)] } as unknown as More, 0);
    expect([picture.units.size, picture.fleet.count]).toEqual([2, 3]);
    picture.more({ seq: 20, whole: true, units: [placed('w', 5)] } as unknown as More, 0);
    expect([[...picture.units.keys()], picture.fleet.row(9), picture.byHandle.get(5)?.id]).toEqual([['u', 'v', 'w'], -1, 'w']);
    expect(picture.unitChanges).toBeGreaterThan(changes);
  });

  it('knows the newest number, which tells the day', () => {
    expect(shown().newest).toBe('J261122-a');
  });
});
