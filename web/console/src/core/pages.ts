// The pages of the centre, whom each serves, and what it is called: one line a page. Pure.

export interface PageLine {
  path: string;
  /** What it is called, in Chinese and in English. */
  words: readonly [zh: string, en: string];
  /** Any one of these opens it from the menu. What may be seen and done there, the server decides. */
  roles: readonly string[];
}

export const PAGES: readonly PageLine[] = [
  { path: '/call', words: ['接警席', 'Take calls'], roles: ['call_taker'] },
  { path: '/desk', words: ['派警席', 'Dispatch'], roles: ['dispatcher', 'leader', 'supervisor', 'reviewer', 'admin', 'auditor'] },
  { path: '/plans', words: ['预案', 'Plans'], roles: ['call_taker', 'dispatcher', 'leader', 'supervisor', 'reviewer', 'admin', 'auditor'] },
  { path: '/cards', words: ['派警卡', 'Run cards'], roles: ['call_taker', 'dispatcher', 'leader', 'supervisor', 'reviewer', 'admin', 'auditor'] },
  { path: '/rules', words: ['规则', 'Rules'], roles: ['call_taker', 'dispatcher', 'leader', 'supervisor', 'reviewer', 'admin', 'auditor'] },
  { path: '/events', words: ['安保任务', 'Events'], roles: ['dispatcher', 'leader', 'supervisor', 'reviewer', 'admin', 'auditor'] },
  { path: '/review', words: ['复盘', 'Review'], roles: ['dispatcher', 'leader', 'supervisor', 'reviewer', 'auditor'] },
  { path: '/playback', words: ['轨迹回放', 'Playback'], roles: ['leader', 'reviewer'] },
  { path: '/room', words: ['指挥室', 'Command room'], roles: ['leader', 'dispatcher', 'supervisor'] },
  { path: '/wall', words: ['大屏', 'Wall'], roles: ['leader', 'dispatcher', 'supervisor', 'auditor', 'admin'] },
  { path: '/follow-up', words: ['回访', 'Follow-up'], roles: ['reviewer', 'dispatcher', 'leader'] },
  { path: '/video', words: ['视频巡逻', 'Video patrol'], roles: ['unit'] },
  { path: '/paper', words: ['纸面备份', 'Paper'], roles: ['call_taker', 'dispatcher', 'leader'] },
];

/** What the menu offers to whoever has these roles, in the order of the day. */
export const pagesFor = (roles: readonly string[]): readonly PageLine[] => PAGES.filter((page) => page.roles.some((role) => roles.includes(role)));

/** The window a page lives in: a second press finds the one that is open instead of opening another. */
export const windowOf = (path: string): string => `dispatch110${path.replaceAll('/', '.')}`;
