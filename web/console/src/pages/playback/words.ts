// Words that several parts of this page say.

export const markKinds = { stop: ['停留', 'stood'], incident: ['警情', 'incident'], order: ['派警', 'order'] } as const;
export const orderSteps = {
  ordered: ['派警', 'ordered'], delivered: ['送达', 'delivered'], accepted: ['签收', 'accepted'], en_route: ['出动', 'en route'], on_scene: ['到场', 'on scene'], cleared: ['处毕', 'cleared'],
} as const;
