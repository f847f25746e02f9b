// The words of what is looked back on: intervals, facts, causes, states. Chinese first.

export const intervals = {
  answer: ['接听', 'Answer'], processing: ['受理至派警', 'Processing'], acceptance_room: ['指挥室签收', 'Acceptance, room'], acceptance: ['签收', 'Acceptance'], turnout: ['出警', 'Turnout'],
  response: ['到场', 'Response'], arrival: ['承诺到达', 'Promised arrival'], feedback: ['反馈', 'Feedback'],
} as const;
export const steps = {
  ringing: ['振铃', 'ring'], answered: ['接听', 'answer'], entered: ['录入', 'entry'], dispatched: ['派警', 'order'], ordered: ['派警', 'order'], accepted: ['签收', 'acceptance'], en_route: ['出发', 'departure'],
  on_scene: ['到场', 'arrival'], handled: ['处结', 'handling'], fed_back: ['反馈', 'feedback'], clock: ['起算', 'start'],
} as const;
export const learned = {
  alarm_entered: ['录入报警', 'Alarm entered'], ordered: ['下达指令', 'Ordered'], unable: ['不能处警', 'Unable'], place_changed: ['地点变更', 'Place changed'], type_changed: ['类别变更', 'Type changed'],
  priority_changed: ['等级变更', 'Priority changed'], urgent_note: ['紧急备注', 'Urgent note'], raised: ['提级至', 'Raised to'], command_taken: ['上级接管', 'Command taken'], handed_over: ['移交', 'Handed over'],
  emergency: ['民警遇险', 'Officer in danger'], emergency_reset: ['险情解除', 'Emergency reset'], backup: ['请求增援', 'Backup asked for'], agency_asked: ['联动请求', 'Agency asked'], scene: ['现场情况', 'Scene'],
  fell_due: ['到时提醒', 'Fell due'], on_scene: ['到场', 'On scene'], accepted: ['签收', 'Accepted'], handled: ['处结', 'Handled'], closed: ['办结', 'Closed'], reopened: ['重新立案', 'Reopened'],
  fact_written: ['记入地点须知', 'Standing fact put in'], fact_revealed: ['查看涉及个人的须知', 'Words about a person opened'],
  told_unit: ['发送消息', 'Message sent'], broadcast: ['群呼', 'Broadcast'],
} as const;
export const causes = { sensitive: ['敏感', 'sensitive'], major: ['重大', 'major'], sample: ['抽查', 'sample'], person: ['人工发起', 'by a person'] } as const;
export const reviewStates = { waiting: ['待复盘', 'waiting'], open: ['复盘中', 'open'], closed: ['已办结', 'closed'], withdrawn: ['已撤销', 'withdrawn'] } as const;
export const actionStates = { open: ['待办', 'to do'], done: ['待核验', 'to verify'], returned: ['已退回', 'returned'], verified: ['已核验', 'verified'], dropped: ['不再办理', 'dropped'] } as const;
export const turnKinds = { done: ['办理', 'done'], returned: ['退回', 'returned'], verified: ['核验', 'verified'], dropped: ['不再办理', 'dropped'] } as const;
export const findings = { well: ['做得好', 'Went well'], not_well: ['不足', 'Did not go well'], cause: ['原因', 'Cause'] } as const;
export const hows = { shown: ['页面可见', 'on screen'], sent: ['已发终端', 'sent'], delivered: ['已送达', 'delivered'], accepted: ['已签收', 'accepted'], read: ['已阅', 'read'], noticed: ['已确认', 'noticed'] } as const;
