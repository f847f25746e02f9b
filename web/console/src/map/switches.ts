// Which layers are on, as this browser was left. Units on duty and incidents have no switch: they are never hidden.

const KEPT = 'dispatch110.map.layers';

export const GROUPS = ['labels', 'off_duty', 'call_points', 'cameras', 'jurisdictions', 'beats', 'posts', 'events', 'closures', 'facts', 'cordon', 'coverage', 'served', 'heat', 'track'] as const;
export type Group = (typeof GROUPS)[number];
export const TRADES = ['police', 'traffic', 'metro', 'water'] as const;
export type Trade = (typeof TRADES)[number];
export type Switches = Record<Group, boolean> & { trade: Trade };

export const STANDARD: Switches = {
  labels: true, off_duty: false, call_points: true, cameras: true, jurisdictions: true, beats: false, posts: false, events: true, closures: true, facts: false, cordon: true, coverage: false, served: false, heat: false,
  track: false, trade: 'police',
};
/** What asks the server for much, or is logged, is not on by itself again. */
const FORGOTTEN: readonly Group[] = ['coverage', 'served', 'heat', 'track'];

export function readSwitches(kept: Pick<Storage, 'getItem'>): Switches {
  const found: Switches = { ...STANDARD };
  try {
    const told = JSON.parse(kept.getItem(KEPT) ?? '{}') as Record<string, unknown>;
    for (const group of GROUPS) if (typeof told[group] === 'boolean' && !FORGOTTEN.includes(group)) found[group] = told[group];
    if (TRADES.includes(told['trade'] as Trade)) found.trade = told['trade'] as Trade;
  } catch {
    return { ...STANDARD }; // somebody else wrote there
  }
  return found;
}

export function keepSwitches(kept: Pick<Storage, 'setItem'>, switches: Switches): void {
  kept.setItem(KEPT, JSON.stringify(switches));
}
