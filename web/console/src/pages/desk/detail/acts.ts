// Everything that may be done with an incident and with its orders, as offers with a key each: the buttons of the detail panel and
// the menus are made of the same list. Offered is what roles and state allow; the server has the last word.

import { mayIn } from '../../../core/acts';
import { named, speaker, wording } from '../../../core/language.svelte';
import { lampOf, shortNumber } from '../../../core/order';
import { plain } from '../../../core/names';
import type { Assignment, Incident } from '../../../core/types';
import { tried, weighed, withKeys, type Done, type Found, type Offer } from '../../../look/asking.svelte';
import { unitState } from '../../../words/states';
import { placeText } from '../../../words/place';
import { refusalText } from '../../../words/refusals';
import { callBacks, noteKinds, ringBacks } from '../../../words/terms';
import { write } from '../../../standing/facts';
import type { DeskState } from '../desk.svelte';
import { BorderActs } from './borders';
import { placesLike } from './finding';
import { askToLook } from './looking';

const words = {
  'note': ['备注', 'Note'], 'fact': ['地点须知', 'Standing fact'], 'note.kind': ['类别', 'Kind'], 'note.text': ['内容', 'Text'], 'note.urgent': ['紧急：发给每个在办单位，须已阅', 'Urgent: goes to every unit on it and must be read'],
  'type': ['改类型', 'Type'], 'level': ['改等级', 'Priority'], 'level.field': ['等级', 'Priority'], 'place': ['改位置', 'Place'], 'place.field': ['地点', 'Place'],
  'place.hint': ['名称、拼音、首字母、A/B 路口、门牌、编码或坐标', 'Name, pinyin, initials, crossing A/B, number, code or degrees'], 'floor': ['楼层', 'Floor'],
  'scene': ['现场情况', 'Scene status'], 'scene.commander': ['现场指挥', 'Scene commander'], 'scene.none': ['未指定', 'nobody'], 'scene.staging': ['集结点（不填则不变）', 'Staging place (empty: as it is)'], 'scene.dead': ['死亡', 'Dead'], 'scene.injured': ['受伤', 'Hurt'], 'scene.missing': ['失联', 'Missing'],
  'pick': ['图上选点', 'Place from the map'], 'primary': ['改主处警', 'Change primary'], 'order': ['派警单', 'Order'], 'void': ['作废', 'Void'], 'advise': ['电话答复', 'Settled by phone'],
  'handle': ['处结', 'Mark handled'], 'result': ['处理结果', 'Result'], 'hand': ['移交指挥室', 'Hand over'], 'room': ['指挥室', 'Room'], 'transfer': ['移交外单位', 'Transfer out'],
  'agency': ['接收单位（已同意接收）', 'Agency that has accepted'], 'reference': ['对方编号', 'Its number'], 'merge': ['并案', 'Merge'], 'merge.into': ['并入哪一起', 'Into which'],
  'unmerge': ['解除并案 {number}', 'Unmerge {number}'], 'detach': ['移出报警', 'Detach an alarm'], 'alarm': ['报警', 'Alarm'], 'review': ['审核通过', 'Accept forms'], 'return': ['退回反馈', 'Return a form'],
  'call_back': ['登记回访', 'Call-back'], 'ring_back': ['登记回拨', 'Ring-back'], 'outcome': ['结果', 'Outcome'], 'text': ['说明', 'Text'], 'close': ['办结', 'Close'], 'reopen': ['重新立案', 'Reopen'], 'reopen.to': ['恢复为', 'As'],
  'reopen.received': ['新警情，重新派警', 'a new matter'], 'reopen.handled': ['仅更正反馈', 'only its form is wrong'], 'backup': ['答复增援', 'Answer backup'], 'reason': ['理由', 'Reason'], 'do': ['确定', 'Confirm'],
  'raise': ['提级上报', 'Raise'], 'raise.mode': ['方式', 'How'], 'raise.monitor': ['盯办：上级关注', 'they watch'], 'raise.share': ['协同指挥', 'they command along'], 'raise.take': ['上级接管指挥', 'they command'],
  'take': ['接管指挥', 'Take command'], 'hand_back': ['交还指挥', 'Hand command back'], 'follow': ['盯办', 'Follow'], 'check_in': ['盯办查看', 'Check in'], 'let_go': ['结束盯办', 'Stop following'],
  'title': ['{number} {what}', '{number}: {what}'], 'and': ['、', ', '], 'group.say': ['补充', 'Add'], 'group.change': ['更正', 'Correct'], 'group.end': ['了结', 'Settle'], 'group.go': ['流转', 'Pass on'],
  'step.deliver': ['送达', 'Delivered'], 'step.accept': ['签收', 'Accept'], 'step.en-route': ['出动', 'En route'], 'step.on-scene': ['到场', 'On scene'], 'step.clear': ['结束', 'Clear'], 'step.unable': ['无法执行', 'Unable'],
  'step.release': ['解除', 'Release'], 'step.recall': ['撤回', 'Recall'], 'step.feedback': ['反馈', 'Feedback'], 'step.radio': ['播报词', 'Radio line'], 'form.kind': ['反馈种类', 'Form'], 'form.final': ['办结反馈', 'final'], 'form.interim': ['补充反馈', 'interim'],
  'plan': ['启用预案：{name}', 'Plan: {name}'], 'close.left': ['还有{n}项任务未完成；写明理由后由领导结案。', '{n} tasks are still to be done; a leader may still close it, giving the reason.'],
  'people': ['涉及人数', 'People'], 'type.verified': ['核实类型', 'Verified type'], 'released': ['解除', 'released'], 'look': ['请视频巡逻查看', 'Ask a video patrol'],
} as const;
const t = speaker(words);

type Given = Readonly<Record<string, string>>;
type Bare = Omit<Offer, 'key'> & { key?: string };
type Named = Bare & { name: string };
type Add = (act: string, key: string, group: 'say' | 'change' | 'end' | 'go', name: keyof typeof words, does: () => void, more?: { danger?: boolean; label?: string }) => void;
const reasonField = { name: 'reason', label: '', kind: 'text', required: true } as const;
/** Digits from here on take up the plans that were pushed. */
export const FIRST_PLAN = 2;
const LEVELS = ['1', '2', '3', '4'].map((level) => [level, `P${level}`] as const);

/** What somebody most likely wants next, by how far an incident is, the likeliest first. */
const LIKELY: Record<string, readonly string[]> = {
  received: ['note', 'level', 'advise'], dispatched: ['note', 'level', 'place'], accepted: ['note', 'level', 'place'], en_route: ['note', 'level', 'place'], on_scene: ['handle', 'note', 'type'],
  handled: ['call_back', 'note', 'type'], fed_back: ['review', 'return', 'call_back'], reviewed: ['close', 'call_back', 'note'], merged: ['unmerge'],
  closed: ['call_back', 'reopen'], void: ['call_back', 'reopen'], advised: ['call_back', 'reopen'], transferred: ['call_back', 'reopen'],
};
const RARE = new Set(['fact', 'look', 'pursue', 'dispute', 'detach', 'unmerge', 'pick', 'primary', 'transfer', 'hand_back', 'let_go', 'reopen', 'return']);

/** Likely acts of an incident: who asked for help first, then what is wrong with it, then the way it goes on. */
function likelyFor(incident: Incident): readonly string[] {
  const first = ['backup', 'join', 'decide', 'plan'];
  if (incident.pursuit?.moving) first.push('seen', 'end');
  if (incident.place?.lon == null) first.push('place');
  if (!(incident.type_verified ?? incident.type_reported)) first.push('type');
  if (incident.proposed_room && incident.proposed_room !== incident.room) first.push('hand');
  return [...first, ...(LIKELY[incident.state] ?? [])];
}

/** What an amendment changes, as it is. */
function amended(incident: Incident, what: string): string {
  return JSON.stringify(what === 'type' ? (incident.type_verified ?? incident.type_reported) : incident[what as 'priority']);
}

const RESPONDING = new Set(['received', 'dispatched', 'accepted', 'en_route', 'on_scene']);
const OVER = new Set(['cleared', 'recalled', 'released', 'preempted']);

/** What the form of the scene changes: nothing that was left as it is, and people counted only when somebody counted. */
export function sceneOf(given: Given, now: Incident['scene']): Record<string, unknown> {
  const counts = ['dead', 'injured', 'missing'] as const;
  const counted = counts.some((name) => (given[name] ?? '') !== String(now?.casualties?.[name] ?? ''));
  return {
    ...((given['commander_id'] ?? '') === (now?.commander_id ?? '') ? {} : { commander_id: given['commander_id'] || null }),
    ...(given['staging'] ? { staging: JSON.parse(given['staging']) as object } : {}),
    ...(counted ? { casualties: Object.fromEntries(counts.map((name) => [name, Number(given[name] || 0)])) } : {}),
  };
}

export class IncidentActs {
  constructor(private readonly desk: DeskState, private readonly incident: Incident) {}

  /** What was learned here for whoever comes the next time. */
  fact(): void {
    const { place, id } = this.incident;
    if (place?.lon != null && place.lat != null) write(this.desk.seat, this.desk.asking, { lon: place.lon, lat: place.lat, address: place.address }, id);
  }

  /** All offers for the incident itself, each with its key. */
  get all(): Offer[] {
    const { incident } = this;
    const offers: Named[] = [];
    const add: Add = (act, key, group, name, does, more = {}) => {
      if (mayIn(act, this.desk.seat.session.roles, incident.state)) offers.push({ name, key, label: t(name as 'note'), group: t(`group.${group}`), does, ...more });
    };
    add('incident.note', 'n', 'say', 'note', () => this.note());
    if (incident.place?.lon != null && incident.place.lat != null) add('standing_fact.propose', '8', 'say', 'fact', () => this.fact());
    if (incident.backups.some((one) => !one.answered_at)) add('incident.answer_backup', 'q', 'say', 'backup', () => this.backup());
    if (incident.alarms.some((alarm) => alarm.source === 'call')) add('alarm.ring_back', 'a', 'say', 'ring_back', () => this.ringBack());
    add('incident.amend', 't', 'change', 'type', () => this.type());
    add('incident.amend', 'l', 'change', 'level', () => this.level());
    add('incident.amend', 'p', 'change', 'place', () => this.place());
    add('incident.scene', '1', 'change', 'scene', () => this.scene());
    add('incident.amend', 'i', 'change', 'pick', () => this.pick());
    if (incident.assignments.filter((one) => one.unit_id).length > 1) add('incident.change_primary', 'g', 'change', 'primary', () => this.primary());
    if (incident.alarms.length > 1) add('incident.detach', 'y', 'change', 'detach', () => this.detach());
    add('incident.hand_over', 'h', 'go', 'hand', () => this.hand());
    add('incident.transfer', 'x', 'go', 'transfer', () => this.transfer());
    add('incident.merge', 'm', 'go', 'merge', () => this.merge());
    if (incident.place?.lon != null && RESPONDING.has(incident.state)) add('incident.order', 'o', 'go', 'look', () => void askToLook(this.desk, incident));
    this.upwards(add);
    for (const one of incident.absorbed) add('incident.merge', 'w', 'go', 'unmerge', () => this.post(one.id, 'unmerge'), { label: t('unmerge', { number: one.number }) });
    if (incident.state === 'merged') add('incident.unmerge', 'w', 'go', 'unmerge', () => this.post(incident.id, 'unmerge'), { label: t('unmerge', { number: incident.number }) });
    add('incident.handle', 's', 'end', 'handle', () => this.handle());
    add('incident.advise', 'd', 'end', 'advise', () => this.withReason('advise', t('advise')));
    add('incident.void', 'v', 'end', 'void', () => this.withReason('void', t('void')), { danger: true });
    if (incident.state === 'fed_back') add('incident.review', 'r', 'end', 'review', () => this.post(incident.id, 'review', { accept: true }));
    if (this.forms.length) add('incident.review', 'e', 'end', 'return', () => this.giveBack());
    if (incident.alarms.some((alarm) => !alarm.called_back)) add('alarm.call_back', 'b', 'end', 'call_back', () => this.callBack());
    add('incident.close', 'c', 'end', 'close', () => this.close());
    incident.plans.filter((one) => one.state === 'proposed').slice(0, 8).forEach((plan, n) => {
      add('incident.activate_plan', String(n + FIRST_PLAN), 'go', 'plan', () => this.post(incident.id, 'plans', { code: plan.code }), { label: t('plan', { name: wording(plan.name) }) });
    });
    add('incident.reopen', 'o', 'end', 'reopen', () => this.reopen());
    const known = new Set(offers.map(({ name }) => name));
    const borders = new BorderActs(this.desk, incident).all.filter(({ name }) => !known.has(name));
    return withKeys(weighed([...offers, ...borders], likelyFor(incident), RARE));
  }

  /** Drawing in a room above, taking command and giving it back, following by name. */
  private upwards(add: Add): void {
    const { incident } = this;
    const { room_id: mine } = this.desk.seat.session;
    const { commands } = this;
    if (this.above.length) add('incident.raise', 'u', 'go', 'raise', () => this.raise());
    if (commands && incident.command.room !== mine && incident.room !== mine) add('incident.take_command', 'k', 'go', 'take', () => this.post(incident.id, 'take'));
    if (commands && incident.command.room !== incident.room) add('incident.hand_back', 'z', 'go', 'hand_back', () => this.post(incident.id, 'hand-back'));
    const raised = incident.raised.find((one) => one.room === mine);
    if (raised && !raised.owner) add('incident.follow', 'f', 'go', 'follow', () => this.post(incident.id, 'follow'));
    if (raised?.owner) {
      add('incident.follow', 'f', 'go', 'check_in', () => this.ask(t('check_in'), [{ name: 'text', label: t('text'), kind: 'long' }], ({ text }) => this.does(`/incidents/${incident.id}/check-in`, text ? { text } : {})));
      add('incident.follow', 'j', 'go', 'let_go', () => this.withReason('let-go', t('let_go')));
    }
  }

  /** Rooms above the one that has duty. */
  private get above(): Found[] {
    const { reference } = this.desk.seat;
    const room = reference.rooms.get(this.incident.room);
    return (room?.lineage ?? []).filter((id) => id !== room?.id).flatMap((id) => {
      const one = reference.rooms.get(id);
      return one ? [[one.id, wording(one)] as const] : [];
    });
  }

  /** Whether command lies with one's own room or with one below it. */
  private get commands(): boolean {
    const { reference, session } = this.desk.seat;
    return session.room_id !== null && Boolean(reference.rooms.get(this.incident.command.room)?.lineage.includes(session.room_id));
  }

  private raise(): void {
    const may = this.commands && mayIn('incident.raise_command', this.desk.seat.session.roles, this.incident.state);
    const modes = [['monitor', t('raise.monitor')], ['share', t('raise.share')], ...(may ? [['take', t('raise.take')] as const] : [])] as const;
    this.ask(t('raise'), [{ name: 'room_id', label: t('room'), kind: 'choice', options: this.above }, { name: 'mode', label: t('raise.mode'), kind: 'choice', options: modes }, { name: 'reason', label: t('reason'), kind: 'text' }],
      ({ room_id, mode, reason }) => this.does(`/incidents/${this.incident.id}/raise`, { room_id, mode, ...(reason ? { reason } : {}) }));
  }

  /** With tasks left only a leader closes, and says why they need not be done. */
  private close(): void {
    const { incident, desk } = this;
    const left = incident.tasks_standing;
    if (!left || !mayIn('incident.close_open', desk.seat.session.roles, incident.state)) return this.post(incident.id, 'close');
    this.ask(t('close'), [{ ...reasonField, label: t('reason'), hint: t('close.left', { n: left }) }], ({ reason }) => this.does(`/incidents/${incident.id}/close`, { despite_open: true, reason: reason!.trim() }));
  }

  note(urgent = false): void {
    const kinds = Object.keys(noteKinds).map((kind) => [kind, named(noteKinds, kind)] as const);
    this.ask(t('note'), [
      { name: 'text', label: t('note.text'), kind: 'long', required: true, most: 10_000 },
      { name: 'kind', label: t('note.kind'), kind: 'choice', options: kinds },
      { name: 'urgent', label: t('note.urgent'), kind: 'check', value: urgent ? 'yes' : '' },
    ], ({ text, kind, urgent: now }) => this.does(`/incidents/${this.incident.id}/notes`, { text: text!.trim(), kind, urgent: now === 'yes' }));
  }

  merge(into?: string): void {
    const { incident } = this;
    const { seat } = this.desk;
    /** On to the incident that goes on, unless the person has gone elsewhere by then. */
    const on = (to: string): void => { if (seat.incidentId === incident.id) seat.select({ incident: to }); };
    if (into) {
      void seat.act(`/incidents/${incident.id}/merge`, { into }).then((done) => { if (done) on(into); });
      return;
    }
    this.ask(t('merge'), [{ name: 'into', label: t('merge.into'), kind: 'search', required: true, search: (text) => this.incidents(text) }], async ({ into: wanted }) => {
      const done = await this.does(`/incidents/${incident.id}/merge`, { into: wanted });
      if (done === true) on(wanted!);
      return done;
    });
  }

  private get forms(): Assignment[] {
    return this.incident.assignments.filter((order) => order.feedback.some((form) => form.kind === 'final' && (form.state === 'submitted' || form.state === 'accepted')));
  }

  private incidents(text: string): Found[] {
    const { seat } = this.desk;
    const wanted = plain(text);
    const name = (one: Incident): string => `${shortNumber(one.number, seat.picture.newest)} ${seat.reference.typeName(one.type_verified ?? one.type_reported)} ${placeText(one, seat.reference)}`;
    return [...seat.picture.incidents.values()].filter((one) => one.id !== this.incident.id && plain(`${one.number} ${name(one)}`).includes(wanted)).slice(0, 8).map((one) => [one.id, name(one)]);
  }

  private type(): void {
    const { reference } = this.desk.seat;
    this.ask(t('type'), [
      { name: 'type', label: t('type'), kind: 'search', required: true, search: (text) => reference.search(text, 8).map((type) => [type.code, `${wording(type)} ${type.code}`]) },
      { name: 'reason', label: t('reason'), kind: 'text' },
    ], ({ type, reason }) => this.amend({ type }, reason));
  }

  private level(): void {
    this.ask(t('level'), [
      { name: 'priority', label: t('level.field'), kind: 'choice', options: LEVELS, value: String(this.incident.priority) }, { name: 'reason', label: t('reason'), kind: 'text' },
    ], ({ priority, reason }) => this.amend({ priority: Number(priority) }, reason));
  }

  private place(): void {
    const { place } = this.incident;
    this.ask(t('place'), [
      { name: 'place', label: t('place.field'), kind: 'search', required: true, hint: t('place.hint'), search: (text) => placesLike(this.desk, text) },
      { name: 'floor', label: t('floor'), kind: 'text', value: place?.floor ?? '' }, { name: 'reason', label: t('reason'), kind: 'text' },
    ], ({ place: wanted, floor, reason }) => this.amend({ place: { ...(JSON.parse(wanted!) as object), ...(floor ? { floor } : {}) } }, reason));
  }

  /** Who commands on the spot, where to gather, how many are hurt: counted now. */
  private scene(): void {
    const { incident } = this;
    const now = incident.scene;
    const units = incident.assignments.flatMap((order) => (order.unit_id && !OVER.has(order.state) ? [[order.unit_id, this.desk.seat.callSign(order)] as const] : []));
    const counts = (['dead', 'injured', 'missing'] as const).map((name) => ({ name, label: t(`scene.${name}`), kind: 'number' as const, value: String(now?.casualties?.[name] ?? '') }));
    this.ask(t('scene'), [
      { name: 'commander_id', label: t('scene.commander'), kind: 'choice', options: [['', t('scene.none')], ...units], value: now?.commander_id ?? '' },
      { name: 'staging', label: t('scene.staging'), kind: 'search', hint: t('place.hint'), search: (text) => placesLike(this.desk, text) },
      ...counts,
    ], (given) => this.does(`/incidents/${incident.id}/scene`, sceneOf(given, now)));
  }

  /** The next click on the map is the place. */
  private pick(): void {
    this.desk.aim = (lon, lat) => {
      this.desk.aim = null;
      void this.amend({ place: { lon, lat, source: 'map', ...(this.incident.place?.address ? { address: this.incident.place.address } : {}) } })
        .then((done) => { if (done !== true) this.desk.seat.toasts.bad(done); });
    };
    this.desk.open('map');
  }

  private primary(): void {
    const { seat } = this.desk;
    const options = this.incident.assignments.filter((one) => one.unit_id).map((one) => [one.id, `${seat.callSign(one)} ${unitState(one.state)}`] as const);
    this.ask(t('primary'), [{ name: 'primary_id', label: t('order'), kind: 'choice', options }], ({ primary_id }) => this.amend({ primary_id }));
  }

  private detach(): void {
    const options = this.incident.alarms.map((alarm) => [alarm.id, `${alarm.caller?.number ?? ''} ${(alarm.text ?? '').slice(0, 40)}`] as const);
    this.ask(t('detach'), [{ name: 'alarm_id', label: t('alarm'), kind: 'choice', options }], ({ alarm_id }) => this.does(`/incidents/${this.incident.id}/detach`, { alarm_id }));
  }

  private hand(): void {
    const { reference } = this.desk.seat;
    const rooms = [...reference.rooms.values()];
    const proposed = this.incident.proposed_room ?? this.incident.room;
    const search = (text: string): Found[] => rooms
      .filter((room) => plain(`${room.name_zh} ${room.name_en} ${room.code}`).includes(plain(text)))
      .sort((a, b) => Number(b.id === proposed) - Number(a.id === proposed)).slice(0, 8).map((room) => [room.id, wording(room)]);
    this.ask(t('hand'), [{ name: 'room_id', label: t('room'), kind: 'search', required: true, search }, { name: 'reason', label: t('reason'), kind: 'text' }],
      ({ room_id, reason }) => this.does(`/incidents/${this.incident.id}/hand-over`, { room_id, ...(reason ? { reason } : {}) }));
  }

  private transfer(): void {
    this.ask(t('transfer'), [{ name: 'agency', label: t('agency'), kind: 'text', required: true }, { name: 'reference', label: t('reference'), kind: 'text' }],
      ({ agency, reference }) => this.does(`/incidents/${this.incident.id}/transfer`, { agency, ...(reference ? { reference } : {}) }));
  }

  private handle(): void {
    this.ask(t('handle'), [{ name: 'result', label: t('result'), kind: 'choice', options: this.results }], ({ result }) => this.does(`/incidents/${this.incident.id}/handle`, { result }));
  }

  private get results(): Found[] {
    return this.desk.seat.reference.results(this.incident.type_verified ?? this.incident.type_reported);
  }

  private giveBack(): void {
    const { seat } = this.desk;
    this.ask(t('return'), [
      { name: 'assignment_id', label: t('order'), kind: 'choice', options: this.forms.map((order) => [order.id, seat.callSign(order)] as const) }, { ...reasonField, label: t('reason') },
    ], ({ assignment_id, reason }) => this.does(`/incidents/${this.incident.id}/review`, { accept: false, assignment_id, reason }));
  }

  private callBack(): void {
    const due = this.incident.alarms.filter((alarm) => !alarm.called_back);
    const outcomes = Object.keys(callBacks).map((one) => [one, named(callBacks, one)] as const);
    this.ask(t('call_back'), [
      { name: 'alarm', label: t('alarm'), kind: 'choice', options: due.map((alarm) => [alarm.id, `${alarm.caller?.number ?? '—'} ${(alarm.text ?? '').slice(0, 40)}`] as const) },
      { name: 'outcome', label: t('outcome'), kind: 'choice', options: outcomes }, { name: 'text', label: t('text'), kind: 'long' },
    ], ({ alarm, outcome, text }) => this.does(`/alarms/${alarm!}/call-back`, { outcome, ...(text ? { text } : {}) }));
  }

  private ringBack(): void {
    const calls = this.incident.alarms.filter((alarm) => alarm.source === 'call');
    this.ask(t('ring_back'), [
      { name: 'alarm', label: t('alarm'), kind: 'choice', options: calls.map((alarm) => [alarm.id, `${alarm.caller?.number ?? '—'} ${(alarm.text ?? '').slice(0, 40)}`] as const) },
      { name: 'outcome', label: t('outcome'), kind: 'choice', options: Object.keys(ringBacks).map((one) => [one, named(ringBacks, one)] as const) }, { name: 'text', label: t('text'), kind: 'long' },
    ], ({ alarm, outcome, text }) => this.does(`/alarms/${alarm!}/ring-back`, { outcome, ...(text ? { text } : {}) }));
  }

  private reopen(): void {
    const options = [['received', t('reopen.received')], ['handled', t('reopen.handled')]] as const;
    this.ask(t('reopen'), [{ name: 'to', label: t('reopen.to'), kind: 'choice', options }, { ...reasonField, label: t('reason') }],
      ({ to, reason }) => this.does(`/incidents/${this.incident.id}/reopen`, { to, reason }));
  }

  private backup(): void {
    const [asked] = this.incident.backups.filter((one) => !one.answered_at);
    this.ask(t('backup'), [{ ...reasonField, label: t('text') }], ({ reason }) => this.does(`/backups/${asked!.id}/answer`, { reason }));
  }

  private withReason(act: string, what: string): void {
    this.ask(what, [{ ...reasonField, label: t('reason') }], ({ reason }) => this.does(`/incidents/${this.incident.id}/${act}`, { reason: reason!.trim() }), act === 'void');
  }

  private ask(what: string, fields: Parameters<DeskState['asking']['ask']>[0]['fields'], does: (values: Given) => Promise<Done>, danger = false): void {
    const { incident, desk } = this;
    desk.asking.ask({ about: incident.id, title: t('title', { number: shortNumber(incident.number, desk.seat.picture.newest), what }), confirm: what, danger, fields, does });
  }

  private does(path: string, body: Record<string, unknown>): Promise<Done> {
    return tried(() => this.desk.seat.api.act(path, body));
  }

  /** Whatever else has happened to the incident since it was asked is not in the way; that the same thing was changed is. */
  private async amend(body: Record<string, unknown>, reason = ''): Promise<Done> {
    const { seat } = this.desk;
    const now = seat.picture.incidents.get(this.incident.id) ?? this.incident;
    if (Object.keys(body).some((what) => amended(now, what) !== amended(this.incident, what))) return refusalText('behind');
    return tried(() => seat.api.change('PATCH', `/incidents/${now.id}`, { ...body, ...(reason.trim() ? { reason: reason.trim() } : {}) }, `"${now.version}"`));
  }

  private post(id: string, act: string, body: Record<string, unknown> = {}): void {
    void this.desk.seat.act(`/incidents/${id}/${act}`, body);
  }
}

const RANK: Record<string, number> = { ordered: 0, expired: 0, delivered: 0, accepted: 1, en_route: 2, on_scene: 3 };
const LIKELIEST = { likely: 1 };
const STEPS = [['accept', 1], ['en-route', 2], ['on-scene', 3]] as const;

/** What may be done with one order, its next step first. copy: the radio line goes to the clipboard. */
export function orderOffers(desk: DeskState, incident: Incident, order: Assignment, copy: () => void): Bare[] {
  const { seat } = desk;
  const may = (act: string): boolean => mayIn(`assignment.${act}`, seat.session.roles, order.state);
  const name = seat.callSign(order);
  const rank = RANK[order.state];
  const act = (step: string, body: Record<string, unknown> = {}) => () => void seat.act(`/assignments/${order.id}/${step}`, body);
  const offers: Bare[] = [];
  for (const [step, to] of STEPS) if (!(order.flags.includes('watches') && (to === RANK['en_route'] || to === RANK['on_scene'])) && rank !== undefined && to > rank && may(step.replace('-', '_'))) offers.push({ label: t(`step.${step}`), ...(to === rank + 1 ? LIKELIEST : {}), does: act(step) });
  if (may('clear') && rank !== undefined) offers.push({ label: t('step.clear'), ...(rank === RANK['on_scene'] ? LIKELIEST : {}), does: () => askResult(desk, incident, order, name) });
  if (may('unable') && order.state !== 'unable') offers.push({ label: t('step.unable'), does: () => askReason(desk, order, 'unable') });
  if (may('release')) offers.push({ label: t('step.release'), ...LIKELIEST, does: act('release', { reason: t('released') }) });
  if (may('recall')) offers.push({ label: t('step.recall'), danger: true, does: () => askReason(desk, order, 'recall', true) });
  if (may('feedback') && order.unit_id) offers.push({ label: t('step.feedback'), ...(lampOf(order) === 'done' ? LIKELIEST : {}), does: () => askForm(desk, incident, order, name) });
  if (rank !== undefined) offers.push({ label: t('step.radio'), does: copy });
  return offers.map((offer) => ({ ...offer, group: name }));
}

function askReason(desk: DeskState, order: Assignment, step: 'unable' | 'recall', danger = false): void {
  const what = t(`step.${step}`);
  desk.asking.ask({
    about: order.id, title: `${desk.seat.callSign(order)} ${what}`, confirm: what, danger, fields: [{ ...reasonField, label: t('reason') }],
    does: ({ reason }) => tried(() => desk.seat.api.act(`/assignments/${order.id}/${step}`, { reason: reason!.trim() })),
  });
}

function askResult(desk: DeskState, incident: Incident, order: Assignment, name: string): void {
  const options = desk.seat.reference.results(incident.type_verified ?? incident.type_reported);
  desk.asking.ask({
    title: `${name} ${t('step.clear')}`, confirm: t('step.clear'), fields: [{ name: 'result', label: t('result'), kind: 'choice', options }],
    does: ({ result }) => tried(() => desk.seat.api.act(`/assignments/${order.id}/clear`, { result })),
  });
}

function askForm(desk: DeskState, incident: Incident, order: Assignment, name: string): void {
  const { reference } = desk.seat;
  const results = reference.results(incident.type_verified ?? incident.type_reported);
  desk.asking.ask({
    about: order.id, title: `${name} ${t('step.feedback')}`, confirm: t('step.feedback'),
    fields: [
      { name: 'result', label: t('result'), kind: 'choice', options: results, value: order.result ?? 'handled' },
      { name: 'text', label: t('text'), kind: 'long', most: 10_000 }, { name: 'people', label: t('people'), kind: 'number', value: '0' },
      { name: 'kind', label: t('form.kind'), kind: 'choice', options: [['final', t('form.final')], ['interim', t('form.interim')]] },
    ],
    does: ({ result, text, people, kind }) => {
      const body = { kind, result, people_count: Number(people) || 0, ...(text ? { text } : {}) };
      return tried(() => desk.seat.api.act(`/assignments/${order.id}/feedback`, body));
    },
  });
}
