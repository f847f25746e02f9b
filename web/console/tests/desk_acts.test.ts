// Promise: an act is what it was when it began, whatever the person or the picture has gone on to meanwhile; and it says where it
// was asked what came of it.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { Refused } from '../src/core/api';
import { Asking, type Question } from '../src/look/asking.svelte';
import { carryOut } from '../src/pages/desk/command/run';
import { DeskState } from '../src/pages/desk/desk.svelte';
import { IncidentActs } from '../src/pages/desk/detail/acts';
import { PlanState } from '../src/pages/desk/plan/plan.svelte';
import { incident, Later, proposal, seated, settled } from './seated';

const refused = new Refused(409, { code: 'unit_taken', call_sign: '巡1', unit_id: '1', held_by: 'J-x', state: 'ordered', since: '2030-01-01T00:00:00.000Z' });

afterEach(() => vi.unstubAllGlobals());

describe('a recommendation that comes', () => {
  it('paints nobody when somebody else has sent units meanwhile', async () => {
    const { seat, asked, now } = seated(incident('a'));
    const plan = new PlanState(seat);
    plan.follow('a');
    now(incident('a', { state: 'dispatched' }));
    asked[0]!.later.tell(proposal('1', '2') as never);
    await settled();
    expect([plan.lines.length, [...plan.painted]]).toEqual([2, []]);
  });

  it('keeps what the person chose while it was computed', async () => {
    const { seat, asked } = seated(incident('a'));
    const plan = new PlanState(seat);
    plan.follow('a');
    asked[0]!.later.tell(proposal('1', '2', '3') as never);
    await settled();
    void plan.ask(4);
    plan.flip('1');
    asked[1]!.later.tell(proposal('1', '2', '3', '4') as never);
    await settled();
    expect([...plan.painted]).toEqual(['2', '3', '4']);
  });
});

describe('an order on its way', () => {
  const sending = async () => {
    const made = seated(incident('a'), incident('b'));
    const plan = new PlanState(made.seat);
    plan.follow('a');
    made.asked[0]!.later.tell(proposal('1') as never);
    await settled();
    void plan.send();
    plan.follow('b');
    made.asked[2]!.later.tell(proposal('2', '3') as never);
    await settled();
    return { ...made, plan, order: made.asked[1]! };
  };

  it('that is refused is told with its own incident, and the list of another stays as it is', async () => {
    const { plan, order, told } = await sending();
    order.later.fail(refused);
    await settled();
    expect(plan.conflict).toBeNull();
    expect(told()).toEqual([expect.stringMatching(/巡1.*J-a/)]);
  });

  it('keeps nobody from sending to another incident', async () => {
    const { plan, asked } = await sending();
    expect(plan.sending).toBe(false);
    void plan.send();
    expect(asked.at(-1)!.path).toBe('/incidents/b/assignments');
    plan.follow('a');
    expect(plan.sending).toBe(true);
  });

  it('to a room goes where it was asked, whatever is selected by then', async () => {
    const { seat, asked } = seated(incident('a'), incident('b'));
    const plan = new PlanState(seat);
    plan.of = 'b';
    void plan.sendRoom(incident('a'), 'room');
    expect(asked.at(-1)!.path).toBe('/incidents/a/assignments');
  });
});

describe('a merge', () => {
  const merged = async (meanwhile: string) => {
    const { seat, asked } = seated(incident('a'), incident('b'), incident('c'));
    seat.incidentId = 'a';
    new IncidentActs(new DeskState(seat), incident('a')).merge('b');
    seat.incidentId = meanwhile;
    asked[0]!.later.tell({} as never);
    await settled();
    return seat.incidentId;
  };

  it('goes on to the incident that goes on, and leaves alone who has gone elsewhere', async () => {
    expect(await merged('a')).toBe('b');
    expect(await merged('c')).toBe('c');
  });
});

describe('a form', () => {
  const question = (does: Question['does']): Question => ({ title: 'q', fields: [], confirm: 'do', does });

  it('tells a refusal where it was filled in, and stays', async () => {
    const { seat, asked, told } = seated(incident('a'));
    const desk = new DeskState(seat);
    new IncidentActs(desk, incident('a')).all.find(({ key }) => key === 'v')!.does();
    const answered = desk.asking.answer({ reason: 'x' });
    asked[0]!.later.fail(new Refused(409, { code: 'ring_back_owed', detail: 'Ring back first.' }));
    await answered;
    expect([desk.asking.question?.title, told()]).toEqual([expect.stringContaining('J-a'), []]);
    expect(desk.asking.refused).toContain('Ring back first.');
  });

  it('that was left is not the one that is open by the time the answer comes', async () => {
    const late: string[] = [];
    const asking = new Asking((why) => late.push(why));
    const [first, second] = [new Later<true | string>(), new Later<true | string>()];
    asking.ask(question(() => first.promise));
    const one = asking.answer({});
    asking.close();
    const next = question(() => second.promise);
    asking.ask(next);
    const two = asking.answer({});
    first.tell(true);
    await one;
    expect([asking.question, asking.busy]).toEqual([next, next]);
    second.tell('no');
    await two;
    expect([asking.refused, asking.busy, late]).toEqual(['no', null, []]);
  });

  it('gives way to a menu whose key was quicker than the news that the form was left', () => {
    const asking = new Asking(() => {});
    asking.ask(question(() => Promise.resolve(true)));
    asking.offer({ title: 'm', offers: [{ key: 'a', label: 'a', does: () => {} }] });
    expect([asking.question, asking.menu?.title]).toEqual([null, 'm']);
  });

  it('that was left and is refused says so at the edge of the page', async () => {
    const late: string[] = [];
    const asking = new Asking((why) => late.push(why));
    const told = new Later<true | string>();
    asking.ask(question(() => told.promise));
    const answered = asking.answer({});
    asking.close();
    told.tell('no');
    await answered;
    expect(late).toEqual(['no']);
  });

  it('never undoes what somebody else changed since it was opened, and minds nothing else', async () => {
    const { seat, asked, now } = seated(incident('a'));
    const desk = new DeskState(seat);
    new IncidentActs(desk, incident('a')).all.find(({ key }) => key === 'l')!.does();
    now(incident('a', { priority: 1, version: 2 }));
    await desk.asking.answer({ priority: '3', reason: '' });
    expect([asked.length, desk.asking.refused !== '']).toEqual([0, true]);
    now(incident('a', { state: 'dispatched', version: 3 }));
    void desk.asking.answer({ priority: '3', reason: '' });
    expect(asked.map(({ path, body }) => [path, body])).toEqual([['/incidents/a', { priority: 3 }]]);
  });
});

describe('a command', () => {
  it('does what it meant when Enter was pressed, and stops where it is refused', async () => {
    const { seat, asked, told } = seated();
    const act = { requests: [{ method: 'POST' as const, path: '/a', body: {} }, { method: 'PATCH' as const, path: '/incidents/gone', body: { priority: 1 }, version: 7 }] };
    const done = carryOut(seat, act, 'all of it');
    asked[0]!.later.tell({} as never);
    await settled();
    expect(asked[1]!.path).toBe('gone@7');
    asked[1]!.later.tell(false as never);
    expect([await done, told()]).toEqual([false, []]);
  });
});

describe('to take back', () => {
  class Field { closest(): this { return this; } }

  it('is the field’s own while somebody types, an empty field too', () => {
    vi.stubGlobal('Element', Field);
    const { seat } = seated();
    const back = vi.fn();
    seat.toasts.undoable('sent', back);
    const desk = new DeskState(seat);
    expect([desk.takeBack({ target: new Field() as never }), back.mock.calls.length]).toEqual([false, 0]);
    expect([desk.takeBack({ target: null }), back.mock.calls.length]).toEqual([true, 1]);
  });
});
