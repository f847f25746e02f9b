// Words that several parts of the crew's page use.

import { named, speaker } from '../../core/language.svelte';

export const words = {
  'step.accept': ['签收', 'Accept'],
  'step.en_route': ['出动', 'En route'],
  'step.on_scene': ['到场', 'On scene'],
  'step.clear': ['处结', 'Clear'],
  'act.accept': ['签收', 'Accepted'],
  'act.en_route': ['出动', 'En route'],
  'act.on_scene': ['到场', 'On scene'],
  'act.clear': ['处结', 'Cleared'],
  'act.feedback': ['反馈单', 'Form'],
  'act.unable': ['无法执行', 'Unable'],
  'act.backup': ['求援', 'Backup'],
  'act.emergency': ['紧急求助', 'EMERGENCY'],
  'act.message': ['消息', 'Message'],
  'act.message_read': ['消息已阅', 'Message read'],
  'act.note': ['现场备注', 'Note'],
  'act.broadcast_read': ['群呼已阅', 'Broadcast read'],
  'act.note_read': ['通报已阅', 'Note read'],
  'act.check_in': ['到岗签到', 'Checked in at the post'],
  'act.checked': ['报平安', 'All is well'],
  'act.on_view': ['执勤发现', 'On-view'],
  'act.log_on': ['上勤', 'Log on'],
  'act.log_off': ['下勤', 'Log off'],
  'act.duty': ['勤务状态', 'Duty'],
} as const;

const more = {
  'wind.0': ['北', 'N'], 'wind.1': ['东北', 'NE'], 'wind.2': ['东', 'E'], 'wind.3': ['东南', 'SE'],
  'wind.4': ['南', 'S'], 'wind.5': ['西南', 'SW'], 'wind.6': ['西', 'W'], 'wind.7': ['西北', 'NW'],
  'cause.vehicle': ['车辆故障', 'vehicle'], 'cause.equipment': ['装备故障', 'equipment'], 'cause.refuelling': ['加油充电', 'refuelling'],
  'cause.crew': ['人员原因', 'crew'], 'cause.paperwork': ['文书', 'paperwork'], 'cause.training': ['训练', 'training'],
  'cause.court': ['出庭', 'court'], 'cause.other': ['其他', 'other'],
  'kind.car': ['汽车', 'car'], 'kind.motorcycle': ['摩托车', 'motorcycle'], 'kind.foot': ['步巡', 'foot'], 'kind.boat': ['船艇', 'boat'],
  'kind.drone': ['无人机', 'drone'], 'kind.video': ['视频巡逻', 'video'], 'kind.other': ['其他', 'other'],
  'note.caller': ['报警人', 'caller'], 'note.scene': ['现场', 'scene'], 'note.hazard': ['危险', 'HAZARD'], 'note.intelligence': ['情报', 'intelligence'],
  'role.primary': ['主处警', 'primary'], 'role.reinforcement': ['增援', 'reinforcement'],
  'label.weapon': ['持械', 'weapon'], 'label.injured': ['有伤者', 'injured'],
} as const;

export const t = speaker(words);
/** A word whose key ends with something only known at run time. */
export const word = (key: string, fallback = ''): string => named({ ...words, ...more }, key, fallback || key);
export const CAUSES = ['vehicle', 'equipment', 'refuelling', 'crew', 'paperwork', 'training', 'court', 'other'] as const;
