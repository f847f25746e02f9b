// When somebody will be there, as the caller is told it: before an order what the quickest would need, after it what was promised.
// And what the caller should do meanwhile, by what is happening. Pure but for the language.

import { speaker, spoken } from '../../../core/language.svelte';
import type { Incident } from '../../../core/types';

/** What of a ranking counts here. */
export interface Ranking {
  basis: 'road' | 'straight_line';
  priority: number;
  room_id: string;
  waves: { unit_id: string; call_sign: string; eta_s: number; skills?: string[] }[][];
}

export type Promise_ =
  | { kind: 'none' }
  | { kind: 'unknown' }
  | { kind: 'nobody' }
  | { kind: 'there' }
  | { kind: 'would' | 'ordered'; minutes: number; seconds: number; unit: string | null };

const OVER = new Set(['on_scene', 'handled', 'fed_back', 'reviewed', 'closed']);

/** What can be said of the arrival now. incident: once there is one; failed: it was asked for and there was no answer. */
export function promise(ranking: Ranking | null, incident: Incident | null, nowMs: number, failed = false): Promise_ {
  if (incident && OVER.has(incident.state)) return { kind: 'there' };
  const promised = incident?.promised_at;
  if (promised) {
    const seconds = Math.max(0, (Date.parse(promised) - nowMs) / 1000);
    const order = incident.assignments.find((one) => one.promised_at === promised);
    return { kind: 'ordered', ...rounded(seconds), unit: order?.unit?.call_sign ?? null };
  }
  if (!ranking) return { kind: failed ? 'unknown' : 'none' };
  const [first] = ranking.waves.flat().sort((a, b) => a.eta_s - b.eta_s);
  return first ? { kind: 'would', ...rounded(first.eta_s), unit: first.call_sign } : { kind: 'nobody' };
}

/** Whole minutes, never too few: nobody is told three minutes who will wait three and a half. */
function rounded(seconds: number): { minutes: number; seconds: number } {
  return { minutes: Math.max(1, Math.ceil(seconds / 60)), seconds };
}

/** By the beginning of the type's code, the longest that fits: what to tell whoever waits. */
const ADVICE: Readonly<Record<string, readonly (readonly [zh: string, en: string])[]>> = {
  '': [['请保持电话畅通，不要离开安全的地方。', 'Keep your telephone free and stay where it is safe.'], ['看到警察请挥手或打开手电。', 'Wave or show a light when you see the police.']],
  '1': [['不要追赶，保证自己安全；记住体貌、衣着、去向。', 'Do not chase; keep yourself safe. Remember looks, clothes and which way.'], ['不要触碰现场。', 'Touch nothing.']],
  '10011': [['不要进屋，不要惊动对方；躲到安全处。', 'Do not go in, do not disturb them; hide where it is safe.']],
  '1002': [['不要反抗，先保证人身安全。', 'Do not resist; your life comes first.'], ['记住车牌、人数、去向。', 'Remember the plate, how many, which way.']],
  '1005': [['离开对方能够到的地方，锁好门。', 'Get out of reach and lock the door.'], ['伤口用干净布用力压住。', 'Press a clean cloth firmly on the wound.']],
  '1006': [['马上停止转账，不要再与对方联系。', 'Stop the transfer now, and do not speak with them again.'], ['准备好转账时间、金额、对方账号。', 'Have time, amount and account of the transfer ready.']],
  '1008': [['远离现场，不要使用手机和对讲机靠近可疑物。', 'Get away; use no telephone or radio near the object.']],
  '1011': [['不要靠近，不要喊话激怒对方。', 'Do not go near, do not provoke them.']],
  '2001': [['不要上前劝架，离远一点看着。', 'Do not step between them; watch from a distance.']],
  '2006': [['带上孩子到有门锁的房间或邻居家。', 'Take the children to a room that locks, or to a neighbour.'], ['不便说话就不要挂断，我在听。', "If you can't talk, do not hang up: I am listening."]],
  '3001': [['打开双闪，人到护栏外，车后放警示牌。', 'Hazard lights on, people behind the barrier, triangle behind the car.'], ['不要移动重伤者，除非有火或再被撞的危险。', 'Do not move the badly hurt unless there is fire or traffic.']],
  '300113': [['往上风方向离开，不要抽烟，不要发动车辆。', 'Go upwind; do not smoke, do not start an engine.']],
  '4001': [['马上离开，随手关门，不要乘电梯，不要回去取东西。', 'Leave now, close doors behind you, no lift, do not go back.'], ['有烟就弯腰，用湿布捂住口鼻。', 'In smoke keep low, a wet cloth over mouth and nose.']],
  '400111': [['出不去就关门，用湿毛巾塞住门缝，到窗口呼救。', "If you can't get out: shut the door, wet towels along it, call from the window."]],
  '400220': [['不要扒门，按电梯里的报警铃，靠内壁站好。', 'Do not force the door; press its alarm, stand against the back wall.']],
  '500110': [['孩子最后在哪里、穿什么衣服？准备一张照片。', 'Where was the child last, wearing what? Have a photograph ready.'], ['留一个人在原地等。', 'Somebody stays where the child was last.']],
  '5004': [['不要下水；抛绳子、竹竿、救生圈、空桶。', 'Do not go into the water; throw a rope, a pole, a ring, an empty can.']],
  '500510': [['不要开关任何电器，关阀开窗，人到室外再打电话。', 'Touch no switch; close the valve, open windows, telephone from outside.']],
  '500610': [['把人放平，看胸口有没有起伏；没有就在胸口正中用力快压。', 'Lay them flat, watch the chest; if it does not move, press hard and fast in the middle.'], ['派一个人到路口接救护车。', 'Send somebody to meet the ambulance.']],
  '5008': [['和他说话，不要催，不要靠太近。', 'Talk with them, do not hurry them, do not come too close.']],
  '8': [['往安全的高处或上风方向撤离，不要返回。', 'Withdraw to safe high ground or upwind, and do not go back.']],
};

/** What to tell a caller while they wait, in the language of the seat; what fits the type most closely, then what fits its family. */
export function advice(type: string | null): string[] {
  const code = type ?? '';
  const fitting = Object.keys(ADVICE).filter((begin) => code.startsWith(begin)).sort((a, b) => b.length - a.length);
  return fitting.slice(0, 2).flatMap((begin) => ADVICE[begin]!).slice(0, 3).map(([zh, en]) => (spoken.now === 'zh' ? zh : en));
}

export const words = {
  'none': ['选定地点后即估算到达时间', 'Arrival is worked out once there is a place'],
  'unknown': ['未能估算到达时间，请勿承诺', 'Arrival could not be worked out: promise nothing'],
  'nobody': ['附近暂无可派警力，先立警', 'Nobody free nearby: take it first'],
  'there': ['民警已到场', 'Officers are there'],
  'would': ['最近的巡逻车约 {n} 分钟可到', 'The nearest patrol needs about {n} min'],
  'ordered': ['巡逻车约 {n} 分钟到', 'A patrol will be there in about {n} min'],
} as const;
const t = speaker(words);

/** The sentence for the caller. */
export function sentence(what: Promise_): string {
  return what.kind === 'would' || what.kind === 'ordered' ? t(what.kind, { n: what.minutes }) : t(what.kind);
}
