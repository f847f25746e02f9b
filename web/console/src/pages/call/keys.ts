// Every key of the call-taking seat, in the order of a call.

import type { Binding } from '../../core/keymap';
import { speaker } from '../../core/language.svelte';
import type { Call } from '../../core/types';
import type { Seat } from '../../seat/seat.svelte';
import type { Taking } from './form/taking.svelte';
import { actsOf, type CallAct } from './telephone/telephone';

const words = {
  'call': ['电话', 'Telephone'], 'form': ['接警单', 'Report'], 'page': ['席位', 'Seat'], 'answer': ['接听振铃最久的来电', 'Answer who has rung longest'], 'hold': ['保持 / 恢复', 'Hold, resume'],
  'three': ['三方通话', 'Three-way'], 'transfer': ['转接', 'Transfer'], 'release': ['挂断', 'Hang up'], 'ready': ['示闲', 'Ready'], 'place': ['地点', 'Place'], 'type': ['类型', 'Type'],
  'text': ['内容 / 补充', 'What is said'], 'send': ['立警；已立警则完成', 'Take it; once taken, done'], 'attach': ['并入第 {n} 起', 'Attach to number {n}'], 'position': ['用网络定位作地点', 'Network position as place'],
  'link': ['关联命中的布控', 'Link the lookout that was found'], 'aim': ['在图上点选', 'Point on the map'], 'talk': ['不便通话', "Can't talk"], 'silent': ['无声电话', 'Silent call'], 'new': ['新接警单', 'New report'], 'resume': ['继续未发出的', 'Continue an unsent report'],
  'own': ['我接的警', 'Taken by me'], 'undo': ['撤销', 'Take back'], 'acknowledge': ['确认告警', 'Acknowledge'], 'silence': ['静音', 'Silence'], 'keys': ['键盘操作', 'Keyboard'],
} as const;
const t = speaker(words);

export interface Doing {
  seat: Seat;
  taking: Taking;
  answerNext(): void;
  own(): Call | undefined;
  act(call: Call, what: CallAct): void;
  attachNth(n: number): boolean;
  /** Hand in, or be done. */
  go(): void;
  form(): { focusPlace(): void; focusType(): void; focusText(): void };
  focusOwn(): void;
  aim(): void;
  /** Link the lookout that was found in what is typed. */
  linkFirst(): boolean;
  usePosition(): void;
  ready(): void;
  fresh(): void;
  resume(): boolean;
  takeBack(event: KeyboardEvent): boolean;
  overlay(): void;
}

export function callKeys(doing: Doing): Binding[] {
  const { seat, taking } = doing;
  const ofCall = (...wanted: CallAct[]): boolean => {
    const call = doing.own();
    const what = call && wanted.find((one) => actsOf(call, true).includes(one));
    if (call && what) doing.act(call, what);
    return Boolean(what);
  };
  const group = (name: 'call' | 'form' | 'page', bindings: Binding[]): Binding[] => bindings.map((one) => ({ ...one, get group() { return t(name); } }));
  const attach = [1, 2, 3].map((n): Binding => ({ key: `Alt+${n}`, said: () => t('attach', { n }), does: () => doing.attachNth(n) }));
  return [
    ...group('call', [
      { key: 'F2', said: () => t('answer'), does: () => doing.answerNext() },
      { key: 'Alt+H', said: () => t('hold'), does: () => ofCall('held', 'answered') },
      { key: 'Alt+J', said: () => t('three'), does: () => ofCall('conferenced') },
      { key: 'Alt+T', said: () => t('transfer'), does: () => ofCall('transferred') },
      { key: 'Alt+R', said: () => t('release'), does: () => ofCall('released') },
      { key: 'Alt+0', said: () => t('ready'), does: () => doing.ready() },
    ]),
    ...group('form', [
      { key: 'Alt+L', said: () => t('link'), does: () => doing.linkFirst() },
      { key: 'F3', said: () => t('place'), does: () => doing.form().focusPlace() },
      { key: 'F4', said: () => t('type'), does: () => doing.form().focusType() },
      { key: 'F7', said: () => t('text'), does: () => doing.form().focusText() },
      { key: 'Ctrl+Enter', said: () => t('send'), does: () => doing.go() },
      ...attach,
      { key: 'Alt+G', said: () => t('position'), does: () => doing.usePosition() },
      { key: 'F6', said: () => t('aim'), does: () => doing.aim() },
      { key: 'Alt+Q', said: () => t('talk'), does: () => { if (!taking.sent) taking.form.caller.cannot_talk = !taking.form.caller.cannot_talk; } },
      { key: 'Alt+S', said: () => t('silent'), does: () => { if (!taking.sent) taking.form.silent = !taking.form.silent; } },
      { key: 'Alt+N', said: () => t('new'), does: () => doing.fresh() },
      { key: 'Alt+U', said: () => t('resume'), does: () => doing.resume() },
    ]),
    ...group('page', [
      { key: 'F8', said: () => t('acknowledge'), does: () => seat.acknowledge(), always: true },
      { key: 'F9', said: () => t('silence'), does: () => seat.silence(), always: true },
      { key: 'F10', said: () => t('own'), does: () => doing.focusOwn() },
      { key: 'Ctrl+Z', said: () => t('undo'), does: (event) => doing.takeBack(event) },
      { key: '?', said: () => t('keys'), does: () => doing.overlay() },
    ]),
  ];
}
