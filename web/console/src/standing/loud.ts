// What warns of a place, for where only that is said. Pure.

import type { Incident } from '../core/types';

type Known = Incident['standing_facts'][number];

/** What warns of these, each kind once. */
export const loud = (facts: readonly Known[]): Known[] => facts.filter((one, n) => one.severity === 'warns' && facts.findIndex(({ kind, severity }) => kind === one.kind && severity === 'warns') === n);
