// Promise: a question nobody answered is never told as the answer "none".

import { describe, expect, it } from 'vitest';
import { promise, sentence } from '../src/pages/call/beside/promise';

describe('the arrival', () => {
  it('that could not be worked out is no arrival that needs a place first', () => {
    expect(promise(null, null, 0, true)).toEqual({ kind: 'unknown' });
    expect(promise(null, null, 0)).toEqual({ kind: 'none' });
    expect(sentence({ kind: 'unknown' })).not.toBe(sentence({ kind: 'none' }));
    expect(sentence({ kind: 'unknown' })).not.toBe(sentence({ kind: 'nobody' }));
  });

  it('that was promised before stands whatever is asked now', () => {
    const incident = { state: 'dispatched', promised_at: '2026-01-01T00:03:00.000Z', assignments: [] } as never;
    expect(promise(null, incident, Date.parse('2026-01-01T00:00:00.000Z'), true)).toMatchObject({ kind: 'ordered', minutes: 3 });
  });
});
