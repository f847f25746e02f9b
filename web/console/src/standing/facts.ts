// Standing facts as pages handle them: what is asked before each act, what a form says of where and until when.

import { named, speaker } from '../core/language.svelte';
import { dayText } from '../core/text';
import type { components } from '../core/schema';
import { tried, type Asking, type Field } from '../look/asking.svelte';
import type { Seat } from '../seat/seat.svelte';
import { kinds, severities } from './words';

type Shapes = components['schemas'];
export type Brief = Shapes['FactBrief'];
export type Fact = Shapes['FactShown'];
export type Revealed = Shapes['FactRevealed'];
type Given = Readonly<Record<string, string>>;

const DAY_MS = 86_400_000;
export const words = {
  'write': ['新增地点须知', 'Add a standing fact'], 'propose': ['报请须知', 'Propose a standing fact'], 'amend': ['修改须知', 'Amend the standing fact'], 'kind': ['类别', 'Kind'], 'severity': ['级别', 'How loud'], 'usual': ['按类别', 'as its kind has it'], 'text': ['内容', 'What must be known'],
  'address': ['地址或名称', 'Address or name'], 'radius': ['半径（米）', 'Radius (m)'], 'until': ['有效期', 'Holds for'], 'review': ['复核期', 'Look at it again in'], 'why': ['依据：从何得知', 'How this is known'], 'none': ['不限', 'no end'], 'never': ['不复核', 'never'], 'days': ['{n} 天', '{n} days'],
  'personal': ['涉及个人的须知必须有有效期和复核期，内容须说明理由后查看。', 'What is about a person needs an end and a review; its words are opened for a reason only.'], 'as_is': ['不变（{at}）', 'as it is ({at})'],
  'reveal': ['查看内容', 'Open the words'], 'reason': ['理由（记入日志）', 'Reason (kept in the journal)'], 'reason.default': ['出警需要', 'needed to go there'], 'doubt': ['提出存疑', 'Say it may have changed'], 'doubt.text': ['现场情况', 'What you found'],
  'keep': ['复核：仍然属实', 'Looked at: still so'], 'withdraw': ['撤销须知', 'Withdraw it'], 'decline': ['不批准', 'Decline'], 'approve': ['批准', 'Approve'], 'why_not': ['理由', 'Reason'],
  'done': ['须知已生效', 'The fact stands'], 'asked': ['已报请该地点的值班领导', 'The leader of that place is asked'],
} as const;
const t = speaker(words);

/** Where one holds: a point, or an area that was drawn. */
export interface Where {
  lon?: number;
  lat?: number;
  geometry?: unknown;
  address?: string | null;
}

const spans = (days: readonly number[], none: string): [string, string][] => [...days.map((n): [string, string] => [String(n), t('days', { n })]), ['', none]];
const inDays = (seat: Seat, days: string | undefined): string | null => (days ? new Date(seat.now() + Number(days) * DAY_MS).toISOString() : null);

function fields(where: Where, before?: Fact): Field[] {
  const asIs = (at: string | null | undefined): [string, string][] => (before ? [['as_is', t('as_is', { at: at ? dayText(at).slice(0, 5) : t('none') })]] : []);
  return [
    { name: 'kind', label: t('kind'), kind: 'choice', value: before?.kind ?? 'dog', options: Object.keys(kinds).map((kind) => [kind, named(kinds, kind)] as const) },
    { name: 'text', label: t('text'), kind: 'long', required: true, value: before?.text ?? '', most: 2000 },
    { name: 'severity', label: t('severity'), kind: 'choice', value: before?.severity ?? '', options: [['', t('usual')], ...Object.keys(severities).map((one) => [one, named(severities, one)] as const)] },
    { name: 'address', label: t('address'), kind: 'text', value: before?.address ?? where.address ?? '', most: 200 },
    ...(where.geometry ? [] : [{ name: 'radius', label: t('radius'), kind: 'number' as const, value: String(before?.area.radius_m ?? 50) }]),
    { name: 'until', label: t('until'), kind: 'choice', value: before ? 'as_is' : '180', options: [...asIs(before?.until), ...spans([30, 90, 180, 365], t('none'))] },
    { name: 'review', label: t('review'), kind: 'choice', value: before ? 'as_is' : '90', options: [...asIs(before?.review_at), ...spans([30, 90, 180], t('never'))] },
    { name: 'why', label: t('why'), kind: 'text', required: true, value: before?.why ?? '', most: 2000 },
  ];
}

function body(seat: Seat, given: Given, where: Where, before?: Fact): Record<string, unknown> {
  const until = given['until'] === 'as_is' ? before?.until : inDays(seat, given['until']);
  const review = given['review'] === 'as_is' ? before?.review_at : inDays(seat, given['review']);
  const place = where.geometry ? { geometry: where.geometry } : { lon: where.lon, lat: where.lat, radius_m: Number(given['radius']) || 50 };
  return {
    kind: given['kind'], text: given['text']?.trim(), why: given['why']?.trim(), ...place, ...(given['severity'] ? { severity: given['severity'] } : {}),
    ...(given['address']?.trim() ? { address: given['address'].trim() } : {}), ...(until ? { until } : {}), ...(review ? { review_at: review } : {}),
    ...(before ? { personal: before.personal, valid_from: before.valid_from } : {}),
  };
}

/** Put one in there, or propose it to the leader of that place. */
export function write(seat: Seat, asking: Asking, where: Where, incidentId: string | null = null): void {
  const leads = seat.may('leader');
  asking.ask({
    title: t(leads ? 'write' : 'propose'), confirm: t(leads ? 'write' : 'propose'), say: t('personal'), fields: fields(where), ...(incidentId ? { about: incidentId } : {}),
    does: (given) => tried(async () => {
      const made = await seat.api.act<Fact>('/standing-facts', { ...body(seat, given, where), ...(incidentId ? { incident_id: incidentId } : {}) });
      seat.toasts.good(t(made.state === 'proposed' ? 'asked' : 'done'));
    }),
  });
}

/** Say something else of it. opened: its words, where they are masked. */
export function amend(seat: Seat, asking: Asking, fact: Fact, opened?: Revealed): void {
  const before = opened ? { ...fact, text: opened.text, why: opened.why } : fact;
  const where: Where = fact.area.geometry ? { geometry: fact.area.geometry } : { lon: fact.area.lon!, lat: fact.area.lat! };
  asking.ask({
    title: t('amend'), confirm: t('amend'), about: fact.id, fields: fields(where, before),
    does: (given) => tried(() => seat.api.actOn(`/standing-facts/${fact.id}/amend`, fact.version, body(seat, given, where, before))),
  });
}

/** It is still so: how much longer, and when to look again. */
export function keep(seat: Seat, asking: Asking, fact: Fact): void {
  asking.ask({
    title: t('keep'), confirm: t('keep'), about: fact.id,
    fields: fields({ geometry: true }, fact).filter(({ name }) => name === 'until' || name === 'review').map((field) => (field.name === 'review' ? { ...field, value: '90', options: spans([30, 90, 180], t('never')) } : field)),
    does: (given) => tried(() => {
      const { until, review_at } = body(seat, given, {}, fact);
      return seat.api.actOn(`/standing-facts/${fact.id}/keep`, fact.version, { ...(until ? { until } : {}), ...(review_at ? { review_at } : {}) });
    }),
  });
}

/** Withdraw it, or decline what was proposed, for a reason. */
export function end(seat: Seat, asking: Asking, fact: Fact, how: 'withdraw' | 'decline'): void {
  asking.ask({
    title: t(how), confirm: t(how), danger: true, about: fact.id, fields: [{ name: 'reason', label: t('why_not'), kind: 'text', required: true }],
    does: ({ reason }) => tried(() => seat.api.act(`/standing-facts/${fact.id}/${how}`, { reason: reason!.trim() })),
  });
}

export function doubt(seat: Seat, asking: Asking, id: string): void {
  asking.ask({
    title: t('doubt'), confirm: t('doubt'), about: id, fields: [{ name: 'text', label: t('doubt.text'), kind: 'long', required: true }],
    does: ({ text }) => tried(() => seat.api.act(`/standing-facts/${id}/doubt`, { text: text!.trim() })),
  });
}

/** Open its words: who did and why is kept, in the incident's timeline too where there is one. */
export function reveal(seat: Seat, asking: Asking, id: string, incidentId: string | null, take: (opened: Revealed) => void): void {
  asking.ask({
    title: t('reveal'), confirm: t('reveal'), about: id, fields: [{ name: 'reason', label: t('reason'), kind: 'text', value: t('reason.default'), required: true }],
    does: ({ reason }) => tried(async () => take(await seat.api.act<Revealed>(`/standing-facts/${id}/reveal`, { reason: reason!.trim(), ...(incidentId ? { incident_id: incidentId } : {}) }))),
  });
}

export const approve = (seat: Seat, fact: Fact): Promise<unknown> => seat.act(`/standing-facts/${fact.id}/approve`, {}, undefined, fact.version);

/** The words of one that were opened, unless something has become of it since. */
export const stillOpen = (fact: Fact, opened: Revealed | undefined): Revealed | undefined => (opened && opened.version >= fact.version ? opened : undefined);
