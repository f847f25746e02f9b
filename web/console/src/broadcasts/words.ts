// Words of broadcasts 群呼 and lookouts 布控 that several parts use.

export const kinds = { call: ['群呼', 'Broadcast'], lookout: ['布控协查', 'Lookout'] } as const;
export const marks = {
  plate: ['车牌', 'Plate'], vehicle: ['车辆', 'Vehicle'], name: ['姓名', 'Name'], clothing: ['衣着', 'Clothing'], person: ['体貌', 'Looks'], other: ['其他', 'Other'],
} as const;
export const states = {
  proposed: ['待上级审发', 'asked of the room above'], active: ['有效', 'active'], expired: ['已过期', 'expired'], cancelled: ['已撤销', 'cancelled'],
  superseded: ['已由新通报代替', 'replaced by an update'], declined: ['上级未发', 'declined'],
} as const;
export const reached = {
  read: ['已阅', 'read'], delivered: ['已送达，未阅', 'delivered, not read'], sent: ['已发出，未送达', 'sent, not delivered'], waiting: ['等待发出', 'waiting'],
  no_terminal: ['无终端，语音告知', 'no terminal: tell by voice'],
} as const;
export const sources = {
  alarm: ['报警', 'report'], note: ['备注', 'note'], feedback: ['反馈单', 'form'], person: ['人员', 'person'], message: ['警组消息', 'message'], linked: ['人工关联', 'linked by a person'],
} as const;
