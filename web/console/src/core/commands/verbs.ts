// The verbs of the command line: how each is typed in Chinese, in English and in pinyin, and what must follow it.

export type Part = 'units' | 'unit' | 'incident' | 'into' | 'room' | 'text' | 'reason' | 'result' | 'minutes' | 'level' | 'target' | 'words';

export interface Verb {
  id: VerbId;
  /** Typed so; the first is how it is shown in Chinese, the second in English. */
  typed: readonly string[];
  parts: readonly Part[];
}

export type VerbId =
  | 'send' | 'add' | 'stack' | 'take' | 'deliver' | 'accept' | 'go' | 'scene' | 'clear' | 'recall' | 'unable' | 'release'
  | 'hand' | 'merge' | 'unmerge' | 'note' | 'urgent' | 'break' | 'free' | 'busy' | 'message' | 'check'
  | 'dispute' | 'pursue' | 'find' | 'level' | 'void' | 'advise' | 'handle' | 'close' | 'roll' | 'call_all' | 'look_out' | 'duty';

const verb = (id: VerbId, typed: string, ...parts: Part[]): Verb => ({ id, typed: typed.split(' '), parts });

export const VERBS: readonly Verb[] = [
  verb('send', '派 send pai p', 'units', 'incident'),
  verb('add', '增 add zeng z', 'units', 'incident'),
  verb('stack', '待 keep dai', 'units', 'incident'),
  verb('take', '抢 take qiang', 'units', 'incident', 'reason'),
  verb('deliver', '送 delivered song', 'unit'),
  verb('accept', '签 accept qian q', 'unit'),
  verb('go', '出 go chu c', 'unit'),
  verb('scene', '到 scene dao d', 'unit'),
  verb('clear', '毕 clear bi b', 'unit', 'result'),
  verb('recall', '收 recall shou s', 'unit', 'reason'),
  verb('unable', '难 unable nan', 'unit', 'reason'),
  verb('release', '放 release fang', 'unit', 'reason'),
  verb('hand', '转 hand zhuan', 'incident', 'room'),
  verb('merge', '并 merge bing', 'incident', 'into'),
  verb('unmerge', '拆 unmerge chai', 'incident'),
  verb('dispute', '争 dispute zheng', 'incident', 'text'),
  verb('pursue', '追 pursue zhui', 'incident'),
  verb('note', '注 note zhu n', 'incident', 'text'),
  verb('urgent', '急 urgent ji', 'incident', 'text'),
  verb('break', '休 break xiu', 'unit', 'minutes'),
  verb('free', '闲 free xian', 'unit'),
  verb('busy', '忙 busy mang', 'unit'),
  verb('message', '讯 message xun', 'unit', 'text'),
  verb('check', '安 check an', 'unit'),
  verb('find', '看 find kan', 'target'),
  verb('level', '级 level jibie', 'incident', 'level'),
  verb('void', '废 void fei', 'incident', 'reason'),
  verb('advise', '答 advise da', 'incident', 'reason'),
  verb('handle', '结 handle jie', 'incident', 'result'),
  verb('close', '办 close ban', 'incident'),
  verb('roll', '点 roll dian'),
  verb('call_all', '群呼 broadcast qunhu', 'words'),
  verb('duty', '勤 duty qin'),
  verb('look_out', '布控 lookout bukong', 'words'),
];

const BY_WORD = new Map(VERBS.flatMap((one) => one.typed.map((word) => [word, one] as const)));
const HAN = /^[\u4e00-\u9fff]/;

/** The verb a line begins with, and the rest; a Chinese verb needs no space after it. */
export function verbOf(line: string): { verb: Verb; rest: string } | null {
  const text = line.normalize('NFKC').replace(/^\s*\/?\s*/, '');
  const word = /^\S*/.exec(text)![0].toLowerCase();
  const whole = BY_WORD.get(word);
  if (whole) return { verb: whole, rest: text.slice(word.length) };
  const begins = HAN.test(word) ? [2, 1].find((length) => BY_WORD.has(word.slice(0, length))) : undefined;
  return begins ? { verb: BY_WORD.get(word.slice(0, begins))!, rest: text.slice(begins) } : null;
}

/** Verbs a half-typed word may become. */
export function verbsLike(word: string): Verb[] {
  const wanted = word.normalize('NFKC').trim().toLowerCase();
  return VERBS.filter((one) => one.typed.some((typed) => typed.startsWith(wanted)));
}
