// Promises of the call-taking seat: no word is lost, nothing is sent twice, Enter takes only what is surely meant, a key answers.

import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Call, Incident } from '../src/core/types';
import { ownRows } from '../src/pages/call/beside/own';
import { parentOf } from '../src/pages/call/beside/knowing.svelte';
import { advice, promise } from '../src/pages/call/beside/promise';
import { alikeQuestion, sameRows } from '../src/pages/call/beside/same';
import { Kept, Saver, toOffer, uuid7, type Draft } from '../src/pages/call/form/drafts';
import { blank, bodyOf, draftOf, formOf, isBlank, missing, type Form } from '../src/pages/call/form/form';
import { alike, Asking, question, surely, type PlaceFound } from '../src/pages/call/form/places';
import { given, nextQuestion, proposed, strike } from '../src/pages/call/form/questions';
import { actsOf, callRows, clockOf, nextRinging } from '../src/pages/call/telephone/telephone';

function filled(): Form {
  const form = blank();
  Object.assign(form.place, { address: '人民路1号', lon: 114.02, lat: 22.54, source: 'call_taker' });
  form.type = '400111';
  form.text = ' 六楼冒烟 ';
  form.answers = { trapped: 'yes' };
  form.caller.number = '13800000000';
  return form;
}

describe('a form', () => {
  it('sends what was said and nothing else', () => {
    expect(bodyOf(filled(), { callId: 'c', draftId: 'd' })).toEqual({
      source: 'call', draft_id: 'd', call_id: 'c', type: '400111', text: '六楼冒烟', answers: { trapped: 'yes' },
      place: { address: '人民路1号', lon: 114.02, lat: 22.54, source: 'call_taker' }, caller: { number: '13800000000' },
    });
    expect(bodyOf(blank(), { callId: null, draftId: 'd' })).toEqual({ source: 'call', draft_id: 'd' });
  });

  it('judges nothing of an incident that it only joins', () => {
    const form = filled();
    form.priority = 1;
    const body = bodyOf(form, { callId: null, draftId: 'd', attachTo: 'i' });
    expect(body.attach_to).toBe('i');
    expect(body.priority).toBeUndefined();
    expect(body.answers).toBeUndefined();
  });

  it('comes back from a draft as it was', () => {
    const form = filled();
    form.priority = 2;
    form.typeText = '住宅火灾';
    form.caller.cannot_talk = true;
    form.text = '六楼冒烟';
    expect(formOf(JSON.parse(JSON.stringify(draftOf(form))) as Record<string, unknown>)).toEqual(form);
    expect(isBlank(formOf({}))).toBe(true);
    expect(isBlank(formOf({ place: null, ui: null, text: 7 }))).toBe(true);
  });

  it('says what a unit would have to do without', () => {
    const form = blank();
    expect(missing(form)).toEqual(['place', 'type']);
    form.place.address = '桥下';
    expect(missing(form)).toEqual(['point', 'type']);
    expect(missing(filled())).toEqual([]);
  });
});

class Cupboard implements Storage {
  [name: string]: unknown;
  get length(): number { return Object.keys(this).length; }
  key(n: number): string | null { return Object.keys(this)[n] ?? null; }
  getItem(name: string): string | null { return (this[name] as string | undefined) ?? null; }
  setItem(name: string, value: string): void { this[name] = value; }
  removeItem(name: string): void { delete this[name]; }
  clear(): void { for (const name of Object.keys(this)) delete this[name]; }
}

const draft = (id: string, by = 'user:1', savedMs = 1_000_000): Draft => ({ id, by, callId: null, form: filled(), savedMs });

describe('a draft', () => {
  it('is offered to whoever typed it, the newest first, and to nobody else', () => {
    const storage = new Cupboard();
    const kept = new Kept(storage, 'user:1');
    kept.save(draft('a'));
    kept.save(draft('b', 'user:1', 2_000_000));
    new Kept(storage, 'user:2').save(draft('c', 'user:2'));
    storage.setItem('dispatch110.draft.broken', '{"id":');
    storage.setItem('something.else', 'stays');
    expect(kept.all(2_000_000).map(({ id }) => id)).toEqual(['b', 'a']);
    expect(storage.getItem('dispatch110.draft.broken')).toBeNull();
    expect(storage.getItem('something.else')).toBe('stays');
    kept.drop('a');
    expect(kept.all(2_000_000).map(({ id }) => id)).toEqual(['b']);
    expect(kept.all(2_000_000 + 25 * 3_600_000)).toEqual([]);
  });

  it('says when it cannot be kept here', () => {
    const storage = new Cupboard();
    storage.setItem = () => { throw new Error('full'); };
    expect(new Kept(storage, 'user:1').save(draft('a'))).toBe(false);
  });

  it('keeps words for an incident until they were told', () => {
    const kept = new Kept(new Cupboard(), 'user:1');
    kept.keepMore('i', '还有一个孩子');
    expect(kept.more()).toEqual([{ incidentId: 'i', text: '还有一个孩子' }]);
    kept.keepMore('i', '');
    expect(kept.more()).toEqual([]);
  });

  it('of two copies the newer is offered, and one that was being sent never gives way', () => {
    const server = (id: string, at: number) => ({ id, call_id: 'k', form: { text: '服务器' }, saved_at: new Date(at).toISOString(), seat_id: null, by: 'user:1' });
    const sending = { ...draft('s'), sending: { key: 'k', body: { source: 'call' as const } } };
    const offered = toOffer([draft('a'), draft('b'), sending], [server('a', 900_000), server('b', 3_000_000), server('s', 3_000_000), server('n', 10)], 'user:1');
    const by = new Map(offered.map((one) => [one.id, one]));
    expect(by.get('a')!.form.text).toBe(' 六楼冒烟 ');
    expect(by.get('b')!.form.text).toBe('服务器');
    expect(by.get('s')!.sending).toBeDefined();
    expect(by.get('n')!.callId).toBe('k');
  });

  it('has a name of version 7 that sorts by time', () => {
    expect(uuid7(1_700_000_000_000)).toMatch(/^018bcfe5-6800-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(uuid7(2_000_000_000_000) > uuid7(1_700_000_000_000)).toBe(true);
  });
});

describe('saving', () => {
  beforeEach(() => { vi.useFakeTimers(); });

  it('sends the newest state, not faster than the server wants it', async () => {
    const sent: number[] = [];
    const saver = new Saver<number>(async (what) => { sent.push(what); }, () => {}, () => Date.now());
    for (let n = 1; n <= 5; n += 1) saver.save(n);
    await vi.advanceTimersByTimeAsync(10);
    for (let n = 6; n <= 20; n += 1) {
      saver.save(n);
      await vi.advanceTimersByTimeAsync(50);
    }
    await vi.advanceTimersByTimeAsync(2_000);
    expect(sent[0]).toBe(5);
    expect(sent.at(-1)).toBe(20);
    expect(sent.length).toBeLessThan(5);
  });

  it('tries again what failed, and forgets what was stopped', async () => {
    let fails = 1;
    const sent: string[] = [];
    const told: boolean[] = [];
    const saver = new Saver<string>(async (what) => {
      if (fails-- > 0) throw new Error('no line');
      sent.push(what);
    }, (well) => told.push(well), () => Date.now());
    saver.save('a');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sent).toEqual(['a']);
    expect(told).toEqual([false, true]);
    saver.save('b');
    saver.stop();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sent).toEqual(['a']);
  });
});

const place = (name: string, more: Partial<PlaceFound> = {}): PlaceFound => ({ kind: 'place', name, lon: 1, lat: 2, match: 'exact', alt: [], ambiguous: false, ...more });

describe('a place', () => {
  beforeEach(() => { vi.useFakeTimers(); });

  it('is asked around the middle of what one looks at', () => {
    expect(question('人民/1', null)).toBe('/places?q=%E4%BA%BA%E6%B0%91%2F1&limit=8');
    expect(question('a', { lon: 114.1, lat: 22.5 })).toContain('lon=114.10000&lat=22.50000');
  });

  it('is taken by Enter only when it is surely meant', () => {
    expect(surely([place('a'), place('b')])).toBe(0);
    expect(surely([place('a', { match: 'initials' })])).toBe(0);
    expect(surely([place('a', { ambiguous: true }), place('a', { ambiguous: true })])).toBe(-1);
    expect(surely([place('a', { match: 'close' })])).toBe(-1);
    expect(surely([place('a', { match: 'does_not_cross' })])).toBe(-1);
    expect(surely([])).toBe(-1);
    expect(alike([place('a', { ambiguous: true }), place('b', { ambiguous: true }), place('c')])).toBe(2);
    expect(alike([place('c'), place('a', { ambiguous: true })])).toBe(0);
  });

  it('that was asked for later is never hidden by an earlier answer', async () => {
    const shown: string[] = [];
    const answers: Record<string, number> = { a: 500, ab: 10 };
    const asking = new Asking<string>(
      (text) => new Promise((done) => setTimeout(() => done([text]), answers[text])), (found) => shown.push(found.join()),
    );
    asking.type('a');
    await vi.advanceTimersByTimeAsync(150);
    asking.type('ab');
    expect(asking.pending).toBe(true);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(shown).toEqual(['ab']);
    expect(asking.pending).toBe(false);
  });

  it('does not wait for the pause when Enter was pressed, and says when nobody answers', async () => {
    const asked: string[] = [];
    let failed = 0;
    const asking = new Asking<string>(async (text) => {
      asked.push(text);
      throw new Error('no line');
    }, () => {}, () => { failed += 1; });
    asking.type('rm');
    await asking.now();
    expect([asked, failed, asking.pending]).toEqual([['rm'], 1, false]);
  });
});

const yes = { code: 'yes', key: 'y', zh: '是', en: 'yes', priority: 1, label: 'trapped' };
const no = { code: 'no', key: 'n', zh: '否', en: 'no', priority: 3 };
const trapped = { key: 'trapped', zh: '被困？', en: 'Trapped?', answers: [yes, no] };
const many = { key: 'how_many', zh: '几人？', en: 'How many?', answers: [{ code: 'few', key: '1', zh: '少', en: 'few' }, { code: 'crowd', key: '3', zh: '多', en: 'many', priority: 1 }] };

describe('questions', () => {
  it('are answered by one key, in any case', () => {
    expect(strike('y', trapped)).toEqual({ answered: { question: 'trapped', answer: 'yes' } });
    expect(strike('Y', trapped)).toEqual({ answered: { question: 'trapped', answer: 'yes' } });
    expect(strike('x', trapped)).toBeNull();
  });

  it('leave a digit to the priority unless they want it themselves', () => {
    expect(strike('3', trapped)).toEqual({ priority: 3 });
    expect(strike('3', many)).toEqual({ answered: { question: 'how_many', answer: 'crowd' } });
    expect(strike('2', undefined)).toEqual({ priority: 2 });
    expect(strike('5', trapped)).toBeNull();
  });

  it('go on with the next one that is open', () => {
    expect(nextQuestion([trapped, many], {})).toBe(0);
    expect(nextQuestion([trapped, many], { trapped: 'no' })).toBe(1);
    expect(nextQuestion([trapped, many], { trapped: 'no', how_many: 'few' })).toBe(2);
  });

  it('propose as the server judges', () => {
    const calm = { silent: false, abandoned: false, cannot_talk: false };
    const type = { code: '300100', parent: '300000', level: 2, zh: '', en: '' };
    expect(proposed(undefined, 3, [], calm)).toBe(3);
    expect(proposed(undefined, 3, [], { ...calm, cannot_talk: true })).toBe(2);
    expect(proposed(type, 2, [no], calm)).toBe(3);
    expect(proposed(type, 2, [no, yes], calm)).toBe(1);
    expect(proposed(type, 1, [no], calm)).toBe(1);
    expect(proposed({ ...type, level: 1 }, 4, [], calm)).toBe(3);
    expect(proposed(type, 4, [], { ...calm, silent: true })).toBe(2);
    expect(given([trapped, many], { how_many: 'crowd', trapped: 'yes' }).map(({ code }) => code)).toEqual(['yes', 'crowd']);
  });
});

const call = (id: string, more: object): Call => ({ id, state: 'ringing', opened_at: `2026-01-01T00:00:${id}Z`, seat: null, number: '1', owes_ring_back: false, times: {}, ...more } as unknown as Call);

describe('the telephone', () => {
  const ringing = [call('05', {}), call('03', {})];
  it('shows one’s own call first, then who has rung longest, then whom to ring back', () => {
    const calls = [...ringing, call('01', { state: 'answered', seat: 'J-02' }), call('09', { state: 'held', seat: 'J-01' }), call('02', { state: 'abandoned', owes_ring_back: true }), call('00', { state: 'released' })];
    expect(callRows(calls, 'J-01').map(({ id }) => id)).toEqual(['09', '03', '05', '02', '01']);
    expect(nextRinging(calls)!.id).toBe('03');
    expect(nextRinging([])).toBeUndefined();
  });

  it('offers what can be done, and nothing with a call of another seat', () => {
    expect(actsOf(call('1', { state: 'answered' }), true)).toEqual(['held', 'conferenced', 'transferred', 'released']);
    expect(actsOf(call('1', { state: 'held' }), true)).toEqual(['answered', 'released']);
    expect(actsOf(call('1', { state: 'answered' }), false)).toEqual([]);
    expect(actsOf(call('1', {}), false)).toEqual(['answered']);
  });

  it('counts down to the ring-back, and up while it rings', () => {
    const nowMs = Date.parse('2026-01-01T00:00:30Z');
    expect(clockOf(call('10', {}), nowMs)).toEqual({ s: 20, left: false, late: true });
    const owed = call('10', { state: 'abandoned', owes_ring_back: true, ring_back_by: '2026-01-01T00:01:10Z' });
    expect(clockOf(owed, nowMs)).toEqual({ s: 40, left: true, late: true });
  });
});

const incident = (id: string, more: object = {}): Incident => ({
  id, number: `J260101-${id}`, state: 'received', priority: 2, alarms: [], alarms_total: 1, assignments: [], surge: null, promised_at: null, ...more,
} as unknown as Incident);

describe('the same event', () => {
  it('has surges pinned on top, three keys, and never the incident that the form became', () => {
    const all = new Map(['a', 'b', 'c', 'd', 'e'].map((id) => [id, incident(id)]));
    all.set('s', incident('s', { surge: { count: 7 }, alarms_total: 7 }));
    all.set('over', incident('over', { surge: { count: 9 }, state: 'handled' }));
    const alikes = ['a', 'b', 's', 'c', 'gone'].map((id, n) => ({ incident_id: id, score: 0.9 - n / 10, reasons: [] }));
    const rows = sameRows(all, alikes as never, 'b');
    expect(rows.map(({ incident: { id }, key }) => [id, key])).toEqual([['s', 1], ['a', 2], ['c', 3]]);
    expect(rows[0]!.score).toBeCloseTo(0.7);
  });

  it('is asked with what was said, never with a number', () => {
    const form = {
      lon: 114.1, lat: 22.5, accuracy_m: null, address: '人民路', type: '400111', callId: 'k', exercise: false,
      number: '13800000000', caller: { number: '13800000000', safe_number: '13900000000' }, // whatever else a form may hold
    };
    expect(alikeQuestion(form)).toBe('/incidents/alike?lon=114.100000&lat=22.500000&address=%E4%BA%BA%E6%B0%91%E8%B7%AF&call_id=k&type=400111');
    expect(alikeQuestion({ ...form, lon: null, lat: null, address: ' ', callId: null })).toBeNull();
  });
});

describe('what the caller is told', () => {
  const ranking = { basis: 'road' as const, priority: 1, room_id: 'r', waves: [[{ unit_id: 'u', call_sign: '巡01', eta_s: 181 }], [{ unit_id: 'v', call_sign: '巡02', eta_s: 600 }]] };
  it('is never less than it will take', () => {
    expect(promise(ranking, null, 0)).toEqual({ kind: 'would', minutes: 4, seconds: 181, unit: '巡01' });
    expect(promise({ ...ranking, waves: [] }, null, 0)).toEqual({ kind: 'nobody' });
    expect(promise(null, null, 0)).toEqual({ kind: 'none' });
  });

  it('is what was promised as soon as somebody was ordered, and that they are there', () => {
    const at = '1970-01-01T00:02:30.000Z';
    const ordered = incident('a', { promised_at: at, state: 'dispatched', assignments: [{ promised_at: at, unit: { call_sign: '巡03' } }] });
    expect(promise(ranking, ordered, 60_000)).toEqual({ kind: 'ordered', minutes: 2, seconds: 90, unit: '巡03' });
    expect(promise(ranking, incident('a', { state: 'on_scene' }), 0)).toEqual({ kind: 'there' });
  });

  it('fits the type, the finest first, and says something for every type', () => {
    expect(advice('400111')[0]).toContain('出不去就关门');
    expect(advice('400220').join()).not.toContain('湿布');
    expect(advice(null).length).toBeGreaterThan(0);
    expect(advice('999999').length).toBeGreaterThan(0);
  });
});

describe('what I took', () => {
  it('is mine alone, newest first, and void only before an order', () => {
    const alarm = (id: string, by: string, at: string): object => ({ id, taken_by: by, recorded_at: at });
    const rows = ownRows([
      incident('a', { alarms: [alarm('1', 'me', '2026-01-01T00:00:01Z')] }), incident('b', { alarms: [alarm('2', 'you', '2026-01-01T00:00:02Z')] }),
      incident('c', { alarms: [alarm('3', 'me', '2026-01-01T00:00:03Z')], state: 'dispatched' }),
      incident('d', { alarms: [alarm('4', 'me', '2026-01-01T00:00:02Z'), alarm('5', 'you', '2026-01-01T00:00:05Z')], alarms_total: 2 }),
    ], 'me');
    expect(rows.map(({ key, alarmId, may }) => [key, alarmId, may.void])).toEqual([['c', '3', false], ['d', '4', false], ['a', '1', true]]);
  });
});

describe('a cell', () => {
  it('has the parent that the H3 library names', () => {
    expect(parentOf('8f411d2a6cb4c2b', 12)).toBe('8c411d2a6cb4dff');
  });
});
