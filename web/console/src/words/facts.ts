// Facts of the journal as one line of a timeline.

import { fill, spoken } from '../core/language.svelte';
import { incidentState, unitState } from './states';

export const facts = {
  'alarm.received': ['收到报警', 'Alarm received'], 'alarm.moved': ['报警改挂', 'Alarm moved'], 'alarm.called_back': ['完成回访', 'Caller called back'],
  'alarm.rung_back': ['回拨报警人', 'Caller rung back'], 'alarm.unreached': ['回访未接通，待再次回访', 'Call-back not reached, to be tried again'], 'alarm.revealed': ['查看报警人号码', 'Caller’s number opened'],
  'incident.opened': ['立为警情', 'Incident opened'], 'incident.amended': ['修改警情', 'Amended'],
  'incident.alarm_counted': ['并入一次报警', 'Another alarm joined'], 'incident.alarm_dropped': ['移出一次报警', 'An alarm left'],
  'incident.noted': ['备注', 'Note'], 'incident.round_started': ['开始新一轮处置', 'New round'], 'incident.progressed': ['警情状态：{state}', 'State: {state}'],
  'incident.handled': ['处结', 'Handled'], 'incident.fed_back': ['反馈完成', 'Fed back'], 'incident.reviewed': ['审核通过', 'Reviewed'],
  'incident.returned': ['退回补正', 'Returned'], 'incident.called_back': ['回访', 'Call-back'], 'incident.call_back_tried': ['回访未接通', 'Call-back not reached'], 'incident.closed': ['办结', 'Closed'],
  'incident.ended': ['警情终止：{state}', 'Ended: {state}'], 'incident.reopened': ['重新立案', 'Reopened'], 'incident.merged': ['并入其他警情', 'Merged'],
  'incident.absorbed': ['并入一起警情', 'Absorbed another'], 'incident.unmerged': ['解除并案', 'Unmerged'], 'incident.separated': ['分出一起警情', 'Separated'],
  'incident.handed_over': ['移交其他指挥室', 'Handed over'], 'incident.pressed_again': ['一键报警再次按下', 'Call point pressed again'],
  'incident.ring_answered': ['一键报警已应答', 'Press answered'], 'incident.rolled_over': ['无人接听，转上级', 'Not answered: rolled over'],
  'incident.ring_unanswered': ['各级均无人接听，按未核实警情处置', 'Nobody answered: unverified'], 'incident.surged': ['成为集中警情', 'Became a surge'],
  'incident.surge_ended': ['集中警情结束', 'Surge over'], 'incident.rung_back': ['已回拨', 'Rung back'], 'incident.call_timed': ['补记来电时间', 'Times of the call learned'],
  'incident.rule_fired': ['到时提醒', 'Fell due'], 'incident.rules_changed': ['规则已更新', 'Rules changed'],
  'incident.scene_set': ['现场情况', 'Scene'], 'incident.raised': ['提级上报', 'Raised'], 'incident.command_taken': ['上级接管指挥', 'Command taken from above'], 'incident.command_handed_back': ['交还指挥', 'Command handed back'],
  'incident.alert_noticed': ['已确认告警', 'Alert acknowledged'], 'incident.wave_proposed': ['规则推荐下一梯队', 'Next units proposed by rule'],
  'incident.followed': ['开始盯办', 'Followed'], 'incident.checked_in': ['盯办查看', 'Looked in'], 'incident.following_ended': ['结束盯办', 'Following ended'],
  'incident.pursuit_started': ['转为追堵', 'Became a pursuit'], 'incident.moved': ['追堵位置更新', 'Seen somewhere else'], 'incident.area_entered': ['进入其他辖区', 'Entered another area'],
  'incident.pursuit_joined': ['沿途单位加入协同', 'A room on its way takes part'], 'incident.command_offered': ['提请上级接管指挥', 'Command offered above'],
  'incident.offer_declined': ['上级不接管指挥', 'Command declined above'], 'incident.pursuit_ended': ['追堵结束', 'Pursuit over'], 'sighting.seen': ['目击', 'Seen'],
  'dispute.raised': ['提出管辖争议', 'Duty disputed'], 'dispute.stated': ['争议陈述', 'Said to the dispute'], 'dispute.decided': ['裁决管辖争议', 'Dispute decided'],
  'dispute.conceded': ['接受管辖', 'Duty conceded'], 'dispute.withdrawn': ['撤回管辖争议', 'Dispute withdrawn'],
  'assignment.unreached': ['值班电话未能接通', 'duty phone not reached'], 'assignment.other_proposed': ['已另行推荐单位', 'others were proposed'],
  'assignment.placed': ['下达指令', 'ordered'], 'assignment.sent': ['指令已发出', 'sent to the terminal'], 'assignment.stepped': ['{state}', '{state}'],
  'assignment.ended': ['{state}', '{state}'], 'assignment.role_changed': ['主次变更', 'role changed'], 'assignment.check_asked': ['询问是否平安', 'asked whether all is well'],
  'assignment.checked': ['报平安', 'all well'], 'assignment.touch_lost': ['现场定位中断', 'position lost on scene'], 'assignment.touch_regained': ['定位恢复', 'position back'],
  'feedback.submitted': ['提交反馈单', 'Form submitted'], 'feedback.accepted': ['反馈单通过', 'Form accepted'], 'feedback.returned': ['反馈单退回', 'Form returned'],
  'feedback.replaced': ['反馈单已更正', 'Form replaced'], 'note.sent': ['备注下发', 'Note sent'], 'note.read': ['备注已阅', 'Note read'],
  'message.sent': ['发送消息', 'Message sent'], 'message.read': ['消息已阅', 'Message read'], 'emergency.pressed': ['民警遇险报警', 'Officer in danger'],
  'emergency.rule_fired': ['遇险未解除，再次提醒', 'Still in danger: told again'],
  'emergency.reset': ['险情解除', 'Emergency reset'], 'backup.asked': ['请求增援', 'Backup asked for'], 'backup.sent': ['增援已派', 'Backup sent'],
  'plan.proposed': ['推送预案', 'Plan proposed'], 'plan.activated': ['启用预案', 'Plan activated'], 'plan.dismissed': ['不启用预案', 'Plan decided against'], 'plan.withdrawn': ['预案不再匹配', 'Plan fits no more'],
  'plan.ended': ['预案终止', 'Plan ended'], 'task.added': ['下达任务', 'Task added'], 'task.opened': ['任务可办', 'Task can be done'], 'task.taken': ['任务认领', 'Task taken in hand'], 'task.rescheduled': ['任务改期', 'Task due at another time'],
  'task.moved': ['任务随警情移交', 'Task went with its incident'], 'task.done': ['任务完成', 'Task done'], 'task.not_applicable': ['任务不适用', 'Task not applicable'], 'task.reopened': ['任务重开', 'Task to be done again'],
  'supervision.given': ['下达督办', 'Supervision order given'], 'supervision.answered': ['督办已答复', 'Supervision order answered'], 'supervision.returned': ['督办退回', 'Answer sent back'], 'supervision.signed_off': ['督办核销', 'Supervision order signed off'],
  'seat.covered': ['席位由他席代管', 'Seat covered by another'], 'seat.returned': ['席位取回', 'Seat taken back'], 'handover.signed': ['交接班完成', 'Shift handed over'], 'handover.abandoned': ['交接班超时作废', 'Hand-over ran out'],
  'duty_level.level_ordered': ['调整勤务等级', 'Duty level ordered'], 'duty_level.level_ended': ['勤务等级结束', 'Duty level ended'],
  'duty_level.level_noticed': ['已知悉勤务等级', 'Duty level acknowledged'], 'duty_level.rule_fired': ['勤务等级到时', 'Duty level fell due'],
  'card_set.changed': ['派警卡已更新', 'Run cards changed'], 'level_set.changed': ['勤务等级设置已更新', 'Duty levels changed'],
  'closure.put_in': ['道路管制', 'Road closed or slowed'],
  'broadcast.written': ['拟发群呼、布控', 'Broadcast written'], 'broadcast.sent': ['群呼、布控已发出', 'Broadcast sent'], 'broadcast.extended': ['布控延期', 'Broadcast extended'], 'broadcast.called_again': ['再呼未阅', 'Called again'],
  'broadcast.spotted': ['布控特征命中', 'A mark of a lookout was found'], 'broadcast.noticed': ['命中已知悉', 'The find was noticed'], 'broadcast.ended': ['群呼、布控结束', 'Broadcast over'], 'broadcast.rule_fired': ['到时提醒', 'Fell due'], 'broadcast.alert_noticed': ['已确认告警', 'Alert acknowledged'],
  'broadcast_lamp.added': ['补发群呼、布控', 'Broadcast reached one more'], 'broadcast_lamp.delivered': ['群呼、布控已送达', 'Broadcast delivered'], 'broadcast_lamp.read': ['群呼、布控已阅', 'Broadcast read'],
  'after_action_review.opened': ['列入复盘', 'Review opened'], 'after_action_review.begun': ['开始复盘', 'Review begun'], 'after_action_review.joined': ['参加复盘', 'Takes part in the review'], 'after_action_review.found': ['复盘发现', 'Finding'],
  'after_action_review.closed': ['复盘结论签发', 'Review closed'], 'after_action_review.withdrawn': ['撤销复盘', 'Review withdrawn'], 'after_action_review.rule_fired': ['复盘到时提醒', 'Review fell due'], 'review_action.ordered': ['下达整改', 'Action ordered'],
  'review_action.done': ['整改办理', 'Action done'], 'review_action.returned': ['整改退回', 'Action returned'], 'review_action.verified': ['整改核验', 'Action verified'], 'review_action.dropped': ['整改不再办理', 'Action dropped'], 'review_action.rule_fired': ['整改到时提醒', 'Action fell due'],
  'backup.answered': ['增援请求已答复', 'Backup answered'],
} as const;

/** A fact in words; one that has none yet by its own name. body: of the journal. */
export function factText(noun: string, fact: string, body: Record<string, unknown>): string {
  const entry = (facts as Record<string, readonly [string, string]>)[`${noun}.${fact}`];
  if (!entry) return `${noun} ${fact}`;
  const step = String(body['step'] ?? body['state'] ?? '');
  return fill(entry[spoken.now === 'zh' ? 0 : 1], { state: noun === 'assignment' ? unitState(step) : incidentState(step) });
}
