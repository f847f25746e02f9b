// Promise: what is read out over the radio is whole, and a fact is told with its state.

import { describe, expect, it } from 'vitest';
import type { Assignment, Incident } from '../src/core/types';
import { factText } from '../src/words/facts';
import { brief } from '../src/words/place';
import { asks, digits, radioLine } from '../src/words/radio';
import { refusalText } from '../src/words/refusals';

describe('the timeline', () => {
  it('tells a fact with the state it led to, and one it does not know by its own name', () => {
    expect(factText('incident', 'progressed', { state: 'on_scene' })).toBe('警情状态：到场');
    expect(factText('assignment', 'stepped', { step: 'en_route' })).toBe('出动');
    expect(factText('comet', 'seen', {})).toBe('comet seen');
  });
});

describe('a room', () => {
  it('is short where a line is, and keeps what tells it from others', () => {
    expect(brief('等紫荆里派出所勤务指挥室派警')).toBe('等紫荆里所派警');
    expect(brief('西榕交警大队勤务指挥室')).toBe('西榕交警大队');
    expect(brief('西榕分局指挥中心')).toBe('西榕分局指挥中心');
  });
});

describe('a refusal', () => {
  it('has words of its own, or says at least that nothing was done', () => {
    expect(refusalText('unit_taken')).toContain('未派出任何单位');
    expect(refusalText('never_heard_of')).toBe('操作未被接受');
  });
});

describe('the radio line', () => {
  const incident = { number: 'J261130-0231', priority: 1, standing_facts: [], notes: [{ urgent: true, text: '对方持刀' }, { urgent: false, text: '穿红衣' }] } as unknown as Incident;
  const said = { callSign: '巡118', room: '城北派出所', type: '持刀伤人', place: '和平路23号' };

  it('calls twice, says what and where, what to do, and the caution', () => {
    expect(radioLine({ state: 'ordered' } as Assignment, incident, said)).toBe(
      '巡118，巡118，城北派出所呼叫。警情0 2 3 1，1级，持刀伤人，地点和平路23号。请立即前往，收到回复。注意：对方持刀。');
    const ended = { ...incident, notes: [{ urgent: true, text: '对方持刀。' }] } as unknown as Incident;
    expect(radioLine({ state: 'ordered' } as Assignment, ended, said), 'a note that ends in a stop is read with one').toMatch(/[^。]。$/);
    expect(radioLine({ state: 'on_scene' } as Assignment, incident, said)).toContain(asks.on_scene[0]);
    const fact = (kind: string, severity: string, zh: string): object => ({ id: kind + severity, kind, severity, name: { zh, en: kind }, text: '某人住此' });
    const known = { ...incident, notes: [], standing_facts: [fact('dog', 'warns', '恶犬'), fact('violence', 'warns', '曾暴力抗法'), fact('dog', 'warns', '恶犬'), fact('hydrant', 'informs', '消火栓')] } as unknown as Incident;
    expect(radioLine({ state: 'ordered' } as Assignment, known, said)).toContain('地点和平路23号。该处须注意：恶犬、曾暴力抗法。请立即前往');
    expect(radioLine({ state: 'ordered' } as Assignment, known, said), 'what is said of anybody is never read out').not.toContain('某人');
    expect(digits('J0007')).toBe('0 0 0 7');
  });
});
