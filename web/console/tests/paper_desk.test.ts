// Promise: when a browser refuses to keep what is written on the paper page, the person hears it at once and what to do; a form is
// never said to be kept that is not, and a refusal of the server is said in the language of the page.

import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Api } from '../src/core/api';
import { Passing, type ShelfName } from '../src/core/box';
import { PaperDesk } from '../src/paper/desk.svelte';
import type { Filled } from '../src/paper/forms';
import { saidOf } from '../src/paper/words';

let full = false;
let shelves: Map<ShelfName, Passing<unknown>>;

/** A shelf of a browser whose disk may be full. */
class Shelf extends Passing<unknown> {
  override async put(key: string, value: unknown): Promise<void> {
    if (full) throw new DOMException('The disk is full.', 'QuotaExceededError');
    await super.put(key, value);
  }

  override async drop(key: string): Promise<void> {
    if (full) throw new DOMException('The disk is full.', 'QuotaExceededError');
    await super.drop(key);
  }
}

vi.mock('../src/core/box', async (original) => ({
  ...(await original<object>()),
  shelf: async (name: ShelfName) => {
    if (!shelves.has(name)) shelves.set(name, new Shelf());
    return shelves.get(name)!;
  },
}));

const open = (): Promise<PaperDesk> => PaperDesk.open({ room: 'futian', seat: 'D-07' });

beforeEach(() => {
  full = false;
  shelves = new Map();
  vi.stubGlobal('navigator', {});
});

describe('a browser that refuses', () => {
  it('makes a form say that it is not kept, until it is', async () => {
    const desk = await open();
    await desk.begin();
    const number = desk.number!;
    expect(desk.unkept.has(number)).toBe(false);
    full = true;
    await desk.write(number, { address: '人民路' });
    expect(desk.unkept.has(number)).toBe(true);
    expect(desk.form!.fields.address).toBe('人民路');
    full = false;
    await desk.write(number, { text: '冒烟' });
    expect(desk.unkept.size).toBe(0);
    expect((await shelves.get('forms')!.get(number)) as Filled).toMatchObject({ fields: { address: '人民路', text: '冒烟' } });
  });

  it('gives no number that could be given twice, and says so', async () => {
    const desk = await open();
    full = true;
    await desk.begin();
    expect(desk.number).toBeNull();
    expect(desk.trouble).not.toBe('');
    desk.trouble = '';
    await desk.makeBlanks(2);
    expect(desk.blanks).toEqual([]);
    expect(desk.trouble).not.toBe('');
    full = false;
    await desk.begin();
    expect(desk.trouble).toBe('');
    expect(desk.number).not.toBeNull();
  });

  it('takes a form that was written by hand all the same, said as not kept', async () => {
    const desk = await open();
    full = true;
    await desk.begin('FUTIAN-D07-261122-K4QX-03');
    expect(desk.form?.number).toBe('FUTIAN-D07-261122-K4QX-03');
    expect(desk.unkept.has('FUTIAN-D07-261122-K4QX-03')).toBe(true);
  });

  it('has the picture and the numbers said as not kept, and opens without them', async () => {
    full = true;
    const desk = await open();
    await desk.keepPhone('r', '110');
    await desk.keepSheet({ heardMs: 1 } as never);
    expect(desk.phones).toEqual({ r: '110' });
    expect(desk.sheet?.heardMs).toBe(1);
    expect(desk.unkept.size).toBeGreaterThan(0);
  });

  it('is not said to be a server that does not answer', async () => {
    const desk = await open();
    await desk.begin();
    await desk.finish(desk.number!);
    full = true;
    let asked = 0;
    await desk.send(new Api('', async () => { asked += 1; return new Response('{}'); }));
    expect(asked).toBe(0);
    expect(desk.sending).toBe(false);
    expect(desk.trouble).toContain('本机');
    expect(desk.trouble).not.toContain('服务器');
  });

  it('does not lose what cannot be thrown away', async () => {
    const desk = await open();
    await desk.begin();
    const number = desk.number!;
    full = true;
    await desk.discard(number);
    expect(desk.forms.map((form) => form.number)).toEqual([number]);
    expect(desk.trouble).not.toBe('');
  });
});

describe('a server that refuses', () => {
  it('is heard in the language of the page', async () => {
    const desk = await open();
    await desk.begin();
    await desk.finish(desk.number!);
    await desk.send(new Api('', async () => new Response(JSON.stringify({ code: 'too_large', detail: 'Too many forms.' }), { status: 413 })));
    expect(desk.trouble).toBe('内容过大（Too many forms.）');
  });

  it('is heard of each form, too', async () => {
    const desk = await open();
    await desk.begin();
    const number = desk.number!;
    await desk.finish(number);
    const items = [{ row: 1, outcome: 'refused', code: 'form_taken', detail: 'Form 3 was keyed in.', field: 'form' }];
    await desk.send(new Api('', async () => new Response(JSON.stringify({ items }))));
    expect(saidOf(desk.forms[0]!)).toBe('此编号的纸质单已录入过，内容不同（Form 3 was keyed in.）');
    expect(saidOf({ number: 'x', fields: {}, state: 'refused', madeMs: 0, said: 'Kept by an older page.' })).toBe('操作未被接受（Kept by an older page.）');
  });
});
