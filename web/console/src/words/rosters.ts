// Words of rosters and beats: how a patrol goes round, what covers a beat.

export const patrols = {
  car: ['车巡', 'by car'], motorcycle: ['摩巡', 'by motorcycle'], foot: ['步巡', 'on foot'], boat: ['水巡', 'by boat'], drone: ['空巡', 'by drone'], video: ['视频巡', 'by video'], other: ['其他', 'otherwise'],
} as const;

export const beatStates = {
  covered: ['已覆盖', 'covered'], short: ['不足', 'too few'], away: ['出警中', 'away'], uncovered: ['空段', 'uncovered'], rests: ['非巡时段', 'at rest'],
} as const;

/** What should be walked now and is not, or not enough. */
export const OPEN_BEATS: ReadonlySet<string> = new Set(['short', 'away', 'uncovered']);
