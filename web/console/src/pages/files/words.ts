// What the parts of a rule, a plan or a run card are called, where a file changes them.

export const fields = {
  noun: ['对象', 'thing'], states: ['状态', 'states'], flags: ['条件', 'flags'], without: ['排除', 'excluded'], when: ['适用警情', 'which incidents'], since: ['起算时刻', 'moment'],
  after_s: ['时限', 'time'], effect: ['动作', 'effect'], args: ['参数', 'particulars'], to: ['对象室', 'room'], on: ['等待对象', 'who is waited for'], what: ['等待用语', 'words of waiting'],
  then: ['后续用语', 'words of what then'], say: ['播报词', 'line to be spoken'], quiet: ['静默', 'quiet'], id: ['编号', 'id'], name: ['名称', 'name'], purpose: ['目的', 'purpose'],
  hours: ['时段', 'hours'], duty: ['勤务等级', 'duty level'], response: ['响应强度', 'strength of the answer'], waves: ['梯次', 'waves'],
  automatic: ['自动启用', 'taken up by itself'], match: ['适用警情', 'which incidents'], resources: ['资源', 'resources'], contacts: ['联系人', 'contacts'], steps: ['步骤顺序', 'order of steps'],
} as const;
