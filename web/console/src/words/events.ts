// Planned events in words: states, kinds, how a post stands, what has happened.

export const eventStates = {
  draft: ['草拟', 'draft'], submitted: ['待审批', 'awaiting approval'], returned: ['已退回', 'returned'], approved: ['已批准', 'approved'], running: ['进行中', 'running'],
  ended: ['已结束，待总结', 'ended, to be summed up'], summed_up: ['已总结', 'summed up'], cancelled: ['已取消', 'cancelled'],
} as const;

export const eventKinds = {
  sport: ['体育赛事', 'Sport'], performance: ['演出', 'Performance'], assembly: ['集会', 'Assembly'], festival: ['节庆', 'Festival'], exhibition: ['展会', 'Exhibition'],
  examination: ['考试', 'Examination'], escort: ['警卫路线', 'Escort'], other: ['其他', 'Other'],
} as const;

export const eventLists = {
  awaiting: ['待审批', 'Awaiting approval'], running: ['进行中', 'Now'], coming: ['即将开始', 'Coming'], written: ['草拟、退回', 'Drafts, returned'], past: ['以往', 'Past'],
} as const;

export const mannings = {
  planned: ['未到时间', 'not yet'], late: ['未签到', 'missing'], there: ['已到岗', 'checked in'], over: ['超时待换岗', 'to be relieved'], relieved: ['已换岗', 'relieved'], withdrawn: ['已撤岗', 'withdrawn'], freed: ['已解除', 'free'],
} as const;

export const eventFacts = {
  drafted: ['草拟', 'Drafted'], amended: ['修改', 'Amended'], submitted: ['提交审批', 'Submitted'], approved: ['批准', 'Approved'], returned: ['退回', 'Returned'], cancelled: ['取消', 'Cancelled'],
  started: ['开始', 'Started'], extended: ['延长至 {at}', 'Extended until {at}'], rephased: ['调整阶段', 'Phases changed'], ended: ['结束', 'Ended'], summed_up: ['总结', 'Summed up'], dedicated: ['{unit} 上岗安排：{post}', '{unit} given post {post}'],
  withdrawn: ['{unit} 撤岗：{post}', '{unit} taken from {post}'], checked_in: ['{unit} 签到：{post}', '{unit} checked in at {post}'], linked: ['区内警情 {number}', 'Incident inside: {number}'],
  'logged.note': ['记事', 'Note'], 'logged.decision': ['决定', 'Decision'], 'logged.contact': ['联络', 'Contact'], 'logged.message': ['向全部 {units} 个单位发话', 'Said to all {units} units'],
} as const;
