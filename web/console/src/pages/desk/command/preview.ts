// What a line will do, in a sentence, before it does it. The words of every verb, and of what is missing or in doubt.

import { named, speaker, wording } from '../../../core/language.svelte';
import type { Act } from '../../../core/commands/acts';
import type { Doubt, Read } from '../../../core/commands/read';
import type { Part, VerbId } from '../../../core/commands/verbs';
import { OPEN, shortNumber } from '../../../core/order';
import type { Incident, Unit } from '../../../core/types';
import type { Seat } from '../../../seat/seat.svelte';
import { unitState } from '../../../words/states';
import { placeText } from '../../../words/place';

export const verbNames = {
  send: ['派警', 'send'], add: ['增援', 'send more'], stack: ['列为待处', 'keep for later'], take: ['抢派', 'take from its job'], deliver: ['记为送达', 'mark delivered'], accept: ['记为签收', 'mark accepted'],
  go: ['记为出动', 'mark en route'], scene: ['记为到场', 'mark on scene'], clear: ['结束', 'clear'], recall: ['撤回', 'recall'], unable: ['记为无法执行', 'mark unable'], release: ['解除', 'release'],
  hand: ['移交指挥室', 'hand over'], merge: ['并案', 'merge'], unmerge: ['解除并案', 'unmerge'], note: ['备注', 'note'], urgent: ['紧急备注', 'urgent note'], break: ['小休', 'break'], free: ['转空闲', 'available'],
  busy: ['转忙碌', 'busy'], message: ['发消息', 'message'], check: ['报平安', 'all well'], find: ['查看', 'look at'], level: ['改等级', 'priority'], void: ['作废', 'void'], advise: ['电话答复', 'settled by phone'],
  handle: ['处结', 'handle'], close: ['办结', 'close'], roll: ['点名', 'roll-call'], call_all: ['群呼', 'broadcast'], look_out: ['布控', 'lookout'], duty: ['勤务等级', 'duty level'],
  dispute: ['提出管辖争议', 'dispute the duty'], pursue: ['转为追堵', 'call it a pursuit'],
} as const satisfies Record<VerbId, readonly [string, string]>;

export const partNames = {
  units: ['单位', 'units'], unit: ['单位', 'unit'], incident: ['警情号', 'incident'], into: ['并入的警情号', 'incident to merge into'], room: ['指挥室', 'room'], text: ['内容', 'text'], reason: ['理由', 'reason'],
  result: ['结果', 'result'], minutes: ['分钟数', 'minutes'], level: ['等级 1–4', 'priority 1 to 4'], target: ['单位或警情号', 'unit or incident'], words: ['内容', 'text'],
} as const satisfies Record<Part, readonly [string, string]>;

const words = {
  'to': ['{what} {units} → {incident}', '{what} {units} → {incident}'], 'unit': ['{unit} {what}', '{unit}: {what}'], 'with': ['{said}：{more}', '{said}: {more}'], 'on': ['{what} {incident}', '{what} {incident}'],
  'into': ['{incident} 并入 {into}', '{incident} is merged into {into}'], 'hand': ['{incident} 移交 {room}', '{incident} is handed over to {room}'], 'minutes': ['{unit} 小休 {n} 分钟', '{unit}: break for {n} min'],
  'busy': ['{unit}（{state} {number}）', '{unit} ({state} {number})'], 'free': ['{unit}（{state}）', '{unit} ({state})'], 'missing': ['还缺：{parts}', 'missing: {parts}'], 'unknown': ['没有这样的{part}：{word}', 'no such {part}: {word}'],
  'which': ['“{word}”指哪一个？{options}', 'which {word}? {options}'], 'no_order': ['{unit} 现无派警单', '{unit} has no order'], 'same': ['不能并入自身', 'an incident is not merged into itself'], 'and': ['、', ', '],
  'level': ['{incident} 改为 P{level}', '{incident} becomes P{level}'], 'look': ['查看 {name}', 'look at {name}'], 'write': ['写{what}，发出前核对收件单位', 'write a {what}; whom it reaches is shown before it is sent'], 'all': ['点名：询问辖内所有在勤单位', 'roll-call: asks every unit on duty below this room'],
  'duty': ['打开勤务等级，下达前先看变化', 'opens the duty level; what will change is shown first'],
} as const;
const t = speaker(words);
const list = (names: readonly string[]): string => names.join(t('and'));

export interface Preview {
  text: string;
  /** Whether Enter does it. */
  ready: boolean;
}

export function previewOf(seat: Seat, read: Read, act: Act | null): Preview {
  const doubt = read.doubts[0];
  if (doubt) return { text: doubtText(doubt), ready: false };
  if (read.missing.length) return { text: `${named(verbNames, read.verb.id)} · ${t('missing', { parts: list(read.missing.map((part) => named(partNames, part))) })}`, ready: false };
  if (!act || 'why' in act) return { text: act?.why === 'same' ? t('same') : t('no_order', { unit: read.units[0]?.call_sign ?? '' }), ready: false };
  return { text: sentence(seat, read), ready: true };
}

function doubtText({ part, word, options }: Doubt): string {
  return options.length ? t('which', { word, options: list(options) }) : t('unknown', { part: named(partNames, part), word });
}

function sentence(seat: Seat, read: Read): string {
  const { id } = read.verb;
  const what = named(verbNames, id);
  const incident = read.incident ? incidentText(seat, read.incident) : '';
  const [unit] = read.units;
  if (id === 'roll') return t('all');
  if (id === 'duty') return t('duty');
  if (id === 'call_all' || id === 'look_out') return more(t('write', { what }), read.text);
  if (id === 'find') return t('look', { name: read.incident ? incident : (unit?.call_sign ?? '') });
  if (read.verb.parts.includes('units')) {
    const units = list([...read.units.map((one) => unitText(seat, one)), ...read.rooms.map(wording)]);
    return more(t('to', { what, units, incident }), read.text);
  }
  if (id === 'break') return t('minutes', { unit: unit!.call_sign, n: read.minutes! });
  if (id === 'merge') return t('into', { incident, into: incidentText(seat, read.into!) });
  if (id === 'hand') return t('hand', { incident, room: wording(read.rooms[0]!) });
  if (id === 'level') return t('level', { incident, level: read.level! });
  const said = unit && read.verb.parts.includes('unit') ? t('unit', { unit: unitText(seat, unit), what }) : t('on', { what, incident });
  return more(said, read.verb.parts.includes('result') ? (read.result?.[1] ?? '') : read.text);
}

const more = (said: string, text: string): string => (text ? t('with', { said, more: text }) : said);

function incidentText(seat: Seat, incident: Incident): string {
  const type = seat.reference.typeName(incident.type_verified ?? incident.type_reported);
  return `${shortNumber(incident.number, seat.picture.newest)} ${type} ${placeText(incident, seat.reference)}`;
}

function unitText(seat: Seat, unit: Unit): string {
  const job = OPEN.has(unit.state) && unit.incident_id ? seat.picture.incidents.get(unit.incident_id) : undefined;
  if (job) return t('busy', { unit: unit.call_sign, state: unitState(unit.state), number: shortNumber(job.number, seat.picture.newest) });
  return t('free', { unit: unit.call_sign, state: unitState(unit.state) });
}
