// Words about cameras and video patrols, for every page that shows them.

export const cameraStates = {
  watched: ['有人看', 'watched'], unwatched: ['无人看', 'nobody watches'], away: ['看守人不在', 'watchers away'], out_of_order: ['故障', 'out of order'],
} as const;

export const cameraFaults = {
  no_picture: ['无画面', 'no picture'], blurred: ['模糊', 'blurred'], turned: ['角度偏移', 'turned away'], blocked: ['被遮挡', 'blocked'], dark: ['过暗', 'too dark'], other: ['其他故障', 'other'],
} as const;
