// What is shown of the rules: those that say what was looked for, by the parts of an incident's life. Pure.

import type { components } from '../../core/schema';

type Shown = Pick<components['schemas']['RulesShown'], 'rules' | 'milestones'>;
export type RuleLine = components['schemas']['RuleShown'];

export interface Wording {
  zh: string;
  en: string;
}

export interface Asked {
  words: string;
  type: string;
  room: string;
  priority: string;
}

export interface Group {
  key: string;
  name: Wording;
  rules: RuleLine[];
}

/** The groups that have rules with all these words in what they say, in either language, or in their id. */
export function grouped({ rules, milestones }: Shown, words: string): Group[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const says = (rule: RuleLine): boolean => {
    const text = [rule.id, rule.said.zh, rule.said.en, rule.what.zh, rule.what.en].join(' ').toLowerCase();
    return wanted.every((word) => text.includes(word));
  };
  const found = rules.filter(says);
  return Object.entries(milestones)
    .map(([key, name]) => ({ key, name, rules: found.filter((rule) => rule.milestone === key) }))
    .filter((group) => group.rules.length > 0);
}

/** What the server is asked: only what it alone can judge. */
export function query({ type, room, priority }: Asked): string {
  const asked = new URLSearchParams(Object.entries({ type, room, priority }).filter(([, value]) => value));
  return asked.size ? `?${asked}` : '';
}

/** What each rule says: of those that hold, and of those a file would put in their place. */
export function sentences(shown: Pick<Shown, 'rules'> | null, compared: Pick<components['schemas']['Compared'], 'changes'> | null): Map<string, Wording> {
  const held = (shown?.rules ?? []).map((rule): [string, Wording] => [rule.id, rule.said]);
  const changed = (compared?.changes ?? []).flatMap((one): [string, Wording][] => (one.after ? [[one.key, one.after]] : []));
  return new Map([...held, ...changed]);
}
