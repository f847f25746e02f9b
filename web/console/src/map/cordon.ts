// The cordon 查控圈 of the selected incident: each checkpoint 卡点 with its unit and whether it is held; a bar across the road that is
// cut there. Read again when tasks change; what was done or left undone stays, so that nobody looks for it.

import type { LayerSpecification } from 'maplibre-gl';
import { speaker } from '../core/language.svelte';
import type { components } from '../core/schema';
import { fill, point, type Feature, type Fetched, type Reading } from './overlay';
import type { Ink } from './palette';
import { MEDIUM } from './style';

type Plans = components['schemas']['PlansShown'];
export type Checkpoint = components['schemas']['TaskShown'];
export const words = { held: ['{unit} 已设卡', '{unit}: held'], open: ['{unit} 设卡中', '{unit}: on its way'], nobody: ['待派', 'nobody yet'], skipped: ['不设', 'not held'], count: ['{held}/{all} 已设卡', '{held} of {all} held'] } as const;
const t = speaker(words);
const CORDON = 'cordon';

export class Cordon implements Fetched {
  readonly group = 'cordon';
  readonly everyS = 60;
  readonly nouns = ['task', 'plan'];
  private of: string | null = null;

  layers(ink: Ink): LayerSpecification[] {
    const tint = ['match', ['get', 'state'], 'held', ink.ok, 'skipped', ink['map-dim'], ink.scene] as unknown as string;
    return [
      { id: 'cordon-edge', type: 'circle', source: CORDON, paint: { 'circle-radius': 9, 'circle-color': ink['map-halo'], 'circle-stroke-color': tint, 'circle-stroke-width': 3 } },
      { id: 'cordon-bar', type: 'symbol', source: CORDON, layout: { 'text-field': ['match', ['get', 'state'], 'held', '━', 'skipped', '×', '╍'], 'text-font': MEDIUM, 'text-size': 14, 'text-overlap': 'always' }, paint: { 'text-color': ink['map-text'] } },
      {
        id: 'cordon-name', type: 'symbol', source: CORDON, layout: { 'text-field': ['get', 'text'], 'text-font': MEDIUM, 'text-size': 12, 'text-anchor': 'top', 'text-offset': [0, 1], 'text-max-width': 12 },
        paint: { 'text-color': ink['map-text'], 'text-halo-color': ink['map-halo'], 'text-halo-width': 1.8 },
      },
    ];
  }

  async read({ map, seat }: Reading): Promise<string> {
    const id = seat.incidentId;
    if (this.of !== id) fill(map, CORDON, []); // a cordon is never shown as another's
    this.of = id;
    const incident = id ? seat.picture.incidents.get(id) : undefined;
    if (!incident?.tasks_standing && !incident?.plans.length) return '';
    const plans = await seat.api.get<Plans>(`/incidents/${incident.id}/plans`);
    if (seat.incidentId !== incident.id) return '';
    const points = checkpointsOf(plans);
    fill(map, CORDON, points.map((one) => drawn(one, (unit) => seat.picture.units.get(unit)?.call_sign ?? '')));
    return points.length ? t('count', { held: points.filter(({ state }) => state === 'done').length, all: points.length }) : '';
  }
}

/** The checkpoints among the tasks of an incident, of plans and of none. */
export function checkpointsOf(plans: Plans): Checkpoint[] {
  return [...plans.plans.flatMap((plan) => plan.tasks), ...plans.tasks].filter((task) => task.kind === 'checkpoint' && task.place);
}

export function drawn(task: Checkpoint, callSign: (unit: string) => string): Feature {
  const unit = task.unit_id ? callSign(task.unit_id) : '';
  const state = task.state === 'done' ? 'held' : task.state === 'not_applicable' ? 'skipped' : 'open';
  const text = state === 'skipped' ? t('skipped') : unit ? t(state, { unit }) : t('nobody');
  return point(task.place!.lon, task.place!.lat, { state, text });
}
