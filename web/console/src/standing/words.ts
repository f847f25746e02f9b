// Standing facts of places 地点须知 in words: kinds, how loud they are, what became of them.

export const kinds = {
  dog: ['恶犬', 'Dangerous dog'], violence: ['曾暴力抗法', 'Earlier violence against officers'], weapon: ['持枪持械许可', 'Licensed weapon'], hazmat: ['燃气、危化品', 'Gas or hazardous store'], contaminated: ['污染', 'Contaminated'], structure: ['危房', 'Unsafe building'],
  vulnerable: ['需照护人员', 'Person in need of care'], key_holder: ['钥匙保管人', 'Key holder'], access: ['门禁、进入方式', 'Door code, access'], rendezvous: ['集结点', 'Rendezvous'], school: ['学校', 'School'], hydrant: ['消火栓', 'Hydrant'], other: ['其他须知', 'Other'],
} as const;

export const severities = { warns: ['警示：出警前告知', 'Warns: said before anyone goes'], informs: ['告知：供查看', 'Informs: there to be looked at'] } as const;

export const statuses = {
  proposed: ['待审批', 'to be approved'], planned: ['未生效', 'not yet in force'], in_force: ['有效', 'in force'], expired: ['已到期', 'expired'], declined: ['未批准', 'declined'], withdrawn: ['已撤销', 'withdrawn'],
} as const;
