// Promise: what is to be done is shown in the order it is due, done by whom it is for, and an answer for another incident is dropped.

import { describe, expect, it } from 'vitest';
import { spoken } from '../src/core/language.svelte';
import { dueInS, mayDo, ordered, type Task } from '../src/core/tasks';
import { DeskState } from '../src/pages/desk/desk.svelte';
import { IncidentActs } from '../src/pages/desk/detail/acts';
import { TaskList, taskState } from '../src/pages/desk/detail/tasks.svelte';
import { incident, seated, settled } from './seated';

const NOW = Date.parse('2030-01-01T00:00:00.000Z');
const at = (minutes: number): string => new Date(NOW + minutes * 60_000).toISOString();
const task = (id: string, more: object = {}): Task => ({
  id, state: 'open', kind: 'task', role: 'dispatcher', version: 3, title: { zh: `任务${id}`, en: `task ${id}` }, fields: [], due_at: null, done_at: null, ...more,
}) as unknown as Task;
const plans = (...tasks: Task[]): object => ({ set_version: 0, matching: [], plans: [{ id: 'p', tasks }], tasks: [] });
const proposed = { id: 'p', code: 'pursuit', name: { zh: '追堵', en: 'Pursuit' }, state: 'proposed', automatic: false, tasks_standing: 0, tasks_total: 0, due_at: null };

function listed(...tasks: Task[]) {
  const made = seated(incident('a'), incident('b'));
  const desk = new DeskState(made.seat);
  const list = new TaskList(desk);
  const read = async (id = 'a'): Promise<void> => {
    void list.read(id);
    made.asked.at(-1)!.later.tell(plans(...tasks) as never);
    await settled();
  };
  return { ...made, desk, list, read };
}

describe('the order of tasks', () => {
  it('is the soonest due first, then what waits, then what is over', () => {
    const all = [task('done', { state: 'done', done_at: at(-5) }), task('waits', { state: 'pending' }), task('later', { due_at: at(60) }), task('never'), task('now', { due_at: at(1) })];
    expect(ordered(all).map(({ id }) => id)).toEqual(['now', 'later', 'never', 'waits', 'done']);
  });

  it('counts down to what is due, and on when it is late', () => {
    expect(dueInS(task('a', { due_at: at(2) }), NOW)).toBe(120);
    expect(dueInS(task('a', { due_at: at(-1) }), NOW)).toBe(-60);
    expect(dueInS(task('a', { due_at: at(2), state: 'done' }), NOW)).toBeNull();
  });

  it('offers a task to its role and to whoever leads', () => {
    expect([['dispatcher'], ['leader'], ['reviewer']].map((roles) => mayDo(task('a'), roles))).toEqual([true, true, false]);
    expect(mayDo(task('a', { state: 'pending' }), ['leader'])).toBe(false);
  });

  it('is told in both languages', () => {
    expect(taskState('open')).toBe('待办');
    spoken.speak('en');
    expect(taskState('not_applicable')).toBe('not applicable');
    spoken.speak('zh');
  });
});

describe('a task', () => {
  it('that asks for nothing is done by one press, under the version that was read', async () => {
    const { list, read, asked } = listed(task('1'));
    await read();
    void list.do(list.tasks[0]!);
    expect([asked.at(-1)!.path, asked.at(-1)!.body]).toEqual(['/tasks/1', { state: 'done' }]);
  });

  it('that was done by somebody else meanwhile says so', async () => {
    const { list, read, asked, told } = listed(task('1'));
    await read();
    void list.do(list.tasks[0]!);
    asked.at(-1)!.later.fail(new Error('behind'));
    await settled();
    expect(told()).toHaveLength(1);
    expect(asked.at(-1)!.path).toBe('/incidents/a/plans');
  });

  it('with a form asks for every answer and sends them by their keys', async () => {
    const { list, read, asked, desk } = listed(task('1', { fields: [{ key: 'plate', zh: '车牌', en: 'Plate' }] }));
    await read();
    void list.do(list.tasks[0]!);
    await settled();
    expect(desk.asking.question?.fields.map(({ name, required }) => [name, required])).toEqual([['form.plate', true], ['text', undefined]]);
    void desk.asking.answer({ 'form.plate': '粤B12345', text: ' ' });
    expect(asked.at(-1)!.body).toEqual({ state: 'done', form: { plate: '粤B12345' } });
  });

  it('that is a report comes with its draft, to be corrected and signed', async () => {
    const { list, read, asked, desk } = listed(task('1', { kind: 'report' }));
    await read();
    void list.do(list.tasks[0]!);
    asked.at(-1)!.later.tell({ draft: { zh: '【首报】…', en: 'First report …' } } as never);
    await settled();
    expect(desk.asking.question?.fields).toMatchObject([{ name: 'text', value: '【首报】…', required: true }]);
    void desk.asking.answer({ text: '【首报】已改' });
    expect(asked.at(-1)!.body).toEqual({ state: 'done', text: '【首报】已改' });
  });

  it('is left undone only with a reason', async () => {
    const { list, read, asked, desk } = listed(task('1'));
    await read();
    list.skip(list.tasks[0]!);
    expect(desk.asking.question?.fields[0]).toMatchObject({ name: 'reason', required: true });
    void desk.asking.answer({ reason: ' 车辆未出辖区 ' });
    expect(asked.at(-1)!.body).toEqual({ state: 'not_applicable', reason: '车辆未出辖区' });
  });

  it('is never done to another incident, however soon after a change it is pressed', async () => {
    const { list, read, asked } = listed(task('1'));
    await read('a');
    list.follow('b');
    expect(list.tasks).toEqual([]);
    void list.dismiss('p');
    expect(asked.at(-1)!.path).toBe('/incidents/b/plans/p/dismiss');
  });

  it('of another incident is not shown when its answer comes late', async () => {
    const { list, asked } = listed();
    void list.read('a');
    void list.read('b');
    asked[0]!.later.tell(plans(task('of-a')) as never);
    await settled();
    expect(list.tasks).toEqual([]);
    asked[1]!.later.tell(plans(task('of-b')) as never);
    await settled();
    expect(list.tasks.map(({ id }) => id)).toEqual(['of-b']);
  });

  it('stays shown, and that is said, when it cannot be read again', async () => {
    const { list, read, asked } = listed(task('1'));
    await read();
    void list.read('a');
    asked.at(-1)!.later.fail(new Error('away'));
    await settled();
    expect([list.tasks.length, list.unread !== '']).toEqual([1, true]);
  });
});

describe('a cordon', () => {
  const points = [
    { n: 1, name: '一横路 × 二纵路', call_sign: '巡1', eta_s: 60, in_time: true },
    { n: 2, name: '大桥', call_sign: '巡2', eta_s: 300, in_time: false },
    { n: 3, name: '三横路', call_sign: null, eta_s: null, in_time: false },
  ];

  it('is drawn as it was shown, and says where nobody is in time', async () => {
    const { list, read, asked, desk } = listed(task('1', { kind: 'cordon', minutes: 8 }));
    await read();
    void list.cordon(list.tasks[0]!);
    expect(asked.at(-1)!.path).toBe('/incidents/a/cordon?minutes=8');
    asked.at(-1)!.later.tell({ id: 'c', points } as never);
    await settled();
    const said = desk.asking.question!.say!.split('\n');
    expect([said.length, said[0]!.includes('巡1'), said[1]!.includes('来不及'), said[2]!.includes('无可派单位')]).toEqual([3, true, true, true]);
    void desk.asking.answer({});
    expect([asked.at(-1)!.path, asked.at(-1)!.body]).toEqual(['/incidents/a/cordon', { cordon_id: 'c' }]);
  });

  it('from which no way leads out asks for nothing', async () => {
    const { list, read, asked, desk, told } = listed(task('1', { kind: 'cordon', minutes: 8 }));
    await read();
    void list.cordon(list.tasks[0]!);
    asked.at(-1)!.later.tell({ id: 'c', points: [] } as never);
    await settled();
    expect([desk.asking.question, told().length]).toEqual([null, 1]);
  });
});

describe('a plan that was pushed', () => {
  it('is the likeliest act, with a key of its own', () => {
    const { seat, asked } = seated();
    const offers = new IncidentActs(new DeskState(seat), incident('a', { plans: [proposed] })).all;
    const offer = offers.find(({ label }) => label.includes('启用预案'))!;
    expect([offer.key, offer.likely]).toEqual(['2', 1]);
    offer.does();
    expect([asked[0]!.path, asked[0]!.body]).toEqual(['/incidents/a/plans', { code: 'pursuit' }]);
  });

  it('that is active is offered no more', () => {
    const { seat } = seated();
    const offers = new IncidentActs(new DeskState(seat), incident('a', { plans: [{ ...proposed, state: 'active' }] })).all;
    expect(offers.some(({ label }) => label.includes('启用预案'))).toBe(false);
  });
});

describe('closing with tasks left', () => {
  const closing = (roles: string[]) => {
    const made = seated();
    made.seat.session.roles = roles;
    const desk = new DeskState(made.seat);
    new IncidentActs(desk, incident('a', { state: 'reviewed', tasks_standing: 2 })).all.find(({ key }) => key === 'c')!.does();
    return { ...made, desk };
  };

  it('asks a leader why, and says how many', () => {
    const { desk, asked } = closing(['leader']);
    expect(desk.asking.question?.fields[0]?.hint).toContain('2');
    void desk.asking.answer({ reason: '误报' });
    expect([asked[0]!.path, asked[0]!.body]).toEqual(['/incidents/a/close', { despite_open: true, reason: '误报' }]);
  });

  it('leaves it to the server to refuse anybody else', () => {
    const { desk, asked } = closing(['dispatcher']);
    expect(desk.asking.question).toBeNull();
    expect(asked[0]!.body).toEqual({});
  });
});
