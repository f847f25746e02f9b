// Which roll-call counts: the newest that is not old yet. Pure.

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
