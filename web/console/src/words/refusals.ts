// What is refused, by its stable code. The server's own sentence goes along where it has particulars: who holds a unit, since when.

import { named, speaker, spoken } from '../core/language.svelte';

export const refusals = {
  network: ['服务器无应答，操作未确认。请看清状态后再试。', 'The server does not answer; the act is not confirmed. Look at the state before trying again.'],
  other: ['操作未被接受', 'The act was not accepted'],
  already_answered: ['其他席位已应答', 'Another seat has answered'],
  assignment_over: ['该派警单已结束', 'This order is over'],
  bad_area: ['辖区图形无效', 'Not a valid area'],
  bad_bundle: ['城市数据包无法使用，请重新制作', 'The city’s bundle can’t be used; build it anew'],
  bad_cell: ['网格编号无效', 'Not a valid cell'],
  bad_claim: ['申报时间不可能', 'Impossible time'],
  bad_map: ['地图文件无法读取', 'The map file can’t be read'],
  bad_position: ['坐标无效', 'No valid position'],
  behind: ['他人刚刚修改过，请查看最新内容', 'Someone else changed it; look again'],
  csrf_refused: ['会话已失效，请重新登录', 'The session has ended; sign in again'],
  database_unreachable: ['数据库暂时不可用，操作未被接受', 'The database cannot be reached; not accepted'],
  handover_changed: ['交接期间情况有变，请重新阅读后签字。', 'What stands has changed since it was on your screen; read it again, then sign.'],
  unread: ['还有未读事项，读完才能签字。', 'Something was not read as it stands now; read it, then sign.'],
  draft_held: ['该录入单在其他席位', 'Another seat has this form'],
  draft_over: ['该录入单已结束', 'This form is over'],
  form_taken: ['此编号的纸质单已录入过，内容不同', 'This form was keyed in before with other contents'],
  roster_refused: ['排班表有误，整表未导入', 'Some rows can’t be used, so nothing of the roster went in'], facts_refused: ['清单有误，整表未导入', 'Some entries of the list can’t be used; nothing went in'],
  forms_refused: ['部分纸质单无法录入，均未录入', 'Some forms can’t be keyed in, so none was'],
  invalid: ['填写内容无效', 'What was filled in is not valid'],
  key_reused: ['同一操作编号已用于其他内容，请重新操作', 'This key was used for another act'],
  merge_refused: ['不能并案', 'These cannot be merged'],
  nobody_follows: ['没有人在盯办此警情', 'Nobody follows this incident'],
  no_area: ['此处没有辖区', 'No jurisdiction lies here'],
  no_pursuit: ['此警情不是追堵', 'This incident is no pursuit'],
  no_roads: ['本中心没有道路数据', 'No roads are known here'],
  still_open: ['尚有督办、联动单等未办结', 'Supervision orders, agency requests or the like are still open'],
  not_allowed: ['本席位无权进行此操作', 'This seat may not do that'],
  not_found: ['未找到，或本席位不可见', 'Not found, or not visible to this seat'],
  not_in_this_state: ['当前状态下不能进行此操作', 'Not possible in its present state'],
  not_ready: ['系统正在恢复，请稍后再试', 'The system is recovering; try again shortly'],
  not_seated: ['尚未就座', 'No seat has been taken'],
  not_signed_in: ['会话已失效，请重新登录', 'The session has ended; sign in again'],
  not_yet_complete: ['尚缺办结所需内容', 'Something is still missing'],
  nothing_rings: ['没有待接听的一键报警', 'No press is ringing here'],
  preemption_refused: ['该单位手头警情更紧急，不能抽调', 'This unit’s job is too urgent to be given up'],
  recommendation_changed: ['建议所列情况已变化，未派出任何单位', 'What was shown has changed; nothing was sent'],
  ring_back_blocked: ['报警人不能回拨', 'This caller may not be rung back'],
  ring_back_owed: ['无声或中断来电须先回拨，才能作废', 'A silent or abandoned call is void only after a ring-back'],
  seat_taken: ['该席位有人', 'This seat is taken'],
  too_large: ['内容过大', 'Too large'],
  too_many_logins: ['登录次数过多，请稍后再试', 'Too many tries; try again later'],
  unavailable: ['数据库暂时不可用，操作未被接受', 'The database cannot be reached; not accepted'],
  unit_has_open_job: ['单位尚有未结任务', 'The unit still has an open job'],
  unit_not_in_this_state: ['单位当前勤务状态不允许', 'The unit’s duty does not allow this'],
  unit_promised: ['该单位同一时间已安排其他岗位', 'The unit stands at another post at that time'],
  unit_taken: ['单位已被其他警情占用，未派出任何单位', 'Another incident holds this unit; nothing was sent'],
  unit_unavailable: ['单位当前不可派，未派出任何单位', 'This unit cannot be ordered now; nothing was sent'],
  unknown_type: ['没有这个警情类型', 'Unknown type'],
  weak_password: ['密码太简单', 'The password is too simple'],
  wrong_login: ['用户名或密码不正确', 'Name or password is wrong'],
  wrong_origin: ['请求来源不被允许', 'Asked from another page'],
} as const;

/** A refusal in the language of the seat; a code without words is not accepted, all the same. */
export const refusalText = (code: string): string => named(refusals, code, named(refusals, 'other'));

export const particulars = { 'refused': ['{said}（{why}）', '{said} ({why})'] } as const;
const t = speaker(particulars);

/** A refusal with what the server says of it: alone in English, in Chinese beside our own words for its particulars. */
export function refusedText(code: string, why: string): string {
  if (!why) return refusalText(code);
  return spoken.now === 'en' ? why : t('refused', { said: refusalText(code), why });
}
