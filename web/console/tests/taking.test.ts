// Promises of a report under way: what is answered belongs to the report that asked, one press does one thing, and an empty form is
// no report.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Refused } from '../src/core/api';
import { Going } from '../src/pages/call/form/going';
import { Taking } from '../src/pages/call/form/taking.svelte';
import type { Seat } from '../src/seat/seat.svelte';

interface Asked { path: string; body: Record<string, unknown>; key?: string; answer(body: unknown): Promise<void>; refuse(error: unknown): Promise<void> }

/** A seat whose acts are answered when the test says so. */
class Chair {
  readonly asked: Asked[] = [];
  readonly changed: { path: string; body: unknown }[] = [];
  readonly read: string[] = [];
  readonly selected: unknown[] = [];
  readonly told: string[] = [];
  undo: (() => void) | null = null;
  readonly session = { principal: 'user:1', seat_id: 's' };
  readonly picture = { calls: new Map<string, unknown>(), incidents: new Map<string, unknown>() };
  readonly reference = { questionsOf: () => [{ key: 'trapped', zh: '被困？', en: 'Trapped?', answers: [{ code: 'yes', key: 'y', zh: '是', en: 'yes', label: 'trapped' }] }] };
  readonly toasts = {
    bad: (text: string) => { this.told.push(text); }, good: (text: string) => { this.told.push(text); },
    show: ({ text }: { text: string }) => { this.told.push(text); }, undoable: (text: string, undo: () => void) => { this.told.push(text); this.undo = undo; },
  };
  readonly api = {
    act: (path: string, body: Record<string, unknown>, key?: string) => this.ask(path, body, key),
    get: async (path: string) => { this.read.push(path); return { items: [] }; },
    read: async () => ({ body: {}, etag: '"1"' }),
    change: async (_: string, path: string, body: unknown) => { this.changed.push({ path, body }); return { body: {}, etag: null }; },
    end: async () => {},
  };
  select = (what: unknown): void => { this.selected.push(what); };
  act = (path: string, body: Record<string, unknown>): Promise<unknown> => this.ask(path, body);

  private ask(path: string, body: Record<string, unknown>, key?: string): Promise<unknown> {
    return new Promise((done, failed) => {
      const settled = (): Promise<void> => new Promise((after) => { setTimeout(after); void vi.advanceTimersByTimeAsync(1); });
      this.asked.push({ path, body, ...(key ? { key } : {}), answer: (said) => { done(said); return settled(); }, refuse: (error) => { failed(error); return settled(); } });
    });
  }
}

/** A browser's storage, which may be full. */
class Cupboard implements Storage {
  [name: string]: unknown;
  get length(): number { return Object.keys(this).length; }
  key(n: number): string | null { return Object.keys(this)[n] ?? null; }
  getItem(name: string): string | null { return (this[name] as string | undefined) ?? null; }
  setItem(name: string, value: string): void {
    if (full) throw new Error('full');
    this[name] = value;
  }
  removeItem(name: string): void { delete this[name]; }
  clear(): void { for (const name of Object.keys(this)) delete this[name]; }
}
let full = false;
const drafts = (): string[] => Object.keys(localStorage).filter((name) => name.startsWith('dispatch110.draft.'));
const taken = (n: string): object => ({ alarm: { id: `a${n}` }, incident: { id: `i${n}`, number: `J-${n}`, type_verified: null, type_reported: '400111' }, candidates: [] });

let chair: Chair;
let taking: Taking;

function write(text: string): void {
  Object.assign(taking.form.place, { address: '人民路1号', lon: 114.02, lat: 22.54, source: 'call_taker' });
  taking.form.type = '400111';
  taking.form.text = text;
}

beforeEach(() => {
  vi.useFakeTimers();
  full = false;
  vi.stubGlobal('localStorage', new Cupboard());
  chair = new Chair();
  taking = new Taking(chair as unknown as Seat);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('the answer to a report', () => {
  it('finds its own form, not that of the caller who came meanwhile', async () => {
    write('六楼冒烟');
    const landed = taking.hand();
    taking.begin({ id: 'k2', exercise: false, state: 'answered' } as never);
    write('有人落水');
    const now = taking.draftId;
    await chair.asked[0]!.answer(taken('1'));
    expect(await landed).toBe(false);
    expect(taking.sent).toBeNull();
    expect([taking.draftId, taking.callId, taking.form.text]).toEqual([now, 'k2', '有人落水']);
    expect(chair.selected).toEqual([]);
    expect(chair.told.join()).toContain('J-1');
    expect(taking.offered).toEqual([]);
    expect(drafts()).toEqual([]);
    const second = taking.hand();
    expect(chair.asked[1]!.body['text']).toBe('有人落水');
    await chair.asked[1]!.answer(taken('2'));
    expect(await second).toBe(true);
    expect(taking.sent?.incidentId).toBe('i2');
  });

  it('holds nobody up: the next report goes while the first is on its way', async () => {
    write('六楼冒烟');
    void taking.hand();
    expect(taking.sending).toBe(true);
    taking.begin();
    write('有人落水');
    expect(taking.sending).toBe(false);
    void taking.hand();
    expect(chair.asked.map(({ body }) => body['text'])).toEqual(['六楼冒烟', '有人落水']);
    expect(new Set(chair.asked.map(({ key }) => key)).size).toBe(2);
    expect(taking.sending).toBe(true);
    await chair.asked[0]!.answer(taken('1'));
    expect(taking.sending).toBe(true);
  });

  it('that is a refusal leaves the next form alone, and the refused one on offer, free to be changed', async () => {
    write('六楼冒烟');
    const landed = taking.hand();
    const old = taking.draftId;
    taking.begin();
    write('有人落水');
    await chair.asked[0]!.refuse(new Refused(422, { code: 'unknown_type', detail: 'There is no such type.' }));
    expect(await landed).toBe(false);
    expect([taking.fault, taking.form.text]).toEqual(['', '有人落水']);
    expect(chair.told.join()).toContain('没有这个警情类型');
    expect(taking.offered.map(({ id, sending }) => [id, sending])).toEqual([[old, undefined]]);
  });

  it('that never came is said, and the form that was put aside goes again under its key', async () => {
    write('六楼冒烟');
    const landed = taking.hand();
    taking.begin();
    await chair.asked[0]!.refuse(new TypeError('no line'));
    await landed;
    expect(taking.fault).toBe('');
    expect(chair.told).toHaveLength(1);
    taking.resume(taking.offered[0]!);
    void taking.hand();
    expect(chair.asked[1]!.key).toBe(chair.asked[0]!.key);
  });

  it('brings what was typed while one waited to the incident', async () => {
    write('六楼冒烟');
    const landed = taking.hand();
    taking.form.text = '六楼冒烟，有孩子';
    await chair.asked[0]!.answer(taken('1'));
    expect(chair.asked[1]!.path).toBe('/incidents/i1/notes');
    expect(chair.asked[1]!.body['text']).toBe('六楼冒烟，有孩子');
    await chair.asked[1]!.answer({});
    expect(await landed).toBe(true);
  });

  it('brings it there too when the next caller has the form', async () => {
    write('六楼冒烟');
    void taking.hand();
    taking.form.text = '六楼冒烟，有孩子';
    taking.form.type = '400112';
    taking.begin();
    await chair.asked[0]!.answer(taken('1'));
    expect(chair.asked[1]!.path).toBe('/incidents/i1/notes');
    await chair.asked[1]!.answer({});
    expect(chair.changed).toEqual([{ path: '/incidents/i1', body: { type: '400112' } }]);
  });
});

describe('an attaching', () => {
  const into = { id: 'i9', number: 'J-9' } as never;

  it('that is answered late does not make the next form part of the incident', async () => {
    write('六楼冒烟');
    const first = taking.hand();
    await chair.asked[0]!.answer(taken('1'));
    await first;
    const attached = taking.attach(into);
    taking.begin();
    await chair.asked[1]!.answer({});
    expect(await attached).toBe(false);
    expect(taking.sent).toBeNull();
    expect(chair.selected).toEqual([{ incident: 'i1' }]);
    expect(chair.told.join()).toContain('J-9');
  });

  it('can be taken back without touching the form of the next caller', async () => {
    write('六楼冒烟');
    const landed = taking.attach(into);
    await chair.asked[0]!.answer(taken('9'));
    expect(await landed).toBe(true);
    taking.begin();
    write('有人落水');
    chair.undo!();
    await chair.asked[1]!.answer({});
    expect(taking.form.text).toBe('有人落水');
  });

  it('needs a caller or a word', async () => {
    expect(await taking.attach(into)).toBe(false);
    expect(chair.asked).toEqual([]);
    taking.callId = 'k';
    void taking.attach(into);
    expect(chair.asked[0]!.body).toMatchObject({ attach_to: 'i9', call_id: 'k' });
  });
});

it('an answer to a question changes the incident it was asked for', async () => {
  write('六楼冒烟');
  const landed = taking.hand();
  await chair.asked[0]!.answer(taken('1'));
  await landed;
  for (const id of ['i1', 'i2']) chair.picture.incidents.set(id, { id, labels: [], priority: 3 });
  const answered = taking.answer('trapped', 'yes', '被困？是');
  taking.begin();
  taking.sent = { alarmId: 'a2', incidentId: 'i2', number: 'J-2', attached: false };
  await chair.asked[1]!.answer({});
  await answered;
  expect(chair.changed).toEqual([{ path: '/incidents/i1', body: { labels: ['trapped'] } }]);
});

describe('Ctrl+Enter', () => {
  let told: ((done: boolean) => void)[];
  let steps: string[];
  const going = (): Going => new Going(taking, {
    flush: () => new Promise((done) => { told.push(done); }), handed: () => { steps.push('handed'); }, finished: () => { steps.push('finished'); },
  });
  beforeEach(() => {
    told = [];
    steps = [];
  });

  it('that repeats by itself hands in once and does nothing else', async () => {
    const key = going();
    write('六楼冒烟');
    void key.press();
    for (let n = 0; n < 40; n += 1) {
      await vi.advanceTimersByTimeAsync(33);
      void key.press();
      if (n === 3) await chair.asked[0]!.answer(taken('1'));
    }
    expect(chair.asked).toHaveLength(1);
    expect(steps).toEqual(['handed']);
    expect(taking.sent?.incidentId).toBe('i1');
  });

  it('struck again and again hands in one report: what is done is closed only by a press of its own', async () => {
    const key = going();
    write('六楼冒烟');
    void key.press();
    await chair.asked[0]!.answer(taken('1'));
    for (let n = 0; n < 10; n += 1) {
      await vi.advanceTimersByTimeAsync(200);
      void key.press();
    }
    expect(steps).toEqual(['handed']);
    await vi.advanceTimersByTimeAsync(1_000);
    void key.press();
    void key.press();
    told.shift()!(true);
    await vi.advanceTimersByTimeAsync(1);
    expect(told).toEqual([]);
    expect(steps).toEqual(['handed', 'finished']);
    for (let n = 0; n < 5; n += 1) {
      await vi.advanceTimersByTimeAsync(1_000);
      await key.press();
    }
    expect(chair.asked).toHaveLength(1);
    expect(steps).toEqual(['handed', 'finished']);
  });

  it('takes a report that lacks something at the second stroke, however quick', async () => {
    const key = going();
    taking.form.text = '救命';
    await key.press();
    expect(taking.warned).not.toBe('');
    void key.press();
    expect(chair.asked).toHaveLength(1);
  });

  it('never closes the form of the caller who came while the last words were going', async () => {
    const key = going();
    write('六楼冒烟');
    void key.press();
    await chair.asked[0]!.answer(taken('1'));
    await vi.advanceTimersByTimeAsync(1_000);
    void key.press();
    taking.begin({ id: 'k2', exercise: false, state: 'answered' } as never);
    told.shift()!(true);
    await vi.advanceTimersByTimeAsync(1);
    expect(steps).toEqual(['handed']);
    expect(taking.callId).toBe('k2');
  });

  it('on an empty form posts nothing, and says what to do', async () => {
    const key = going();
    taking.callId = 'k';
    for (let n = 0; n < 4; n += 1) await key.press();
    expect(chair.asked).toEqual([]);
    expect(taking.warned).toBe('');
    expect(chair.told[0]).toContain('Alt+S');
  });
});

it('what else is open is asked without the number and the name of the caller', async () => {
  chair.picture.calls.set('k', { id: 'k', number: '13800000001', position: null });
  taking.callId = 'k';
  write('六楼冒烟');
  Object.assign(taking.form.caller, { number: '13800000002', name: '王宁', safe_number: '13800000003' });
  taking.look();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(chair.read.some((path) => path.startsWith('/incidents/alike?'))).toBe(true);
  expect(chair.read.map(decodeURIComponent).filter((path) => /13800000|王宁/.test(path))).toEqual([]);
});

it('a browser that is full says so once, and again only after it had room', () => {
  write('六楼冒烟');
  full = true;
  for (let n = 0; n < 5; n += 1) taking.keep();
  expect(chair.told).toHaveLength(1);
  full = false;
  taking.keep();
  full = true;
  taking.keep();
  expect(chair.told).toHaveLength(2);
});
