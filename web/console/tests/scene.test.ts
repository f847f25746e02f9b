// Promise: the form of the scene changes what somebody changed, and nobody is counted anew who was not.

import { describe, expect, it } from 'vitest';
import { sceneOf } from '../src/pages/desk/detail/acts';

const now = { commander_id: 'u1', staging: null, casualties: { dead: 0, injured: 2, missing: 1, at: '2026-01-01T00:00:00.000Z' } };
const asItIs = { commander_id: 'u1', staging: '', dead: '0', injured: '2', missing: '1' };

describe('the form of the scene', () => {
  it('that was left as it is changes nothing', () => {
    expect(sceneOf(asItIs, now)).toEqual({});
    expect(sceneOf({ commander_id: '', staging: '', dead: '', injured: '', missing: '' }, null)).toEqual({});
  });

  it('counts all when one was counted', () => {
    expect(sceneOf({ ...asItIs, injured: '3' }, now)).toEqual({ casualties: { dead: 0, injured: 3, missing: 1 } });
    expect(sceneOf({ ...asItIs, missing: '' }, now)).toEqual({ casualties: { dead: 0, injured: 2, missing: 0 } });
  });

  it('names who commands, or nobody any more, and where to gather', () => {
    expect(sceneOf({ ...asItIs, commander_id: 'u2' }, now)).toEqual({ commander_id: 'u2' });
    expect(sceneOf({ ...asItIs, commander_id: '' }, now)).toEqual({ commander_id: null });
    expect(sceneOf({ ...asItIs, staging: '{"lon":114,"lat":22}' }, now)).toEqual({ staging: { lon: 114, lat: 22 } });
  });
});
