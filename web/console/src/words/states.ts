// What people call the states of incidents, orders, units and calls.

import { named } from '../core/language.svelte';

export const incidentStates = {
  received: ['待派警', 'to dispatch'],
  dispatched: ['已派警', 'dispatched'],
  accepted: ['已签收', 'accepted'],
  en_route: ['出动', 'en route'],
  on_scene: ['到场', 'on scene'],
  handled: ['已处结', 'handled'],
  fed_back: ['已反馈', 'fed back'],
  reviewed: ['已审核', 'reviewed'],
  closed: ['已办结', 'closed'],
  merged: ['已并案', 'merged'],
  void: ['已作废', 'void'],
  advised: ['已答复', 'advised'],
  transferred: ['已移交', 'transferred'],
  unable: ['无法处置', 'unable'],
} as const;

export const unitStates = {
  available: ['空闲', 'available'],
  busy: ['忙碌', 'busy'],
  break: ['小休', 'on break'],
  out_of_service: ['停勤', 'out of service'],
  off_duty: ['下勤', 'off duty'],
  stacked: ['待处', 'kept'],
  ordered: ['已派', 'ordered'],
  delivered: ['已送达', 'delivered'],
  accepted: ['已签收', 'accepted'],
  en_route: ['出动', 'en route'],
  on_scene: ['到场', 'on scene'],
  unable: ['无法执行', 'unable'],
  expired: ['已过期', 'expired'],
  cleared: ['已结束', 'cleared'],
  recalled: ['已撤回', 'recalled'],
  released: ['已解除', 'released'],
  preempted: ['已改派', 'pre-empted'],
  lost: ['失联', 'lost'],
} as const;

export const taskStates = {
  pending: ['待前项', 'waits'], open: ['待办', 'to do'], done: ['已办', 'done'], not_applicable: ['不适用', 'not applicable'],
} as const;

export const callStates = {
  ringing: ['振铃', 'ringing'],
  answered: ['通话', 'answered'],
  held: ['保持', 'held'],
  conferenced: ['三方', 'conference'],
  transferred: ['转接', 'transferred'],
  released: ['已挂断', 'released'],
  abandoned: ['中断', 'abandoned'],
} as const;

/** The name of an incident's state; the state itself where it has none yet. */
export const incidentState = (state: string): string => named(incidentStates, state);
/** The name of a unit's or an order's state. */
export const unitState = (state: string): string => named(unitStates, state);
export const callState = (state: string): string => named(callStates, state);
