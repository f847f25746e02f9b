// Promise: no two paper forms ever carry the same number; what is written is kept and goes in once, whatever breaks on the way; the
// paper page comes by itself when it is needed and never goes while somebody uses it.

import { describe, expect, it } from 'vitest';
import { Passing } from '../src/core/box';
import { answered, BATCH, batchOf, sendReady, type Batch, type Entered, type Filled } from '../src/paper/forms';
import { Counter, dayOf, formNumber, newMark } from '../src/paper/numbers';
import { Watch, type Seen } from '../src/paper/watch';

const ORIGIN = { room: 'futian', seat: 'D-07' };
const inTurn = <T>(work: () => Promise<T>): Promise<T> => work();
const SERVER_TAKES = /^[0-9A-Z一-鿿][0-9A-Z一-鿿./_-]{0,39}$/;

describe('a number', () => {
  it('names room, seat, day, machine and count', () => {
    expect(formNumber(ORIGIN, '261122', 'K4QX', 3)).toBe('FUTIAN-D07-261122-K4QX-03');
  });

  it.each([['新洲派出所 (测试)', '接-01'], ['x'.repeat(80), 'y'.repeat(80)], ['', null], ['--//', '  ']])('is one the server takes, whatever %s is called', (room, seat) => {
    expect(formNumber({ room, seat }, '261122', 'K4QX', 12_345)).toMatch(SERVER_TAKES);
  });

  it('is given once by a browser: across days, restarts and a clock set back', async () => {
    const shelf = new Passing<unknown>();
    let at = new Date(2026, 10, 22, 23, 0);
    const counter = (): Counter => new Counter(shelf, () => at, inTurn, () => 'K4QX');
    const given = await counter().take(ORIGIN, 3);
    at = new Date(2026, 10, 23, 1, 0);
    given.push(...(await counter().take(ORIGIN, 2)));
    at = new Date(2026, 10, 22, 1, 0);
    given.push(...(await counter().take(ORIGIN, 2)));
    expect(new Set(given).size).toBe(7);
    expect(given[3]).toBe('FUTIAN-D07-261123-K4QX-01');
    expect(given[6]).toBe('FUTIAN-D07-261123-K4QX-04');
  });

  it('differs between two browsers of one seat on one day', async () => {
    const taken = await Promise.all(['K4QX', '7PMB'].map((mark) => new Counter(new Passing<unknown>(), () => new Date(0), inTurn, () => mark).take(ORIGIN, 5)));
    expect(new Set(taken.flat()).size).toBe(10);
    expect(newMark()).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}$/);
    expect(dayOf(new Date(2026, 0, 5))).toBe('260105');
  });
});

const form = (number: string, more: Partial<Filled> = {}): Filled => ({ number, fields: { reported_at: '2026-11-22T21:05', text: ' 打架 ' }, state: 'ready', madeMs: 1, ...more });
const entered = (row: number, more: Partial<Entered> = {}): Entered => ({ row, form: `F${row}`, outcome: 'entered', number: 'J1', ...more });

describe('forms after the outage', () => {
  it('go in together, in the order they were made, only those that are ready', () => {
    const batch = batchOf([form('B', { madeMs: 2 }), form('A'), form('C', { state: 'open' })], 'key');
    expect(batch?.body.forms).toEqual([{ form: 'A', reported_at: '2026-11-22T21:05', text: '打架' }, { form: 'B', reported_at: '2026-11-22T21:05', text: '打架' }]);
  });

  it('are sent again unchanged and under the same key after a crash, even when one was changed meanwhile', async () => {
    const [forms, kept] = [new Passing<Filled>(), new Passing<unknown>()];
    await forms.put('A', form('A'));
    const sent: Batch[] = [];
    const lost = (batch: Batch): Promise<Entered[]> => { sent.push(batch); return Promise.reject(new TypeError('Failed to fetch')); };
    await expect(sendReady(forms, kept, lost)).rejects.toThrow();
    await forms.put('B', form('B', { madeMs: 2 }));
    await sendReady(forms, kept, async (batch) => { sent.push(batch); return [entered(1)]; });
    expect(sent[1]).toEqual(sent[0]);
    expect((await forms.get('A'))?.state).toBe('entered');
    expect((await forms.get('B'))?.state).toBe('ready');
    expect(await kept.get(BATCH)).toBeUndefined();
  });

  it('say what became of each; what people wrote leaves the browser once it is an incident', () => {
    expect(answered(form('A'), entered(1, { outcome: 'already', number: 'J7' }))).toEqual({ number: 'A', madeMs: 1, fields: {}, state: 'entered', incident: 'J7' });
    const refused = answered(form('A'), entered(1, { outcome: 'refused', detail: 'No such unit.', field: 'unit' }));
    expect([refused.state, refused.said, refused.field, refused.fields.text]).toEqual(['refused', 'No such unit.', 'unit', ' 打架 ']);
  });
});

describe('the paper page', () => {
  const seen = (nowMs: number, heardMs: number, more: Partial<Seen> = {}): Seen => ({ nowMs, heardMs, writingThere: false, usedHere: false, ...more });

  it('is announced after 10 s of silence and opens 20 s later', () => {
    const watch = new Watch();
    expect(watch.look(seen(109_000, 100_000))).toEqual({ show: 'nothing' });
    expect(watch.look(seen(110_000, 100_000))).toEqual({ show: 'warn', inMs: 20_000 });
    expect(watch.look(seen(130_000, 100_000))).toEqual({ show: 'open' });
  });

  it('opens too where no word ever came', () => {
    const watch = new Watch();
    watch.look(seen(1_000, 0));
    expect(watch.look(seen(31_000, 0)).show).toBe('open');
  });

  it('waits while somebody is writing on the seat’s own page, and can be put off until the line has been back', () => {
    const watch = new Watch();
    expect(watch.look(seen(140_000, 100_000, { writingThere: true }))).toEqual({ show: 'warn', inMs: null });
    watch.close();
    expect(watch.look(seen(150_000, 100_000))).toEqual({ show: 'warn', inMs: null });
    watch.look(seen(151_000, 151_000));
    expect(watch.look(seen(181_000, 151_000)).show).toBe('open');
  });

  it('goes by itself once the line is steady, unless somebody has used it', () => {
    const [idle, used] = [new Watch(), new Watch()];
    for (const watch of [idle, used]) watch.look(seen(130_000, 100_000));
    expect(idle.look(seen(131_000, 131_000)).show).toBe('back');
    expect(idle.look(seen(141_000, 141_000)).show).toBe('nothing');
    used.look(seen(131_000, 131_000, { usedHere: true }));
    expect(used.look(seen(191_000, 191_000, { usedHere: true })).show).toBe('back');
    used.close();
    expect(used.look(seen(192_000, 192_000)).show).toBe('nothing');
  });

  it('counts the steady time anew when the line breaks again', () => {
    const watch = new Watch();
    watch.look(seen(130_000, 100_000));
    watch.look(seen(131_000, 131_000));
    watch.look(seen(142_000, 131_500));
    expect(watch.look(seen(143_000, 143_000)).show).toBe('back');
  });
});
