// Promise: the pages of rules and plans show what was looked for in either language, and take no file that is none.

import { describe, expect, it } from 'vitest';
import { dayText, dueText } from '../src/core/text';
import { found as cardsFound, type CardLine } from '../src/pages/cards/cards';
import { fileOf } from '../src/pages/files/changing.svelte';
import { checklist, found, type Plan, type PlanLine } from '../src/pages/plans/plans';
import { grouped, query, type RuleLine } from '../src/pages/rules/rules';

const rule = (id: string, milestone: string, zh: string, en: string): RuleLine =>
  ({ id, milestone, said: { zh, en }, what: { zh: '', en: '' }, quiet: false, fired: 0, last_fired_at: null }) as RuleLine;
const MILESTONES = { intake: { zh: '接警', en: 'Intake' }, dispatch: { zh: '派警', en: 'Dispatch' }, scene: { zh: '现场', en: 'On scene' } };
const RULES = { milestones: MILESTONES, rules: [rule('late', 'dispatch', '提醒上一级', 'Tell the room above'), rule('no_place', 'intake', '无位置', 'Without a place')] };

describe('rules', () => {
  it('stand in the order of an incident’s life, and empty parts are left out', () => {
    expect(grouped(RULES, '').map(({ key, rules }) => [key, rules.length])).toEqual([['intake', 1], ['dispatch', 1]]);
  });

  it('are found by words of either language and by id, all of them', () => {
    expect(['ABOVE room', '上一级', 'late', 'above 位置'].map((words) => grouped(RULES, words).flatMap(({ rules }) => rules.map(({ id }) => id)))).toEqual([['late'], ['late'], ['late'], []]);
  });

  it('are asked of the server by what it alone can judge', () => {
    expect(query({ words: 'x', type: '100200', room: '', priority: '1' })).toBe('?type=100200&priority=1');
    expect(query({ words: 'x', type: '', room: '', priority: '' })).toBe('');
  });
});

describe('a plan', () => {
  const title = { zh: '做', en: 'do' };
  const plan = { code: 'fire', name: { zh: '火灾', en: 'Fire' }, steps: [{ key: 'a', title, tier: 'station' }, { key: 'b', title, tier: 'city', after: ['a'] }, { key: 'c', title, after: ['b', 'a'] }] } as unknown as Plan;

  it('is a checklist by tier whose numbers run over all of it', () => {
    expect(checklist(plan).map(({ tier, lines }) => [tier, lines.map(({ n, after }) => [n, after])])).toEqual([['city', [[2, [1]]]], ['station', [[1, []], [3, [1, 2]]]]]);
  });

  it('is found by its name, its steps or whom it is for', () => {
    const line = { plan, when: [{ zh: '建筑火灾', en: 'Building fire' }], active: [] } as unknown as PlanLine;
    expect(['fire', '建筑', 'do 做', 'flood'].map((words) => found([line], words).length)).toEqual([1, 1, 1, 0]);
    const other = { ...line, plan: { ...plan, code: 'other', name: { zh: '做', en: 'Other' } } } as unknown as PlanLine;
    expect(found([line, other], '做').map((one) => one.plan.code)).toEqual(['other', 'fire']);
  });
});

describe('a file', () => {
  it('is taken when it holds what it should', () => {
    expect(fileOf('{"rules": []}', 'rules')).toEqual({ file: { rules: [] } });
  });

  it('is refused in a sentence when it is none', () => {
    expect(fileOf('{"cards": []}', 'run-cards')).toEqual({ file: { cards: [] } });
    for (const [text, what] of [['{', 'rules'], ['[]', 'rules'], ['{"rules": []}', 'plans'], ['null', 'plans']] as const) expect(Object.keys(fileOf(text, what))).toEqual(['wrong']);
  });
});

describe('a day', () => {
  it('is said with its minute', () => {
    expect(dayText('2026-11-30T06:07:00.000Z')).toMatch(/^11-30 \d\d:07$|^12-01 \d\d:07$/);
    expect(dayText(null)).toBe('');
  });
  it('stands beside a minute that is not near, so that two o’clock is never taken for tonight', () => {
    const now = Date.parse('2026-11-30T06:07:00.000Z');
    expect(dueText('2026-11-30T08:07:00.000Z', now)).toMatch(/^\d\d:07$/);
    expect(dueText('2026-12-01T06:07:00.000Z', now)).toBe(dayText('2026-12-01T06:07:00.000Z'));
  });
});

it('a run card is found by its name first, then by its types and by who goes', () => {
  const both = (zh: string, en: string) => ({ zh, en });
  const card = (code: string, name: string, type: string, said: string): CardLine => ({ code, name: both(name, code), types: [both(type, type)], when: null, waves: [{ after: 'at_once', said: both(said, said), units: 1 }] }) as CardLine;
  const cards = [card('crime', '现行案件', '抢劫', '2组警车'), card('robbery', '抢劫', '抢夺', '1组步巡')];
  expect(['抢劫', '步巡', 'crime 警车', '无'].map((words) => cardsFound(cards, words).map(({ code }) => code))).toEqual([['robbery', 'crime'], ['robbery'], ['crime'], []]);
});
