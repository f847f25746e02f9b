// Promise: what is done from the banner is done about the alert that stood there, and about no other.

import { describe, expect, it } from 'vitest';
import { noticeable } from '../src/core/alerts';
import type { Picture } from '../src/core/picture';
import type { Incident } from '../src/core/types';
import { answerPress, openAlert, ringingPress } from '../src/look/banner';
import type { Seat } from '../src/seat/seat.svelte';
import { incident, seated } from './seated';

describe('the banner', () => {
  const pressed = incident('a', { priority: 4, press: { state: 'ringing', count: 2 }, alarms: [{ id: 'phoned', source: 'call' }, { id: 'first', source: 'call_point' }, { id: 'again', source: 'call_point' }] });
  const standing = (seat: Seat, ...incidents: Incident[]) => {
    seat.alerts.look([]);
    seat.alerts.look(noticeable({ incidents: new Map(incidents.map((one) => [one.id, one])), calls: new Map(), emergencies: new Map() } as unknown as Picture));
    return seat.alerts.shown;
  };

  it('answers the press of a call point as the server knows it, spoken or silent, and goes on to its incident', async () => {
    const { seat, asked } = seated(pressed);
    const shown = standing(seat, pressed, incident('b', { priority: 1 }));
    const one = shown.find(({ key }) => key === 'a:2')!;
    const answered = answerPress(seat, one, 'silent');
    expect(asked.map(({ path, body }) => [path, body])).toEqual([['/alarms/again/answer', { outcome: 'silent' }]]);
    asked[0]!.later.tell({} as never);
    await answered;
    expect([seat.incidentId, seat.alerts.sounding.map(({ key }) => key)]).toEqual(['a', ['b:0']]);
  });

  it('offers no answer where nothing rings any more, or nobody pressed', () => {
    expect(ringingPress(incident('a', { press: { state: 'answered' }, alarms: pressed.alarms }))).toBeNull();
    expect(ringingPress(incident('a', { alarms: pressed.alarms }))).toBeNull();
  });

  it('opens one alert and acknowledges that one', () => {
    const { seat } = seated();
    const shown = standing(seat, incident('a', { priority: 1 }), incident('b', { priority: 1 }), incident('c'));
    openAlert(seat, shown[0]!);
    expect([seat.incidentId, seat.alerts.sounding.map(({ key }) => key)]).toEqual(['a', ['b:0', 'c:0']]);
  });
});
