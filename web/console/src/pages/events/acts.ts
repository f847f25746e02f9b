// Everything that may be done with a planned event and with the post that is chosen, with a key each.

import { mayDo, onDayOf, phaseAt, stands, troubled, type PlannedEvent, type Post } from '../../core/events';
import { speaker, wording } from '../../core/language.svelte';
import { OPEN } from '../../core/order';
import { tried, type Done, type Field, type Offer } from '../../look/asking.svelte';
import type { EventsState } from './events.svelte';
import { fixedFound, unitsFound } from './unit_search';

export const words = {
  edit: ['修改', 'Edit'], rephase: ['调整阶段', 'Change phases'], submit: ['提交审批', 'Submit'], approve: ['批准', 'Approve'], return: ['退回', 'Return'], cancel: ['取消任务', 'Cancel it'], start: ['提前开始', 'Start now'], extend: ['延长', 'Extend'], end: ['结束', 'End'],
  sum_up: ['总结', 'Sum up'], log: ['记事', 'Write in the log'], message: ['向全部单位发话', 'Message all units'], dedicate: ['增加岗位', 'Add a post'], fixed: ['用固定岗', 'Use a fixed position'], notice: ['知悉提醒', 'Seen'], check_in: ['签到', 'Check in'], relieve: ['换岗', 'Relieve'], withdraw_unit: ['撤岗', 'Withdraw'],
  why: ['理由', 'Reason'], text: ['内容', 'Text'], unit: ['单位', 'Unit'], where: ['固定岗', 'Fixed position'], name: ['岗位名称', 'Name of the post'], task: ['任务（仅相关指挥室与本单位可见）', 'Task (for its rooms and the unit alone)'], from: ['到岗时间', 'Report time'], until: ['至', 'Until'],
  clock: ['时:分 或 月-日 时:分，空为阶段或任务时间', 'HH:MM or MM-DD HH:MM, empty: as the phase or the event'], wrong: ['时间应写作 18:30 或 05-02 18:30', 'Write the time as 18:30 or 05-02 18:30'], group: ['任务', 'Event'], for_phase: ['随阶段（时间随之调整）', 'For a phase (it follows that one)'], no_phase: ['不随阶段', 'None'], post: ['岗位 {name}', 'Post {name}'], titled: ['{what} {name}', '{what}: {name}'], posts_say: ['岗位 {n}，单位 {units}', '{n} posts, {units} units'], no_posts: ['尚未安排岗位。', 'No unit has a post yet.'], against: ['冲突 {n} 处：', '{n} conflicts:'], more: ['……另 {n} 处', '… and {n} more'], name_at: ['{unit} {post}：{why}', '{unit} at {post}: {why}'],
  approve_say: ['批准后全市可见，岗位单位收到通知；到时自动开始。', 'Everybody sees it then and its units are told; it starts by its time.'], kind: ['类别', 'Kind'], note: ['记事', 'Note'], decision: ['决定', 'Decision'], contact: ['联络', 'Contact'],
  end_say: ['结束后 {n} 个单位解除岗位，恢复普通派警。', '{n} units are free then, and ranked as others.'], until_when: ['延长至', 'Until'], message_say: ['发给 {n} 个岗位单位，记入日志。', 'It goes to the {n} units at its posts and into the log.'], start_say: ['现在开始：自到岗时间起，岗位单位不参与普通派警。', 'It starts now: from their report times on its units are not ranked with others.'], inside: ['区内 {n} 起警情未结', '{n} incidents inside are open'], phase: ['阶段「{name}」未到时间', 'The phase “{name}” has not come yet'], missing: ['尚有 {n} 个单位未签到', '{n} units have not checked in'],
} as const;
const t = speaker(words);
type Name = 'edit' | 'rephase' | 'submit' | 'approve' | 'return' | 'cancel' | 'start' | 'extend' | 'end' | 'sum_up' | 'log' | 'message' | 'dedicate' | 'fixed' | 'notice' | 'check_in' | 'relieve' | 'withdraw_unit';
/** Act -> its key, the act of the table, and whether it ends something. In the order they are offered. */
const ACTS: readonly [name: Name, key: string, act: string, danger?: true][] = [
  ['approve', 'y', 'approve'], ['return', 'r', 'return'], ['submit', 's', 'submit'], ['edit', 'e', 'amend'], ['dedicate', 'p', 'dedicate'], ['fixed', 'o', 'dedicate'], ['log', 'l', 'log'], ['message', 'm', 'message'], ['extend', 't', 'extend'], ['rephase', 'h', 'rephase'], ['start', 'b', 'start'],
  ['end', 'd', 'end', true], ['sum_up', 'z', 'sum_up'], ['notice', 'k', 'notice'], ['cancel', 'x', 'cancel', true],
];
const POST_ACTS: readonly [name: Name, key: string, act: string, danger?: true][] = [['check_in', 'c', 'check_in'], ['relieve', 'v', 'dedicate'], ['withdraw_unit', 'w', 'withdraw_unit', true]];
/** So many conflicts are named before an act; the board has all. */
const SAID = 6;
export const KEYS: readonly (readonly [Name, string])[] = [...ACTS, ...POST_ACTS].map(([name, key]) => [name, key] as const);
export const actName = (name: Name): string => t(name);

export class EventActs {
  constructor(private readonly page: EventsState, private readonly event: PlannedEvent) {}

  /** What may be done with the event now. */
  get offers(): Offer[] {
    return ACTS.filter(([name, , act]) => this.may(act) && (name !== 'notice' || this.unseen)).map(([name, key, , danger]) => ({ key, label: t(name), danger: danger ?? false, does: () => void this.do(name) }));
  }

  /** What may be done with one of its posts now. */
  postOffers(post: Post): Offer[] {
    const open = (name: Name): boolean => (name === 'check_in' ? !post.checked_in_at : name === 'relieve' ? Boolean(post.checked_in_at) : true);
    return POST_ACTS.filter(([name, , act]) => stands(post) && this.may(act) && open(name)).map(([name, key, , danger]) => ({ key, label: t(name), danger: danger ?? false, does: () => void this.onPost(name, post) }));
  }

  /** Do it if it may be done now; whether it was. */
  press(name: string): boolean {
    const { post } = this.page;
    const offer = [...this.offers, ...(post ? this.postOffers(post) : [])].find(({ label }) => label === t(name as 'edit'));
    offer?.does();
    return Boolean(offer);
  }

  /** Whether something fell due that this person has not seen. */
  private get unseen(): boolean {
    return this.event.alerts.some((one) => !one.noticed_by.includes(this.page.seat.session.principal));
  }

  private may(act: string): boolean {
    return mayDo(act, this.event, this.page.who(this.event));
  }

  private do(name: Name): unknown {
    const { event, page } = this;
    if (name === 'edit') return page.edit(event);
    if (name === 'rephase') return page.rephase(event);
    if (name === 'dedicate') return this.place();
    if (name === 'fixed') return this.unit('fixed', {}, [{ name: 'fixed', label: t('where'), kind: 'search', search: (text) => fixedFound(page, event, text), required: true }]);
    if (name === 'notice') return page.seat.act(`/events/${event.id}/notice`);
    if (name === 'submit' && !this.doubts.length) return page.seat.act(`/events/${event.id}/submit`);
    if (name === 'submit') return this.ask(name, [], () => this.post('submit'), { say: this.doubts.join('\n') });
    if (name === 'approve') return this.ask(name, [], () => this.post('approve'), { say: [t('approve_say'), this.counted, ...this.doubts].join('\n') });
    if (name === 'start') return this.ask(name, [], () => this.post('start'), { say: [t('start_say'), this.counted, ...this.doubts].join('\n') });
    if (name === 'end') return this.ask(name, [], () => this.post('end'), { say: this.before(), danger: true });
    if (name === 'extend') return this.extend();
    if (name === 'log') return this.write();
    return this.say(name);
  }

  private get units(): number {
    return new Set(this.event.posts.filter(stands).map((post) => post.unit_id)).size;
  }

  private get counted(): string {
    return t('posts_say', { n: this.event.posts.filter(stands).length, units: this.units });
  }

  /** What speaks against it as it is, a line each. */
  private get doubts(): string[] {
    const { page, event } = this;
    if (!event.posts.some(stands)) return [t('no_posts')];
    const all = troubled(event).flatMap((post) => post.conflicts.map((one) => t('name_at', { unit: page.sign(post.unit_id), post: post.name, why: wording(one) })));
    if (!all.length) return [];
    return [t('against', { n: all.length }), ...all.slice(0, SAID), ...(all.length > SAID ? [t('more', { n: all.length - SAID })] : [])];
  }

  /** What is good to know before it ends. */
  private before(): string {
    const { event, page } = this;
    const missing = event.posts.filter((post) => stands(post) && !post.checked_in_at).length;
    const open = event.incidents.filter(({ id }) => page.seat.picture.incidents.get(id)?.assignments.some((one) => OPEN.has(one.state))).length;
    const ahead = event.phases.find((phase) => phaseAt(phase, page.seat.now()) === 'ahead');
    return [t('end_say', { n: this.units }), missing ? t('missing', { n: missing }) : '', open ? t('inside', { n: open }) : '', ahead ? t('phase', { name: ahead.name }) : ''].filter(Boolean).join('\n');
  }

  private say(name: Name): void {
    const path = { return: 'return', cancel: 'cancel', sum_up: 'sum-up', message: 'message' }[name as 'return'];
    const label = t(name === 'return' || name === 'cancel' ? 'why' : 'text');
    this.ask(name, [{ name: 'text', label, kind: 'long', required: true, most: 4000 }], ({ text }) => this.post(path, { text: text!.trim() }), { danger: name === 'cancel', ...(name === 'message' ? { say: t('message_say', { n: this.units }) } : {}) });
  }

  private write(): void {
    const kinds = ['note', 'decision', 'contact'] as const;
    const fields: Field[] = [{ name: 'text', label: t('text'), kind: 'long', required: true, most: 4000 }, { name: 'kind', label: t('kind'), kind: 'choice', options: kinds.map((kind) => [kind, t(kind)]) }];
    this.ask('log', fields, ({ text, kind }) => this.post('log', { text: text!.trim(), kind }));
  }

  private extend(): void {
    const { event, page } = this;
    const later = new Date(Math.max(Date.parse(event.ends_at), page.seat.now()) + 30 * 60_000);
    const value = `${String(later.getHours()).padStart(2, '0')}:${String(later.getMinutes()).padStart(2, '0')}`;
    this.ask('extend', [{ name: 'until', label: t('until_when'), kind: 'text', required: true, value }], async ({ until }) => {
      const ends_at = onDayOf(event.ends_at, until!);
      return ends_at ? this.post('extend', { ends_at }) : t('wrong');
    });
  }

  /** First the spot on the map, then whose and when. */
  private place(): void {
    const { page } = this;
    page.aim = (lon, lat) => {
      page.aim = null;
      this.unit('dedicate', { lon: Number(lon.toFixed(6)), lat: Number(lat.toFixed(6)) }, [{ name: 'name', label: t('name'), kind: 'text', required: true, most: 100 }]);
    };
    page.open('map');
  }

  private async onPost(name: Name, post: Post): Promise<void> {
    const { page, event } = this;
    const path = `/events/${event.id}/posts/${post.id}`;
    if (name === 'check_in') await page.seat.act(`${path}/check-in`);
    else if (name === 'relieve') this.unit('relieve', { relieves: post.id }, []);
    else if (event.state === 'draft' || event.state === 'returned') await page.seat.act(`${path}/withdraw`);
    else this.ask(name, [{ name: 'reason', label: t('why'), kind: 'text', required: true }], ({ reason }) => tried(() => page.seat.api.act(`${path}/withdraw`, { reason: reason!.trim() })), { danger: true, about: post.name });
  }

  private unit(name: Name, where: Record<string, unknown>, first: Field[]): void {
    const { event, page } = this;
    const phases = event.phases.filter((one) => one.id && phaseAt(one, page.seat.now()) !== 'past');
    const which: Field[] = phases.length ? [{ name: 'phase', label: t('for_phase'), kind: 'choice', options: [['', t('no_phase')], ...phases.map((one) => [one.id!, one.name] as const)] }] : [];
    const fields: Field[] = [
      ...(name === 'fixed' ? first : []), { name: 'unit', label: t('unit'), kind: 'search', search: (text) => unitsFound(page, event, text), required: true }, ...(name === 'fixed' ? [] : first), ...which,
      { name: 'from', label: t('from'), kind: 'text', hint: t('clock') }, { name: 'until', label: t('until'), kind: 'text', hint: t('clock') }, { name: 'task', label: t('task'), kind: 'long' },
    ];
    this.ask(name, fields, async ({ unit, fixed, name: called, phase, from, until, task }) => {
      const starts_at = from?.trim() ? onDayOf(event.starts_at, from) : undefined;
      const ends_at = until?.trim() ? onDayOf(event.starts_at, until) : undefined;
      if (starts_at === null || ends_at === null) return t('wrong');
      const times = { ...(starts_at ? { starts_at } : {}), ...(ends_at ? { ends_at } : {}) };
      return this.post('posts', { unit_id: unit, ...where, ...(fixed ? { fixed_position_id: fixed } : {}), ...(called?.trim() ? { name: called.trim() } : {}), ...times, ...(phase ? { phase_id: phase } : {}), ...(task?.trim() ? { task: task.trim() } : {}) });
    });
  }

  private ask(name: Name, fields: Field[], does: (values: Readonly<Record<string, string>>) => Promise<Done>, more: { say?: string; danger?: boolean; about?: string } = {}): void {
    const { about = this.event.name, ...how } = more;
    this.page.asking.ask({ about: this.event.id, title: t('titled', { what: t(name), name: about }), confirm: t(name), fields, does, ...how });
  }

  private post(path: string, body: unknown = {}): Promise<Done> {
    return tried(() => this.page.seat.api.act(`/events/${this.event.id}/${path}`, body));
  }
}
