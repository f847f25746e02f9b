// Promise: the names under a roll-call are of that roll-call.

import { describe, expect, it } from 'vitest';
import type { RollCall } from '../src/core/types';
import { rollNow, unitsOf } from '../src/pages/desk/roll/rolls';

const roll = (id: string, called_at: string, units: string[] = []): RollCall => ({ id, called_at, units: units.map((call_sign) => ({ call_sign, answered_at: null })) }) as unknown as RollCall;

describe('a roll-call', () => {
  const [first, second] = [roll('1', '2030-01-01T00:00:00.000Z', ['巡1']), roll('2', '2030-01-01T00:05:00.000Z')];

  it('that was called since shows nobody of the earlier one', () => {
    expect(rollNow([first, second], Date.parse('2030-01-01T00:06:00Z'))).toBe(second);
    expect(unitsOf(second, first)).toBeNull();
    expect(unitsOf(first, first)?.map(({ call_sign }) => call_sign)).toEqual(['巡1']);
    expect(unitsOf(null, first)).toBeNull();
  });
});
