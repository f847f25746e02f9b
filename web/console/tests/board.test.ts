// Promise: the board stands still by call sign, finds a unit by its number, and a lost unit never looks live.

import { describe, expect, it } from 'vitest';
import { ahead, chosen, counts, howOld, Signs, TypeAhead, type Choice } from '../src/core/board';
import { Company, draftText } from '../src/core/company';
import { nearOf } from '../src/core/near';
import type { Incident, Unit } from '../src/core/types';

const unit = (call_sign: string, state: string, more: object = {}): Unit => ({ id: call_sign, call_sign, state, room: 'r1', kind: 'car', lent_to: null, ...more }) as unknown as Unit;
const units = [unit('巡10', 'available'), unit('巡9', 'available'), unit('巡2', 'on_scene'), unit('步1', 'break', { kind: 'foot' }), unit('巡3', 'unable'), unit('休1', 'off_duty'), unit('借1', 'available', { room: 'r2', lent_to: 'r1' })];
const all: Choice = { filter: 'all', rooms: null, kind: null, text: '' };
const order = new Signs(new Intl.Collator('zh', { numeric: true }));
const signs = (choice: Partial<Choice>): string[] => chosen(units, { ...all, ...choice }, order).map(({ call_sign }) => call_sign);

describe('the board', () => {
  it('shows who is in trouble and at work before the free, by call sign as people count', () => {
    expect(signs({})).toEqual(['巡3', '巡2', '借1', '巡9', '巡10', '步1']);
  });
  it('has the same order whether a city came at once or part by part', () => {
    const collator = new Intl.Collator('zh', { numeric: true });
    const city = Array.from({ length: 500 }, (_, n) => unit(`${['巡', '步', 'PTU', '白鹭'][n % 4]}${(n * 7919) % 997}`, 'available'));
    const parts = new Signs(collator);
    for (let from = 0; from < city.length; from += 70) parts.of(city.slice(0, from + 70));
    expect([...parts.of(city)]).toEqual([...new Signs(collator).of(city)]);
  });
  it('filters by what a unit does, by room with those lent there, by kind and by name', () => {
    expect(signs({ filter: 'free' })).toEqual(['借1', '巡9', '巡10']);
    expect(signs({ filter: 'working' })).toEqual(['巡3', '巡2']);
    expect(signs({ filter: 'off' })).toEqual(['休1']);
    expect(signs({ rooms: new Set(['r1']), filter: 'free' })).toEqual(['借1', '巡9', '巡10']);
    expect(signs({ rooms: new Set(['r2']) })).toEqual(['借1']);
    expect(signs({ kind: 'foot' })).toEqual(['步1']);
    expect(signs({ text: '１0' })).toEqual(['巡10']);
    expect(counts(units, all)).toEqual({ all: 6, free: 3, working: 2, off: 1 });
  });
  it('finds by typing the number', () => {
    expect(ahead('10', units)?.call_sign).toBe('巡10');
    expect(ahead('zz', units)).toBeNull();
  });
  it('takes digits that find somebody, soon after each other as one number; letters and the rest are the page’s keys', () => {
    const typed = new TypeAhead();
    const press = (character: string, ms: number): string | null => typed.press(character, [...units, unit('PTU8', 'available')], ms)?.call_sign ?? null;
    expect([press('1', 0), press('0', 500)]).toEqual(['步1', '巡10']);
    expect([press('9', 700), press('u', 800), press('r', 900), press('7', 1000)]).toEqual(['巡9', null, null, null]);
    expect(press('2', 5000)).toBe('巡2');
  });
  it('never draws an old position like a new one', () => {
    expect([0, 10, 11, 60, 61, Infinity, NaN, null].map(howOld)).toEqual(['solid', 'solid', 'hollow', 'hollow', 'grey', 'grey', 'grey', 'grey']);
  });
});

const at = (id: string, lon: number, minute: number, more: object = {}): Incident => ({
  id, state: 'received', priority: 2, type_reported: '300121', type_verified: null, place: { lon, lat: 22.5 }, exercise: false, emergencies: [], assignments: [],
  times: { ringing: `2030-01-01T00:${String(minute).padStart(2, '0')}:00.000Z` }, ...more,
}) as unknown as Incident;

describe('what may be the same', () => {
  it('is close by and of the same kind first; never what is settled, far, a drill or itself', () => {
    const here = at('a', 114, 0);
    const found = nearOf(here, [
      here, at('other kind', 114.001, 1, { type_reported: '100211' }), at('same', 114.004, 2), at('far', 114.02, 1), at('settled', 114, 1, { state: 'handled' }),
      at('drill', 114, 1, { exercise: true }), at('nowhere', 114, 1, { place: null }), at('late', 114, 59),
    ]);
    expect(found.map(({ incident }) => incident.id)).toEqual(['late', 'same', 'other kind']);
    expect(nearOf(at('b', 114, 0, { place: null }), [here])).toEqual([]);
  });
});

describe('the company', () => {
  const me = { principal: 'user:me', seatId: 'S1' };
  it('shows who else has an incident open, never oneself', () => {
    const company = new Company();
    const by = [{ seat_id: 'S1', principal: 'user:me' }, { seat_id: 'S2', principal: 'user:me' }, { seat_id: null, principal: 'user:me' }];
    expect(company.hear('presence', { incident_id: 'i', by }, me)).toBe(true);
    expect(company.present.get('i')?.map((one) => one.seat_id)).toEqual(['S2']);
    company.hear('presence', { incident_id: 'i', by: [] }, me);
    expect(company.present.size).toBe(0);
    expect(company.hear('heartbeat', {}, me)).toBe(false);
  });
  it('shows the newest text of each open draft and drops what is gone', () => {
    const company = new Company();
    const draft = (id: string, version: number, text: string | null): object => ({ id, version, opened_at: id, form: text === null ? null : { text, place: { address: '和平路' } } });
    company.hear('draft', draft('1', 3, 'new') as Record<string, unknown>, me);
    company.hear('draft', draft('1', 2, 'old') as Record<string, unknown>, me);
    const kept = [draft('1', 1, 'first'), draft('2', 1, 'two'), draft('3', 9, null)] as never[];
    expect(company.typing(kept).map((one) => draftText(one))).toEqual([
      { place: '和平路', type: null, text: 'new', priority: null }, { place: '和平路', type: null, text: 'two', priority: null },
    ]);
    company.hear('draft', { id: '1', gone: true }, me);
    expect(company.typing([])).toEqual([]);
  });
});
