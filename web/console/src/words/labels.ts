// Labels the house gives by itself, whatever the city's own type tree names beside them.

export const labels = {
  unverified: ['未核实', 'unverified'], no_place: ['无位置', 'no place'], silent: ['无声', 'silent'], abandoned: ['中断', 'cut off'], repeated: ['再次按下', 'pressed again'], unanswered: ['无人接听', 'unanswered'],
  cannot_talk: ['不便通话', 'can’t talk'], nuisance: ['骚扰号码', 'nuisance number'], sensitive: ['敏感', 'sensitive'], exercise: ['演练', 'drill'], pursuit: ['追堵', 'pursuit'], hazard: ['现场危险', 'danger on scene'],
  event: ['安保区内', 'inside an event'],
} as const;
