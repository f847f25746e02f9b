// States of what stands between rooms and agencies.

export const demandStates = {
  given: ['待答复', 'to be answered'], answered: ['待签结', 'to be signed off'], returned: ['已退回，待重新答复', 'returned, to be answered again'], signed_off: ['已签结', 'signed off'], withdrawn: ['已撤回', 'withdrawn'],
} as const;

export const requestStates = {
  sent: ['已发出', 'sent'], taken: ['已受理', 'taken'], arrived: ['已到场', 'arrived'], result: ['已办结', 'over'], declined: ['不能前往', 'declined'], withdrawn: ['已撤回', 'withdrawn'],
} as const;


