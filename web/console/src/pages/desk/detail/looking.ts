// A video patrol is asked to look: the cameras around the incident in words, and whom to ask, who watches most of them first.

import type { CamerasNear } from '../../../core/cameras';
import { speaker, wording } from '../../../core/language.svelte';
import type { Incident } from '../../../core/types';
import { withKeys } from '../../../look/asking.svelte';
import { refusal } from '../../../seat/seat.svelte';
import { unitState } from '../../../words/states';
import type { DeskState } from '../desk.svelte';

const t = speaker({
  'none': ['没有在勤的视频巡逻。', 'No video patrol is on duty.'], 'watches': ['{sign}：看守其中 {n} 处', '{sign}: watches {n} of these'], 'beside': ['{sign}：{state}', '{sign}: {state}'], 'asked': ['已请 {sign} 查看', 'Asked {sign} to look'],
});

/** Around an incident; throws what it is refused with. */
export const camerasNear = (desk: DeskState, incident: Incident): Promise<CamerasNear> => desk.seat.api.get<CamerasNear>(`/incidents/${incident.id}/cameras`);

export async function askToLook(desk: DeskState, incident: Incident): Promise<void> {
  const { seat } = desk;
  try {
    const near = await camerasNear(desk, incident);
    if (!near.patrols.length) return seat.toasts.bad(t('none'));
    const offers = near.patrols.map((one) => ({
      label: one.watches ? t('watches', { sign: one.call_sign, n: one.watches }) : t('beside', { sign: one.call_sign, state: unitState(one.state) }),
      does: () => void order(desk, incident, one.unit_id, one.call_sign),
    }));
    desk.asking.offer({ title: wording(near.said), offers: withKeys(offers) });
  } catch (error) {
    seat.toasts.bad(refusal(error));
  }
}

async function order({ seat }: DeskState, incident: Incident, unitId: string, sign: string): Promise<void> {
  if (await seat.act(`/incidents/${incident.id}/assignments`, { orders: [{ unit_id: unitId }] })) seat.toasts.good(t('asked', { sign }));
}
