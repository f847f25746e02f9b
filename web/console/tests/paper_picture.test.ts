// Promise: whoever is on duty is on the paper, once, in the room that answers for them; who is at work stands by themselves.

import { describe, expect, it } from 'vitest';
import { Picture } from '../src/core/picture';
import type { Reference } from '../src/core/reference';
import type { Incident, Unit } from '../src/core/types';
import { sheetOf, signsOn } from '../src/paper/picture';

const reference = { rooms: new Map(), roomName: (id: string | null) => `所${id}`, typeName: () => '盗窃' } as unknown as Reference;
const unit = (id: string, room: string, state = 'available', group = '1组'): Unit =>
  ({ id, handle: Number(id), version: 1, room, state, call_sign: `巡${id}`, talk_group: group }) as unknown as Unit;
const incident = { id: 'i', version: 1, number: 'J0001', priority: 2, state: 'dispatched', place: null, times: {}, opened_at: null, assignments: [{ unit_id: '3', state: 'en_route' }] } as unknown as Incident;

function sheet(units: Unit[]) {
  const picture = new Picture();
  picture.load({ seq: 1, at: '', incidents: [incident], units } as never, 0);
  return sheetOf(picture, reference, 'a', 5);
}

describe('the picture on paper', () => {
  it('names the free of a room by talk group, in the order of their call signs', () => {
    const { crews, manned } = sheet([unit('10', 'b'), unit('9', 'b'), unit('1', 'a', 'available', '2组'), unit('2', 'a')]);
    expect(crews.map(({ room, free }) => [room, free])).toEqual([
      ['所a', [{ group: '1组', signs: ['巡2'] }, { group: '2组', signs: ['巡1'] }]],
      ['所b', [{ group: '1组', signs: ['巡9', '巡10'] }]],
    ]);
    expect(manned).toBe(4);
  });

  it('has who is at work, or not to be had, by themselves, with what they work on', () => {
    const { crews } = sheet([unit('3', 'a', 'en_route'), unit('4', 'a', 'break'), unit('5', 'a', 'off_duty')]);
    expect(crews).toEqual([{ room: '所a', free: [], working: [
      { sign: '巡3', state: 'en_route', group: '1组', job: 'J0001' }, { sign: '巡4', state: 'break', group: '1组', job: '' },
    ] }]);
  });

  it('loses nobody in a large city', () => {
    const states = ['available', 'en_route', 'break', 'off_duty'];
    const units = Array.from({ length: 4_000 }, (_, n) => unit(String(n + 10), String(n % 37), states[n % 4], `${n % 5}组`));
    const signs = signsOn(sheet(units));
    expect(new Set(signs)).toEqual(new Set(units.filter(({ state }) => state !== 'off_duty').map((one) => one.call_sign)));
    expect(signs).toHaveLength(3_000);
  });
});
