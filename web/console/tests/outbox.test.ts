// Promise: whatever a crew presses goes out once, in order, an officer in danger first; what is refused stays to be seen; nothing
// is lost by a crash, and nobody sends what somebody else pressed.

import { describe, expect, it } from 'vitest';
import { Refused } from '../src/core/api';
import { Passing, type Shelf } from '../src/core/box';
import { IN_TROUBLE, isFinal, nextOf, Outbox, waitMs, Withheld, type Act } from '../src/core/outbox';

type Answer = 'ok' | 'nothing' | Refused;

/** A server that answers as told, and does an act once for each key. */
class Centre {
  heard: string[] = [];
  readonly done = new Map<string, string>();
  constructor(public answers: (act: Act) => Answer = () => 'ok') {}

  send = async (act: Act): Promise<void> => {
    const answer = this.answers(act);
    if (answer instanceof Refused) throw answer;
    if (!this.done.has(act.key)) this.heard.push(act.kind);
    this.done.set(act.key, act.kind);
    if (answer === 'nothing') throw new TypeError('Failed to fetch');
  };
}

let clock = 1_000;
const box = (shelf: Shelf<Act>, send: (act: Act) => Promise<void>, principal = 'unit:1', pauses: number[] = []): Outbox =>
  new Outbox({ shelf, principal, send, changed: () => {}, clock: () => (clock += 1), pause: async (ms, cut) => { pauses.push(ms); await Promise.race([cut, new Promise((done) => setTimeout(done, 1))]); } });
const settled = async (outbox: Outbox): Promise<void> => {
  for (let n = 0; n < 200 && outbox.waiting.length; n += 1) await new Promise((done) => setTimeout(done, 1));
};
const press = (outbox: Outbox, kind: string, more: object = {}): Promise<Act> => outbox.add({ kind, path: `/${kind}`, body: {}, ...more });
const act = (n: number, more: Partial<Act> = {}): Act =>
  ({ key: `k${n}`, n, principal: 'unit:1', kind: 'accept', path: '/', body: {}, about: null, urgent: false, pressedMs: n, state: 'waiting', tries: 0, ...more });

describe('order', () => {
  it('goes as it was pressed, an officer in danger in a lane of its own', () => {
    const acts = [act(3), act(1), act(2, { urgent: true })];
    expect(nextOf(acts, 'unit:1', true)?.n).toBe(2);
    expect(nextOf(acts, 'unit:1', false)?.n).toBe(1);
  });

  it('never takes up what somebody else pressed', () => {
    expect(nextOf([act(1, { principal: 'unit:2' })], 'unit:1', false)).toBeNull();
  });

  it('has no patience for an emergency and more and more for the rest', () => {
    expect([1, 2, 4, 9].map((tries) => waitMs(act(1, { tries })))).toEqual([1_000, 2_000, 8_000, 30_000]);
    expect(waitMs(act(1, { tries: 9, urgent: true }))).toBe(3_000);
  });

  it('is kept while a line fails: a later act waits for the earlier one', async () => {
    let line = false;
    const centre = new Centre((one) => (line ? 'ok' : one.kind === 'accept' ? new Refused(503, { code: 'unavailable' }) : 'ok'));
    const outbox = box(new Passing<Act>(), centre.send);
    await press(outbox, 'accept');
    await press(outbox, 'en_route');
    await new Promise((done) => setTimeout(done, 5));
    expect(centre.heard).toEqual([]);
    line = true;
    outbox.nudge();
    await settled(outbox);
    expect(centre.heard).toEqual(['accept', 'en_route']);
  });

  it('never holds up an emergency, not even behind a request that hangs', async () => {
    const centre = new Centre();
    const outbox = box(new Passing<Act>(), (one) => (one.kind === 'accept' ? new Promise<void>(() => {}) : centre.send(one)));
    await press(outbox, 'accept');
    await press(outbox, 'emergency', { urgent: true });
    for (let n = 0; n < 50 && !centre.heard.length; n += 1) await new Promise((done) => setTimeout(done, 1));
    expect(centre.heard).toEqual(['emergency']);
    outbox.stop();
  });
});

describe('a crash', () => {
  it('loses nothing and does nothing twice: the act goes again under its key', async () => {
    const shelf = new Passing<Act>();
    const centre = new Centre(() => 'nothing'); // it is done, but the answer never comes
    const first = box(shelf, centre.send);
    const pressed = await press(first, 'on_scene');
    await new Promise((done) => setTimeout(done, 5));
    first.stop();
    centre.answers = () => 'ok';
    const second = box(shelf, centre.send);
    await second.start();
    await settled(second);
    expect(centre.heard).toEqual(['on_scene']);
    expect(second.acts.map(({ key, state }) => [key, state])).toEqual([[pressed.key, 'done']]);
  });

  it('keeps the order across it', async () => {
    const shelf = new Passing<Act>();
    const dead = box(shelf, () => Promise.reject(new TypeError('Failed to fetch')));
    for (const kind of ['accept', 'en_route', 'on_scene']) await press(dead, kind);
    dead.stop();
    const centre = new Centre();
    const next = box(shelf, centre.send);
    await next.start();
    await press(next, 'clear');
    await settled(next);
    expect(centre.heard).toEqual(['accept', 'en_route', 'on_scene', 'clear']);
  });

  it('leaves to somebody else’s page what is not theirs', async () => {
    const shelf = new Passing<Act>();
    const dead = box(shelf, () => Promise.reject(new TypeError('Failed to fetch')), 'user:zhang');
    await press(dead, 'clear');
    dead.stop();
    const centre = new Centre();
    const other = box(shelf, centre.send, 'user:li');
    await other.start();
    await new Promise((done) => setTimeout(done, 5));
    expect(centre.heard).toEqual([]);
    expect(other.acts.map((one) => one.state)).toEqual(['waiting']);
    expect(other.ofOthers.map((one) => one.kind)).toEqual(['clear']);
    await other.forget(other.acts[0]!.key);
    expect((await shelf.all()).map((one) => [one.kind, one.principal])).toEqual([['clear', 'user:zhang']]);
  });

  it('counts as no try what the page withheld, and sends nothing once it has stopped', async () => {
    const shelf = new Passing<Act>();
    const heard: string[] = [];
    const outbox: Outbox = box(shelf, async (one) => {
      heard.push(one.kind);
      outbox.stop();
      throw new Withheld();
    });
    await press(outbox, 'accept');
    await press(outbox, 'clear');
    await new Promise((done) => setTimeout(done, 5));
    outbox.nudge();
    await new Promise((done) => setTimeout(done, 5));
    expect(heard).toEqual(['accept']);
    expect((await shelf.all()).map((one) => [one.kind, one.state, one.tries])).toEqual([['accept', 'waiting', 0], ['clear', 'waiting', 0]]);
  });
});

describe('a refusal', () => {
  it('stays on the list with its reason, and what follows goes on', async () => {
    const centre = new Centre((one) => (one.kind === 'accept' ? new Refused(409, { code: 'assignment_over', detail: 'It was recalled.' }) : 'ok'));
    const outbox = box(new Passing<Act>(), centre.send);
    await press(outbox, 'accept');
    await press(outbox, 'message');
    await settled(outbox);
    expect(centre.heard).toEqual(['message']);
    expect(outbox.refused.map(({ kind, said, code }) => [kind, said, code])).toEqual([['accept', 'It was recalled.', 'assignment_over']]);
    await outbox.forget(outbox.refused[0]!.key);
    expect(outbox.refused).toEqual([]);
  });

  it('is none while the server may yet take it', () => {
    for (const status of [401, 408, 425, 429, 500, 502, 503, 504]) expect(isFinal(new Refused(status, {}))).toBe(false);
    expect(isFinal(new Refused(403, { code: 'csrf_refused' }))).toBe(false);
    expect(isFinal(new TypeError('Failed to fetch'))).toBe(false);
    for (const status of [400, 403, 404, 409]) expect(isFinal(new Refused(status, { code: 'x' }))).toBe(true);
  });

  it('for want of a session stops the sending until there is one', async () => {
    let signedIn = false;
    const centre = new Centre(() => (signedIn ? 'ok' : new Refused(401, { code: 'not_signed_in' })));
    const outbox = box(new Passing<Act>(), centre.send);
    await press(outbox, 'accept');
    await new Promise((done) => setTimeout(done, 5));
    expect(outbox.signedOut).toBe(true);
    expect(outbox.waiting.length).toBe(1);
    signedIn = true;
    outbox.nudge();
    await settled(outbox);
    expect(centre.heard).toEqual(['accept']);
    expect(outbox.signedOut).toBe(false);
  });
});

describe('a server that fails at one act', () => {
  const fails = (kind: string, status = 500): Centre => new Centre((one) => (one.kind === kind ? new Refused(status, { code: 'internal', detail: 'Internal server error' }) : 'ok'));

  it('holds up nothing for ever: it is set aside, and sent again under its key when asked for', async () => {
    const shelf = new Passing<Act>();
    const centre = fails('on_scene');
    const outbox = box(shelf, centre.send);
    const pressed = await press(outbox, 'on_scene');
    await press(outbox, 'clear');
    await settled(outbox);
    expect(centre.heard).toEqual(['clear']);
    expect((await shelf.all()).find((one) => one.kind === 'on_scene')).toMatchObject({ state: 'refused', code: IN_TROUBLE, faults: 6 });
    centre.answers = () => 'ok';
    await outbox.again(pressed.key);
    await settled(outbox);
    expect([...centre.done.keys()]).toContain(pressed.key);
    expect(outbox.acts.find((one) => one.key === pressed.key)).toMatchObject({ state: 'done' });
  });

  it('again after being asked sets it aside again, and it may be dropped', async () => {
    const outbox = box(new Passing<Act>(), fails('on_scene').send);
    const pressed = await press(outbox, 'on_scene');
    await settled(outbox);
    await outbox.again(pressed.key);
    await settled(outbox);
    expect(outbox.refused.map((one) => [one.key, one.tries])).toEqual([[pressed.key, 12]]);
    await outbox.forget(pressed.key);
    expect(outbox.acts).toEqual([]);
  });

  it('is another thing than one that is not there, which is waited for', async () => {
    for (const status of [502, 503, 504]) {
      const outbox = box(new Passing<Act>(), fails('on_scene', status).send);
      await press(outbox, 'on_scene');
      await new Promise((done) => setTimeout(done, 40));
      expect([outbox.waiting.length, outbox.refused.length, outbox.waiting[0]!.tries > 7]).toEqual([1, 0, true]);
      outbox.stop();
    }
  });

  it('never makes an emergency be dropped, nor one hold up another', async () => {
    const centre = fails('emergency');
    const outbox = box(new Passing<Act>(), centre.send);
    await press(outbox, 'emergency', { urgent: true });
    await press(outbox, 'emergency_again', { urgent: true });
    for (let n = 0; n < 200 && !(centre.heard.length && (outbox.waiting[0]?.tries ?? 0) > 9); n += 1) await new Promise((done) => setTimeout(done, 1));
    expect(centre.heard).toEqual(['emergency_again']);
    expect(outbox.waiting.map((one) => one.kind)).toEqual(['emergency']);
    outbox.stop();
  });
});

it('what was tried may have happened, so it can’t be taken off the list; what never left can', async () => {
  const outbox = box(new Passing<Act>(), () => Promise.reject(new TypeError('Failed to fetch')));
  const first = await press(outbox, 'accept');
  const second = await press(outbox, 'en_route');
  await new Promise((done) => setTimeout(done, 5));
  await outbox.forget(first.key);
  await outbox.forget(second.key);
  expect(outbox.acts.map((one) => one.kind)).toEqual(['accept']);
  outbox.stop();
});
