// Promise: a line does exactly what its preview says, in three ways of typing it, and what could mean two things is asked.

import { describe, expect, it } from 'vitest';
import { actOf, type Request } from '../src/core/commands/acts';
import { read, type Read, type World } from '../src/core/commands/read';
import { suggest } from '../src/core/commands/suggest';
import { VERBS, verbOf } from '../src/core/commands/verbs';
import type { Room } from '../src/core/reference';
import type { Incident, Unit } from '../src/core/types';

const unit = (id: string, call_sign: string, state = 'available', incident_id: string | null = null): Unit =>
  ({ id, call_sign, state, incident_id, handle: 1 }) as unknown as Unit;
const incident = (id: string, number: string, units: [string, string, string][] = []): Incident => ({
  id, number, version: 7, priority: 2, absorbed: [],
  assignments: units.map(([order, unit_id, state]) => ({ id: order, unit_id, state })),
}) as unknown as Incident;
const room = (id: string, code: string, name_zh: string, name_en: string): Room => ({ id, code, name_zh, name_en }) as unknown as Room;

const units = [
  unit('u118', '巡118'), unit('u104', '巡104', 'accepted', 'i220'), unit('u7', '城东巡07'), unit('u7b', '城西巡07'), unit('off', '巡009', 'off_duty'),
  unit('u31', '铁骑31', 'on_scene', 'i229'), unit('u31b', '巡31'),
];
const incidents = [
  incident('i231', 'J261130-0231'), incident('i229', 'J261130-0229', [['a31', 'u31', 'on_scene']]),
  incident('i220', 'J261130-0220', [['a104', 'u104', 'accepted'], ['kept', 'u118', 'stacked']]), incident('old', 'J261129-0231'),
];
const rooms = [
  room('north', 'CB', '城北派出所', 'Chengbei Station'), room('south', 'CN', '城南派出所', 'Chengnan Station'), room('hq', 'HQ', '市局指挥中心', 'City Command Centre'),
];
const RESULTS = [['handled', '已处置'], ['mediated', '现场调解'], ['no_trace', '查无警情'], ['hospital', '送医救治']] as const;
const world = (more: Partial<World> = {}): World =>
  ({ units, incidents, rooms, newest: 'J261130-0240', selected: null, selectedUnit: null, results: () => RESULTS, ...more });

function whole(line: string, more: Partial<World> = {}): Read {
  const reading = read(line, world(more));
  if (!('read' in reading)) throw new Error(`${line} was not read`);
  return reading.read;
}

function asked(line: string, more: Partial<World> = {}): Request[] {
  const found = whole(line, more);
  expect(found.doubts, line).toEqual([]);
  expect(found.missing, line).toEqual([]);
  const act = actOf(found, incidents);
  if (!('requests' in act)) throw new Error(`${line} asks for nothing`);
  return act.requests;
}

const orders = (...lines: object[]): object => ({ orders: lines, kind: 'order' });
const to = (id: string): object => ({ unit_id: id });

const TABLE: [string[], string, object][] = [
  [['派 118 104 J0231', 'send 118 104 j231', 'pai 118、104 J0231', 'p 118 104 J261130-0231', '派118 104 J0231', '/派 １１８ 104　Ｊ0231'],
    '/incidents/i231/assignments', orders(to('u118'), to('u104'))],
  [['增 118 J0231', 'add 118 J0231', 'zeng 118 j231'], '/incidents/i231/assignments', orders(to('u118'))],
  [['待 118 J0231', 'keep 118 J0231'], '/incidents/i231/assignments', { orders: [to('u118')], kind: 'stack' }],
  [['抢 104 J0231 有人持刀', 'take 104 J0231 有人持刀'], '/incidents/i231/assignments', { ...orders(to('u104')), preempt: true, reason: '有人持刀' }],
  [['派 城北 J0231', 'send chengbei J0231', 'p CB J0231'], '/incidents/i231/assignments', orders({ room_id: 'north' })],
  [['派 118 城北 J0231'], '/incidents/i231/assignments', orders({ room_id: 'north', unit_id: 'u118' })],
  [['签 104', 'accept 104', 'q 104'], '/assignments/a104/accept', {}],
  [['出 104', 'go 104', 'c 104', 'chu 巡104'], '/assignments/a104/en-route', {}],
  [['到 104', 'scene 104', 'dao 104', '到104'], '/assignments/a104/on-scene', {}],
  [['毕 31', 'clear 31'], '/assignments/a31/clear', { result: 'handled' }],
  [['毕 31 现场调解', 'bi 31 调解', 'b 31 mediated'], '/assignments/a31/clear', { result: 'mediated' }],
  [['收 104', 'recall 104', 's 104'], '/assignments/a104/recall', {}],
  [['收 104 警情不实', 'recall 104 警情不实'], '/assignments/a104/recall', { reason: '警情不实' }],
  [['收 118'], '/assignments/kept/recall', {}],
  [['难 104 车坏了'], '/assignments/a104/unable', { reason: '车坏了' }],
  [['转 J0231 城北', 'hand J0231 chengbei', 'zhuan j231 城北所'.replace('所', '')], '/incidents/i231/hand-over', { room_id: 'north' }],
  [['并 J0231 J0229', 'merge 231 229', 'bing J231 J229'], '/incidents/i231/merge', { into: 'i229' }],
  [['注 J0231 有 2 人 受伤', 'note J0231 有 2 人 受伤', 'zhu j231 有 2 人 受伤'], '/incidents/i231/notes', { kind: 'scene', text: '有 2 人 受伤', urgent: false }],
  [['急 J0231 对方持刀'], '/incidents/i231/notes', { kind: 'scene', text: '对方持刀', urgent: true }],
  [['休 118 20', 'break 118 20min', 'xiu 118 20分钟'], '/units/u118/duty', { duty: 'break', minutes: 20 }],
  [['休 118'], '/units/u118/duty', { duty: 'break', minutes: 30 }],
  [['闲 118', 'free 118'], '/units/u118/duty', { duty: 'available' }],
  [['讯 118 回所换车'], '/units/u118/message', { text: '回所换车' }],
  [['安 118'], '/units/u118/checked', {}],
  [['级 J0231 1', 'level 231 P1'], '/incidents/i231', { priority: 1 }],
  [['废 J0231 误报', 'void J0231 误报'], '/incidents/i231/void', { reason: '误报' }],
  [['结 J0231 查无', 'handle J0231 no_trace'], '/incidents/i231/handle', { result: 'no_trace' }],
  [['办 J0231', 'close j0231'], '/incidents/i231/close', {}],
  [['点', 'roll'], '/roll-calls', {}],
];

describe('the command line', () => {
  for (const [lines, path, body] of TABLE) {
    it.each(lines)(`%s → ${path}`, (line) => {
      const [request, ...others] = asked(line);
      expect(others).toEqual([]);
      expect([request!.path, request!.body]).toEqual([path, body]);
    });
  }

  it('takes the selected incident where none is typed, and says so', () => {
    const selected = incidents[0]!;
    const found = whole('派 118', { selected });
    expect([found.incident, found.implied]).toEqual([selected, true]);
    expect(asked('注 2 人受伤', { selected })[0]!.body['text']).toBe('2 人受伤');
    expect(asked('级 1', { selected })[0]!.body).toEqual({ priority: 1 });
    expect(asked('并 J0229', { selected })[0]!.body).toEqual({ into: 'i231' });
  });

  it('asks which of two units is meant and never guesses', () => {
    const found = whole('派 07 J0231');
    expect(found.units).toEqual([]);
    expect(found.doubts).toEqual([{ part: 'unit', word: '07', options: ['城东巡07', '城西巡07'] }]);
    expect(suggest('派 07 J0231', { read: found }, world(), true).map(({ line }) => line)).toEqual(['派 城东巡07 J0231', '派 城西巡07 J0231']);
    expect(asked('派 城东07 J0231')[0]!.body).toEqual(orders(to('u7')));
  });

  it('takes the one unit that comes into question where a number fits several', () => {
    expect(asked('毕 31')[0]!.path).toBe('/assignments/a31/clear');
    expect(asked('派 31 J0231')[0]!.body).toEqual(orders(to('u31b')));
  });

  it('asks which room is meant', () => {
    expect(whole('转 J0231 城').doubts).toEqual([{ part: 'room', word: '城', options: ['CB', 'CN'] }]);
  });

  it('says what is not known at all, and does nothing', () => {
    for (const line of ['派 999 J0231', '派 118 J9999', '转 J0231 火星', '毕 31 飞走了', '休 118 很久', '级 J0231 9']) {
      expect(whole(line).doubts.map(({ options }) => options), line).toEqual([[]]);
    }
  });

  it('says what is missing', () => {
    expect(whole('派').missing).toEqual(['units', 'incident']);
    expect(whole('派 118').missing).toEqual(['incident']);
    expect(whole('转 J0231').missing).toEqual(['room']);
    expect(whole('并 J0231').missing).toEqual(['into']);
    expect(whole('注 J0231').missing).toEqual(['text']);
    expect(whole('废 J0231').missing).toEqual(['reason']);
  });

  it('does nothing for a unit without an order', () => {
    expect(actOf(whole('到 城东巡07'), incidents)).toEqual({ why: 'no_order' });
    expect(actOf(whole('到 118'), incidents)).toEqual({ why: 'no_order' }); // what is kept for it is no order yet
    expect(actOf(whole('并 J0231 J0231'), incidents)).toEqual({ why: 'same' });
  });

  it('changes a priority only at the version that was seen', () => {
    expect(asked('级 J0231 1')[0]).toMatchObject({ method: 'PATCH', version: 7 });
  });

  it('never does anything for a line that is no command', () => {
    for (const line of ['', '  ', '/', '118', 'xyz 118', '?']) expect('read' in read(line, world()), line).toBe(false);
  });

  it('knows every verb by one typing only', () => {
    const typed = VERBS.flatMap((verb) => verb.typed);
    expect(new Set(typed).size).toBe(typed.length);
    for (const verb of VERBS) for (const word of verb.typed) expect(verbOf(`${word} x`)?.verb).toBe(verb);
  });

  it('reads any scramble of words without failing, and acts on none that is in doubt', () => {
    const words = ['118', '104', 'J0231', '城北', '07', '1', 'x', '现场调解', '，', '并', '🚓', '0'];
    let seed = 7;
    const next = (n: number): number => (seed = (seed * 48271) % 2147483647) % n;
    for (let n = 0; n < 3000; n += 1) {
      const verb = VERBS[next(VERBS.length)]!;
      const line = [verb.typed[next(verb.typed.length)], ...Array.from({ length: next(5) }, () => words[next(words.length)])].join(' ');
      const found = whole(line);
      if (!found.doubts.length && !found.missing.length) expect(() => actOf(found, incidents), line).not.toThrow();
    }
  });
});
