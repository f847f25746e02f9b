// Words of lists that the server knows by codes: where a report came from, times, outcomes, causes.

export const sources = {
  call: ['电话报警', 'Call'], call_point: ['一键报警', 'Call point'], panel: ['报警主机', 'Panel'], sms: ['短信', 'SMS'], app: ['手机应用', 'App'],
  self_service: ['自助终端', 'Self-service'], officer: ['执勤发现', 'Officer'], agency: ['其他部门', 'Agency'], paper: ['纸质单补录', 'Paper form'],
} as const;

/** How a place became known. */
export const placeSources = {
  ...sources, call_taker: ['接警席录入', 'call-taker'], caller: ['报警人口述', 'caller'], network: ['手机定位', 'network position'], gazetteer: ['地名库', 'gazetteer'], map: ['图上标定', 'map'],
  unit: ['现场民警', 'unit'], seen_at: ['目击', 'a sighting'], scene: ['现场民警', 'unit on scene'], camera: ['视频巡逻', 'camera'], manual: ['手工录入', 'typed in'], console: ['席位录入', 'seat'],
} as const;

export const times = {
  ringing: ['振铃', 'Ringing'], answered: ['接听', 'Answered'], entered: ['受理', 'Entered'], dispatched: ['派警', 'Dispatched'], delivered: ['送达', 'Delivered'],
  room_accepted: ['所签收', 'Room took it'], accepted: ['签收', 'Accepted'], en_route: ['出动', 'En route'], on_scene: ['到场', 'On scene'], handled: ['处结', 'Handled'],
  fed_back: ['反馈', 'Fed back'], reviewed: ['审核', 'Reviewed'], called_back: ['回访', 'Called back'], closed: ['办结', 'Closed'],
} as const;

/** Eighths of the compass, clockwise from north. */
export const compass = {
  0: ['北', 'north'], 1: ['东北', 'north-east'], 2: ['东', 'east'], 3: ['东南', 'south-east'], 4: ['南', 'south'], 5: ['西南', 'south-west'], 6: ['西', 'west'], 7: ['西北', 'north-west'],
} as const;

export const callBacks = {
  satisfied: ['满意', 'satisfied'], basically_satisfied: ['基本满意', 'basically satisfied'], dissatisfied: ['不满意', 'dissatisfied'],
  not_reached: ['未接通', 'not reached'], refused: ['拒访', 'refused'], not_suitable: ['不宜回访', 'not suitable'],
} as const;

export const ringBacks = {
  spoken: ['已接通', 'spoken'], no_answer: ['无人接听', 'no answer'], busy: ['占线', 'busy'], unreachable: ['无法接通', 'unreachable'],
  needs_help: ['需要出警', 'needs help'], no_number: ['无号码可拨', 'no number to ring'],
} as const;

export const noteKinds = {
  scene: ['现场', 'scene'], caller: ['报警人', 'caller'], hazard: ['危险', 'hazard'], intelligence: ['情报', 'intelligence'],
} as const;

export const causes = {
  vehicle: ['车辆故障', 'vehicle'], equipment: ['装备故障', 'equipment'], refuelling: ['加油', 'refuelling'], crew: ['人员变动', 'crew'],
  paperwork: ['办理手续', 'paperwork'], training: ['训练', 'training'], court: ['出庭', 'court'], other: ['其他', 'other'],
} as const;

export const presses = {
  ringing: ['等待接听', 'ringing'], answered: ['有人应答', 'heard somebody'], unanswered: ['无人接听，未核实', 'nobody answered: unverified'], silent: ['无应答', 'nobody heard'],
} as const;

export const bearers = { radio: ['电台', 'radio'], sms: ['短信', 'SMS'], phone: ['电话', 'phone'] } as const;

/** What a caller speaks. */
export const languages = { zh: ['普通话', 'Mandarin'], yue: ['粤语', 'Cantonese'], en: ['英语', 'English'], sign: ['手语/文字', 'Sign or text'], other: ['其他', 'Other'] } as const;

/** Whose task it is. */
export const roles = {
  call_taker: ['接警员', 'call-taker'], dispatcher: ['派警员', 'dispatcher'], leader: ['值班领导', 'leader'], supervisor: ['带班领导', 'supervisor'], reviewer: ['回访员', 'reviewer'],
} as const;
