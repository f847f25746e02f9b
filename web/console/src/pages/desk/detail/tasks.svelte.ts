// The plans of the incident that is open: read when it changes, a plan activated or refused, a task done, signed or left undone.
// What is shown belongs to one incident; an answer that comes for another is dropped.

import { named, speaker, wording } from '../../../core/language.svelte';
import type { components } from '../../../core/schema';
import { tasksOf, type Plans, type Task } from '../../../core/tasks';
import { etaText } from '../../../core/text';
import { tried, type Done, type Field } from '../../../look/asking.svelte';
import { refusal } from '../../../seat/seat.svelte';
import { taskStates } from '../../../words/states';
import type { DeskState } from '../desk.svelte';

const t = speaker({
  done: ['完成', 'Done'], sign: ['签发', 'Sign'], skip: ['不适用', 'Not applicable'], reason: ['理由', 'Reason'], text: ['说明', 'What was done'], report: ['报告', 'Report'], end: ['终止预案', 'End the plan'],
  cordon: ['{minutes}分钟查控圈：{n}个卡点', 'Cordon of {minutes} min: {n} checkpoints'], draw: ['设卡', 'Draw it'], none: ['{minutes}分钟内没有可驶出的道路。', 'No way leads out within {minutes} min.'],
  point: ['{n}. {name} — {unit} {eta}', '{n}. {name}: {unit} {eta}'], nobody: ['无可派单位', 'nobody'], late: ['来不及', 'too late'],
});
type Cordon = components['schemas']['CordonShown'];
type Given = Readonly<Record<string, string>>;

export class TaskList {
  plans: Plans | null = $state.raw(null);
  /** Why it could not be read. */
  unread = $state('');
  private of = '';

  constructor(private readonly desk: DeskState) {}

  get tasks(): Task[] { return this.plans ? tasksOf(this.plans) : []; }

  /** It is about this incident from now on; what was shown of another is gone at once, and nothing is done to that any more. */
  follow(id: string): void {
    if (id === this.of) return;
    this.of = id;
    this.plans = null;
    this.unread = '';
  }

  /** Read what is to be done on an incident; without an answer what is shown stays, and that is said. */
  async read(id: string): Promise<void> {
    this.follow(id);
    try {
      const told = await this.desk.seat.api.get<Plans>(`/incidents/${id}/plans`);
      if (id !== this.of) return;
      this.plans = told;
      this.unread = '';
    } catch (error) {
      if (id === this.of) this.unread = refusal(error);
    }
  }

  /** Activate a plan that was pushed, or one that matches. */
  activate(code: string): Promise<unknown> {
    return this.acted(`/incidents/${this.of}/plans`, { code });
  }

  dismiss(planId: string): Promise<unknown> {
    return this.acted(`/incidents/${this.of}/plans/${planId}/dismiss`, {});
  }

  /** End a plan before its time; the reason is asked for. */
  end(planId: string, name: string): void {
    const id = this.of;
    this.desk.asking.ask({
      about: planId, title: `${t('end')} ${name}`, confirm: t('end'), danger: true, fields: [{ name: 'reason', label: t('reason'), kind: 'text', required: true }],
      does: ({ reason }) => this.then(id, () => this.desk.seat.api.act(`/incidents/${id}/plans/${planId}/end`, { reason: reason!.trim() })),
    });
  }

  /** Do a task: at once where nothing is asked for, else its form; a report comes with its draft. */
  async do(task: Task): Promise<void> {
    if (task.kind !== 'report' && !task.fields.length) return this.turn(task, { state: 'done' });
    const id = this.of;
    const draft = task.kind === 'report' ? await this.draft(task) : '';
    if (draft === null || id !== this.of) return;
    const answers: Field[] = task.fields.map((field) => ({ name: `form.${field.key}`, label: wording(field), kind: 'text', required: true }));
    const text: Field = task.kind === 'report' ? { name: 'text', label: t('report'), kind: 'long', required: true, value: draft, most: 10_000 } : { name: 'text', label: t('text'), kind: 'long' };
    const confirm = t(task.kind === 'report' ? 'sign' : 'done');
    this.desk.asking.ask({ about: task.id, title: `${confirm} ${wording(task.title)}`, confirm, fields: [...answers, text], does: (values) => this.answered(id, task, values) });
  }

  /** Leave it undone, with the reason. */
  skip(task: Task): void {
    const id = this.of;
    this.desk.asking.ask({
      about: task.id, title: `${t('skip')} ${wording(task.title)}`, confirm: t('skip'), fields: [{ name: 'reason', label: t('reason'), kind: 'text', required: true }],
      does: ({ reason }) => this.then(id, () => this.changed(task, { state: 'not_applicable', reason: reason!.trim() })),
    });
  }

  /** Show the crossings that cut every way out, each with its unit; what is shown is what is drawn. */
  async cordon(task: Task): Promise<void> {
    const id = this.of, { seat } = this.desk, minutes = task.minutes ?? 5;
    try {
      const shown = await seat.api.get<Cordon>(`/incidents/${id}/cordon?minutes=${minutes}`);
      if (id !== this.of) return;
      if (!shown.points.length) return void seat.toasts.bad(t('none', { minutes }));
      const line = (one: Cordon['points'][number]): string =>
        t('point', { n: one.n, name: one.name, unit: one.call_sign ?? t('nobody'), eta: one.eta_s === null ? '' : `${etaText(one.eta_s)}${one.in_time ? '' : ` ${t('late')}`}` });
      this.desk.asking.ask({
        title: t('cordon', { minutes, n: shown.points.length }), say: shown.points.map(line).join('\n'), fields: [], confirm: t('draw'),
        does: () => this.then(id, () => seat.api.act(`/incidents/${id}/cordon`, { cordon_id: shown.id })),
      });
    } catch (error) {
      seat.toasts.bad(refusal(error));
    }
  }

  reopen(task: Task): Promise<void> {
    return this.turn(task, { state: 'open' });
  }

  private answered(id: string, task: Task, values: Given): Promise<Done> {
    const form = Object.fromEntries(task.fields.map((field) => [field.key, values[`form.${field.key}`] ?? '']));
    const text = values['text']?.trim();
    return this.then(id, () => this.changed(task, { state: 'done', ...(text ? { text } : {}), ...(task.fields.length ? { form } : {}) }));
  }

  /** The report as the journal tells it, in the language of this page; null when it could not be read. */
  private async draft(task: Task): Promise<string | null> {
    try {
      const { draft } = await this.desk.seat.api.get<Task>(`/tasks/${task.id}`);
      return draft ? wording(draft) : '';
    } catch (error) {
      this.desk.seat.toasts.bad(refusal(error));
      return null;
    }
  }

  private changed(task: Task, body: Record<string, unknown>): Promise<unknown> {
    return this.desk.seat.api.change('PATCH', `/tasks/${task.id}`, body, `"${task.version}"`);
  }

  private async turn(task: Task, body: Record<string, unknown>): Promise<void> {
    const done = await this.then(this.of, () => this.changed(task, body));
    if (done !== true) this.desk.seat.toasts.bad(done);
  }

  private async then(id: string, act: () => Promise<unknown>): Promise<Done> {
    const done = await tried(act);
    if (id === this.of) void this.read(id);
    return done;
  }

  private async acted(path: string, body: unknown): Promise<unknown> {
    const id = this.of;
    const told = await this.desk.seat.act(path, body);
    if (id === this.of) void this.read(id);
    return told;
  }
}

/** Where a task stands, in a word. */
export const taskState = (state: string): string => named(taskStates, state);
