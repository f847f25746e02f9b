// Which roll-call counts, the newest that is not old yet, and whom it asked. Pure.

import type { RollCall } from '../../../core/types';

const KEPT_MS = 600_000;

export function rollNow(rolls: Iterable<RollCall>, nowMs: number): RollCall | null {
  let newest: RollCall | null = null;
  for (const roll of rolls) {
    const at = Date.parse(roll.called_at ?? '');
    if (nowMs - at < KEPT_MS && (!newest || (roll.called_at ?? '') > (newest.called_at ?? ''))) newest = roll;
  }
  return newest;
}

/** Whom a roll-call asked, by what was read of it: null while that is of an earlier one. */
export function unitsOf(roll: RollCall | null, read: RollCall | null): RollCall['units'] | null {
  return roll && read?.id === roll.id ? read.units : null;
}
