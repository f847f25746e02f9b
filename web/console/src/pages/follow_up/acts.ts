// What can be done about the row that is selected, each with one key. Only what roles and state allow is offered.

import { fill, named, speaker } from '../../core/language.svelte';
import { amend, doubt, end, keep, reveal, stillOpen, words as factWords } from '../../standing/facts';
import { callBacks as outcomes } from '../../words/terms';
import type { Follow } from './follow.svelte';
import { formsOf, notesOf, type CallBackDue, type Demand, type Fact, type Request, type Row } from './lanes';

const t = speaker({
  'accept': ['通过', 'Accept'], 'return': ['退回', 'Return'], 'which': ['退回哪张派警单', 'Whose form'], 'reason': ['原因', 'Reason'], 'number': ['查看号码', 'Show the number'], 'number.reason': ['查看原因（记入日志）', 'Reason (kept in the journal)'],
  'bad': ['不满意：如何处理', 'Dissatisfied: what then'], 'supervise': ['督办：责任单位 24 小时内答复', 'Supervision order: the owning room answers within 24 h'], 'received': ['重新立案处置', 'Reopen as a new matter'], 'handled': ['重开补正反馈单', 'Reopen, its form is wrong'],
  'end': ['未接通，结束回访', 'Not reached: end it'], 'end.say': ['已回访 {n} 次未接通。结束后不再回访。', 'Tried {n} times. Once ended, nobody tries again.'], 'record': ['记录', 'Record'], 'answer': ['答复', 'Answer'], 'sign': ['签结', 'Sign off'], 'text': ['内容', 'Words'], 'optional': ['附言（可不填）', 'With these words (if any)'], 'hours': ['几小时内重新答复', 'A better answer within hours'],
  'taken': ['已受理', 'Taken'], 'arrived': ['已到场', 'Arrived'], 'result': ['结果', 'Result'], 'chase': ['催办', 'Chase'], 'decline': ['不能前往', 'Cannot come'], 'reference': ['对方编号', 'Their reference'],
});

const f = speaker(factWords);

export interface Act {
  key: string;
  label: string;
  primary?: boolean;
  danger?: boolean;
  does: () => void;
}

const OUTCOMES = ['satisfied', 'basically_satisfied', 'dissatisfied', 'not_reached', 'refused', 'not_suitable'] as const;

export function actsOf(follow: Follow, row: Row, notes: () => string): Act[] {
  switch (row.lane) {
    case 'reviews': return reviewing(follow, row.incident);
    case 'call_backs': return calling(follow, row.due, notes);
    case 'supervision': return demanding(follow, row.demand);
    case 'requests': return requesting(follow, row.request);
    case 'ends': return [];
    case 'facts': return looking(follow, row.fact);
  }
}

function reviewing(follow: Follow, incident: Extract<Row, { lane: 'reviews' }>['incident']): Act[] {
  if (!follow.may('incident.review', incident.state)) return [];
  const path = `/incidents/${incident.id}/review`;
  const orders = [...new Map(formsOf(incident).map(({ order }) => [order.id, follow.seat.callSign(order)] as const))];
  const back = (): void => follow.ask(t('return'), t('return'), [
    ...(orders.length ? [{ name: 'order', label: t('which'), kind: 'choice' as const, options: orders, value: incident.primary_id ?? '' }] : []),
    { name: 'reason', label: t('reason'), kind: 'long', required: true },
  ], path, ({ order, reason }) => ({ accept: false, reason, ...(order ? { assignment_id: order } : {}) }));
  return [
    { key: 'a', label: t('accept'), primary: true, does: () => void follow.does(path, { accept: true }) },
    { key: 'b', label: t('return'), danger: true, does: back },
  ];
}

function calling(follow: Follow, due: CallBackDue, notes: () => string): Act[] {
  if (!follow.may('alarm.call_back', due.state)) return [];
  const path = `/alarms/${due.id}/call-back`;
  const text = (): object => (notes().trim() ? { text: notes().trim() } : {});
  const record = (outcome: (typeof OUTCOMES)[number]): void => {
    if (outcome === 'dissatisfied') return dissatisfied(follow, due, path, notes());
    void follow.does(path, { outcome, ...text() }).then((done) => { if (done) follow.seat.unsent.drop(notesOf(due)); });
  };
  const acts: Act[] = OUTCOMES.map((outcome, n) => ({ key: String(n + 1), label: named(outcomes, outcome), primary: n === 0, danger: outcome === 'dissatisfied', does: () => record(outcome) }));
  if (due.may_end) acts.push({ key: '7', label: t('end'), danger: true, does: () => follow.ask(t('end'), t('end'), [{ name: 'reason', label: t('reason'), kind: 'long', required: true }], path,
    ({ reason }) => ({ outcome: 'not_reached', end: true, reason, ...text() }), { say: fill(t('end.say', { n: due.attempts }), {}) }) });
  return acts;
}

/** What follows is asked at once, with one key each, so that no complaint is only noted. Reopening is for what has ended. */
function dissatisfied(follow: Follow, due: CallBackDue, path: string, said: string): void {
  const text = said.trim();
  const ways = follow.may('incident.reopen', due.state) ? (['supervise', 'received', 'handled'] as const) : (['supervise'] as const);
  const record = (way: (typeof ways)[number]): void => void follow.does(path, {
    outcome: 'dissatisfied', then: way === 'supervise' ? { do: 'supervise' } : { do: 'reopen', to: way }, ...(text ? { text } : {}),
  }).then((done) => { if (done) follow.seat.unsent.drop(notesOf(due)); });
  follow.asking.offer({ title: t('bad'), offers: ways.map((way, n) => ({ key: String(n + 1), label: t(way), does: () => record(way) })) });
}

function demanding(follow: Follow, demand: Demand): Act[] {
  const { rooms } = follow.seat.session;
  const path = `/supervision/${demand.id}`;
  const acts: Act[] = [];
  const words = { name: 'text', label: t('text'), kind: 'long', required: true } as const;
  if (follow.may('supervision.answer', demand.state) && rooms.includes(demand.to_room)) acts.push({ key: 'a', label: t('answer'), primary: true, does: () => follow.ask(t('answer'), t('answer'), [words], `${path}/answer`, ({ text }) => ({ text }), { stays: true }) });
  if (follow.may('supervision.sign_off', demand.state) && rooms.includes(demand.from_room)) {
    acts.push({ key: 's', label: t('sign'), primary: true, does: () => follow.ask(t('sign'), t('sign'), [{ ...words, label: t('optional'), required: false }], `${path}/sign-off`, ({ text }) => (text?.trim() ? { text } : {})) });
    acts.push({ key: 'b', label: t('return'), danger: true, does: () => follow.ask(t('return'), t('return'), [words, { name: 'hours', label: t('hours'), kind: 'number', value: '24', required: true }], `${path}/return`,
      ({ text, hours }) => ({ text, due_at: new Date(follow.seat.now() + (Number(hours) || 24) * 3_600_000).toISOString() })) });
  }
  return acts;
}

/** What a leader of the place does about it; anybody else may say that it has changed. */
function looking(follow: Follow, fact: Fact): Act[] {
  const { seat, asking } = follow;
  const own = seat.session.rooms.includes(fact.room);
  const may = (act: string): boolean => follow.may(`standing_fact.${act}`, fact.state);
  const opened = stillOpen(fact, follow.opened[fact.id]);
  const acts: Act[] = [];
  if (own && may('approve')) acts.push({ key: 'a', label: f('approve'), primary: true, does: () => void follow.does(`/standing-facts/${fact.id}/approve`, {}, fact.version) });
  if (own && may('decline')) acts.push({ key: 'b', label: f('decline'), danger: true, does: () => end(seat, asking, fact, 'decline') });
  if (own && may('keep')) acts.push({ key: 'k', label: f('keep'), primary: true, does: () => keep(seat, asking, fact) });
  if (own && may('amend') && (!fact.masked || opened)) acts.push({ key: 'e', label: f('amend'), does: () => amend(seat, asking, fact, opened) });
  if (own && may('withdraw')) acts.push({ key: 'w', label: f('withdraw'), danger: true, does: () => end(seat, asking, fact, 'withdraw') });
  if (!(own && may('keep')) && may('doubt') && !fact.doubted) acts.push({ key: 'd', label: f('doubt'), does: () => doubt(seat, asking, fact.id) });
  if (fact.masked && !opened && may('reveal')) acts.push({ key: 'o', label: f('reveal'), does: () => reveal(seat, asking, fact.id, null, (told) => { follow.opened = { ...follow.opened, [fact.id]: told }; }) });
  return acts;
}

function requesting(follow: Follow, request: Request): Act[] {
  const path = `/agency-requests/${request.id}`;
  const told = [{ name: 'text', label: t('optional'), kind: 'long' }, { name: 'reference', label: t('reference'), kind: 'text', value: request.reference ?? '' }] as const;
  const body = ({ text, reference }: Readonly<Record<string, string>>): object => ({ ...(text?.trim() ? { text } : {}), ...(reference?.trim() ? { reference } : {}) });
  const step = (key: string, name: 'taken' | 'arrived' | 'result' | 'decline', stays: boolean): Act[] =>
    follow.may(`agency_request.${name}`, request.state) && request.state !== name
      ? [{ key, label: t(name), primary: name === 'result', danger: name === 'decline', does: () => follow.ask(t(name), t('record'), told, `${path}/${name}`, body, { stays }) }] : [];
  const chase: Act[] = follow.may('agency_request.chase', request.state) ? [{ key: 'c', label: t('chase'), does: () => void follow.seat.act(`${path}/chase`) }] : [];
  return [...step('a', 'taken', true), ...(request.state === 'arrived' ? [] : step('r', 'arrived', true)), ...step('e', 'result', false), ...chase, ...step('d', 'decline', false)];
}
