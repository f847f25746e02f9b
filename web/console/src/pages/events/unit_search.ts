// Units and fixed positions as a form finds them by a few letters; where a unit stands at that time already is said beside it.

import { distanceM } from '../../core/away';
import { elsewhere, middleOf, type PlannedEvent } from '../../core/events';
import { speaker } from '../../core/language.svelte';
import { plain } from '../../core/names';
import type { components } from '../../core/schema';
import type { Found } from '../../look/asking.svelte';
import { unitState } from '../../words/states';
import { distanceText } from '../../core/text';
import type { EventsState } from './events.svelte';
import { spanText } from './times';

const t = speaker({ busy: ['同时段已在「{name}」{post} {when}', 'at {post} of “{name}” then, {when}'], inside: ['区域中心 {far}', '{far} from the middle'] });
const MOST = 8;

/** Units that a text may mean, the free ones first. */
export function unitsFound(page: EventsState, event: PlannedEvent, text: string): Found[] {
  const { seat } = page;
  const wanted = plain(text);
  const own = [...seat.picture.units.values()].filter((unit) => seat.session.rooms.includes(unit.room) && unit.class === 'regular');
  const taken = new Map(own.map((unit) => [unit.id, elsewhere(page.events, unit.id, event.starts_at, event.ends_at)]));
  const rank = (sign: string, id: string, state: string): number => (plain(sign) === wanted ? 0 : taken.get(id) ? 3 : state === 'available' ? 1 : 2);
  const some = own.filter((unit) => plain(unit.call_sign).includes(wanted)).sort((a, b) => rank(a.call_sign, a.id, a.state) - rank(b.call_sign, b.id, b.state) || a.call_sign.localeCompare(b.call_sign));
  return some.slice(0, MOST).map((unit) => {
    const there = taken.get(unit.id);
    const busy = there ? t('busy', { name: there.event.name, post: there.post.name, when: spanText(there.post.starts_at, there.post.ends_at) }) : '';
    return [unit.id, [unit.call_sign, seat.reference.roomName(unit.room), unitState(unit.state), busy].filter(Boolean).join(' · ')];
  });
}

type Fixed = components['schemas']['FixedPosition'];

/** Fixed positions 岗 of the city that a text may mean, those nearest to the event first. */
export async function fixedFound(page: EventsState, event: PlannedEvent, text: string): Promise<Found[]> {
  const { items } = await page.seat.api.get<{ items: Fixed[] }>('/admin/fixed-positions');
  const wanted = plain(text);
  const middle = middleOf(event.area);
  const far = (one: Fixed): number => (middle ? distanceM(one, { lon: middle[0], lat: middle[1] }) : 0);
  const some = items.filter((one) => plain(one.name).includes(wanted) || plain(one.code).includes(wanted)).sort((a, b) => far(a) - far(b));
  return some.slice(0, MOST).map((one) => [one.id, [one.name, one.code, middle ? t('inside', { far: distanceText(far(one)) }) : ''].filter(Boolean).join(' · ')]);
}
