// Promise: what presses is noticed once, sounds until somebody has acknowledged it, and comes back when it falls due again.

import { describe, expect, it } from 'vitest';
import { Alerts, noticeable, seenOf, type Ears } from '../src/core/alerts';
import type { Picture } from '../src/core/picture';
import { alertOf, leftS } from '../src/core/signals';
import { ageText, clockText, distanceText, etaText } from '../src/core/text';
import type { Alert, Incident, Waiting } from '../src/core/types';

const alert = (rule: string, fired_at: string): Alert => ({ rule, id: 'a', since: '2030-01-01T00:00:00Z', fired_at, noun: 'assignment' }) as unknown as Alert;
const incident = (id: string, more: object = {}): Incident => ({ id, state: 'received', priority: 1, alerts: [], alarms: [], ...more }) as unknown as Incident;
const danger = (presses: number, reset_at: string | null = null): object => ({ id: 'e', presses, reset_at });

function picture({ incidents = [], calls = [], emergencies = [] }: { incidents?: Incident[]; calls?: object[]; emergencies?: object[] }): Picture {
  const by = (list: readonly object[]): Map<string, unknown> => new Map(list.map((one) => [(one as { id: string }).id, one]));
  return { incidents: by(incidents), calls: by(calls), emergencies: by(emergencies) } as unknown as Picture;
}
const keys = (of: Parameters<typeof picture>[0]): string[] => noticeable(picture(of)).map(({ key }) => key);
const levels = (of: Parameters<typeof picture>[0]): number[] => noticeable(picture(of)).map(({ level }) => level);

describe('what presses', () => {
  it('is an officer in danger before everything, until reset', () => {
    expect(levels({ incidents: [incident('i')], emergencies: [danger(1)] })).toEqual([0, 1]);
    expect(levels({ incidents: [incident('i')], emergencies: [danger(1, '2030-01-01T00:00:00Z')] })).toEqual([1]);
  });

  it('is new with a further press, the same without one', () => {
    expect(keys({ emergencies: [danger(1)] })).not.toEqual(keys({ emergencies: [danger(2)] }));
    expect(keys({ emergencies: [danger(2)] })).toEqual(keys({ emergencies: [danger(2)] }));
  });

  it('is a press that rings, whatever its priority, and no longer once it was answered', () => {
    expect(levels({ incidents: [incident('i', { priority: 4, press: { state: 'ringing', count: 1 } })] })).toEqual([2]);
    expect(levels({ incidents: [incident('i', { priority: 4, press: { state: 'answered', count: 1 } })] })).toEqual([]);
  });

  it('is no P3 that waits, until something of it has fallen due; and a call that is owed a ring-back', () => {
    expect(levels({ incidents: [incident('i', { priority: 3 })] })).toEqual([]);
    expect(levels({ incidents: [incident('i', { priority: 3, alerts: [alert('late', '2030-01-01T00:00:09Z')] })] })).toEqual([2]);
    expect(levels({ calls: [{ id: 'c', owes_ring_back: true }] })).toEqual([2]);
  });
});

describe('alerts', () => {
  it('sound until acknowledged; silence is no acknowledgement, and what is new breaks it', () => {
    const alerts = new Alerts();
    alerts.look(noticeable(picture({})));
    const first = picture({ incidents: [incident('i')] });
    alerts.look(noticeable(first));
    alerts.silence();
    expect([alerts.sounding.length, alerts.silent]).toEqual([1, true]);
    alerts.look(noticeable(picture({ incidents: [incident('i'), incident('j')] })));
    expect([alerts.sounding.length, alerts.silent]).toEqual([2, false]);
    alerts.acknowledge();
    expect(alerts.shown).toEqual([]);
  });

  it('are acknowledged one by one: of three, one is taken note of and two go on', () => {
    const alerts = new Alerts();
    alerts.look([]);
    alerts.look(noticeable(picture({ incidents: [incident('i'), incident('j')], emergencies: [danger(1)] })));
    alerts.acknowledge(['i:0']);
    expect(alerts.sounding.map(({ key }) => key)).toEqual(['e:1', 'j:0']);
    alerts.acknowledge(['e:1']);
    expect([alerts.shown, alerts.sounding].map((list) => list.map(({ key }) => key))).toEqual([['e:1', 'j:0'], ['j:0']]);
  });

  it('keep an officer in danger in sight after acknowledgement, and sound again with a further press', () => {
    const alerts = new Alerts();
    alerts.look(noticeable(picture({ emergencies: [danger(1)] })));
    alerts.acknowledge();
    expect([alerts.shown.length, alerts.sounding.length]).toEqual([1, 0]);
    alerts.look(noticeable(picture({ emergencies: [danger(2)] })));
    expect(alerts.sounding.length).toBe(1);
  });

  it('learn at the first look what there is without sounding it, but for danger', () => {
    const alerts = new Alerts();
    alerts.look(noticeable(picture({ incidents: [incident('i')] })));
    expect(alerts.sounding).toEqual([]);
  });
});

describe('what a rule says to one room', () => {
  const ears = (rooms: string[], below: string[] = []): Ears => ({ principal: 'wang', rooms, below: [...rooms, ...below] });
  const up = (more: object = {}): Incident => incident('i', { priority: 3, alerts: [{ ...alert('serious', '2030-01-01T00:00:09Z'), room: 'district', noticed_by: [], ...more }] });
  const seat = (room_id: string, state: string): object => ({ id: `seat-${room_id}`, room_id, state });
  const heard = (who: Ears, one: Incident, seats: object[] = []): number =>
    noticeable({ ...picture({ incidents: [one] }), lists: new Map([['seat', new Map(seats.map((s) => [(s as { id: string }).id, s]))]]) } as unknown as Picture, null, who).length;

  it('sounds there and not at the seat below that works on it', () => {
    expect(heard(ears(['district'], ['station']), up())).toBe(1);
    expect(heard(ears(['station']), up())).toBe(0);
  });

  it('sounds above while nobody answers in that room, and only then', () => {
    const city = ears(['city'], ['district', 'station']);
    expect(heard(city, up())).toBe(1);
    expect(heard(city, up(), [seat('district', 'break')])).toBe(1);
    expect(heard(city, up(), [seat('district', 'ready')])).toBe(0);
  });

  it('is heard by each as it stands, also of an incident that has not changed', () => {
    const city = ears(['city'], ['district', 'station']);
    const one = up();
    expect([heard(city, one), heard(city, one, [seat('district', 'ready')]), heard(ears(['district']), one), heard(ears(['station']), one), heard(city, one)]).toEqual([1, 0, 1, 0, 1]);
  });

  it('is quiet for whoever acknowledged it, and for nobody else', () => {
    expect(heard(ears(['district']), up({ noticed_by: ['wang'] }))).toBe(0);
    expect(heard(ears(['district']), up({ noticed_by: ['li'] }))).toBe(1);
  });

  it('hides on no row what is waited for', () => {
    expect(alertOf(up())).toBeNull();
  });

  it('is told to the server once acknowledged, each incident by itself', () => {
    const alerts = new Alerts();
    alerts.look([]);
    alerts.look(noticeable(picture({ incidents: [up({ room: null }), incident('j')] })));
    const told: unknown[] = [];
    alerts.onSeen = (seen) => told.push(...seenOf(seen));
    alerts.acknowledge();
    expect(told).toEqual([['/incidents/i/notice', { alerts: [{ rule: 'serious', id: 'a' }] }]]);
  });
});

describe('what a rule says of an incident as it comes', () => {
  const opened_at = '2030-01-01T00:00:00Z';
  const serious = (fired_at: string, more: object = {}): Alert => ({ ...alert('serious', fired_at), noun: 'incident', room: null, ...more }) as Alert;
  const grave = (fired_at: string, more: object = {}): Incident => incident('i', { opened_at, alerts: [serious(fired_at, more)] });

  it('sounds once, with it', () => {
    expect(keys({ incidents: [grave('2030-01-01T00:00:01Z')] })).toEqual(['i:0']);
  });

  it('is acknowledged with it, to the server as well', () => {
    const told: unknown[] = [];
    const alerts = new Alerts();
    alerts.onSeen = (seen) => told.push(...seenOf(seen));
    alerts.look([]);
    alerts.look(noticeable(picture({ incidents: [incident('i', { opened_at })] })));
    alerts.look(noticeable(picture({ incidents: [grave('2030-01-01T00:00:01Z')] })));
    expect(alerts.sounding).toHaveLength(1);
    alerts.acknowledge();
    expect(told).toEqual([['/incidents/i/notice', { alerts: [{ rule: 'serious', id: 'a' }] }]]);
  });

  it('sounds by itself when it falls due later, or of something else', () => {
    expect(keys({ incidents: [grave('2030-01-01T00:01:00Z')] })).toHaveLength(2);
    expect(keys({ incidents: [grave('2030-01-01T00:00:01Z', { noun: 'assignment' })] })).toHaveLength(2);
  });
});

describe('an officer in danger without a job', () => {
  it('sounds again when a rule says so, until reset', () => {
    const once = keys({ emergencies: [danger(1)] });
    expect(keys({ emergencies: [{ ...danger(1), alerts: [{ rule: 'emergency_alone' }] }] })).not.toEqual(once);
  });
});

describe('what is read of it', () => {
  it('is the newest of several alerts', () => {
    expect(alertOf({ alerts: [alert('late', '2030-01-01T00:00:09Z'), alert('first', '2030-01-01T00:00:01Z')] })?.rule).toBe('late');
    expect(alertOf({ alerts: [] })).toBeNull();
  });

  it('counts down below nought when it is late', () => {
    const waiting = { until: '2030-01-01T00:00:30Z' } as Waiting;
    expect([10, 31].map((s) => leftS(waiting, Date.parse(`2030-01-01T00:00:${s}Z`)))).toEqual([20, -1]);
  });

  it('is told as people say times and distances', () => {
    expect([7, 754, 3723, 260000, -5].map(clockText)).toEqual(['0:07', '12:34', '1:02:03', '3天', '0:00']);
    expect([4.7, 125, 8000, null, Infinity].map(ageText)).toEqual(['4秒', '2分', '2时', '无定位', '很久']);
    expect([301, 1499, null].map(distanceText)).toEqual(['301 m', '1.5 km', '—']);
    expect([187, 1500].map(etaText)).toEqual(['3:07', '25分']);
  });
});

describe('what follows from a review', () => {
  const [due, later] = ['2030-01-02T00:00:00Z', '2030-01-03T00:00:00Z'];
  const ears: Ears = { principal: 'user:a', rooms: ['mine'], below: ['mine', 'below'], reviews: true };
  const action = (more: object) => ({ id: 'a', review_id: 'r', room: 'mine', from_room: 'above', state: 'open', due_at: due, alerts: [alert('review_action_overdue', due)], ...more });
  const heard = (actions: object[], by: Partial<Ears> = {}, reviews: object[] = []): (string | undefined)[] => noticeable(
    { ...picture({}), lists: new Map([['review_action', new Map(actions.map((one, n) => [String(n), one]))], ['after_action_review', new Map(reviews.map((one, n) => [String(n), one]))]]) } as unknown as Picture, null, { ...ears, ...by },
  ).map(({ reviewId }) => reviewId);

  it('is heard once it is late where it is to be done and where it was ordered, and nowhere else', () => {
    expect(heard([action({})])).toEqual(['r']);
    expect(heard([action({ room: 'other', from_room: 'mine' })])).toEqual(['r']);
    expect(heard([action({ room: 'below', from_room: 'below' })])).toEqual([]);
    expect(heard([action({})], { reviews: false })).toEqual([]);
  });

  it('is not heard while it is only near its time, and is when nobody verifies what was done', () => {
    expect(heard([action({ alerts: [alert('review_action_due_soon', '2030-01-01T00:00:00Z')] })])).toEqual([]);
    expect(heard([action({ state: 'done', due_at: later, alerts: [alert('review_action_unverified', due)] })])).toEqual(['r']);
  });

  it('is also the review itself that nobody begins', () => {
    expect(heard([], {}, [{ id: 'w', room: 'mine', alerts: [alert('after_action_waiting', due)] }, { id: 'x', room: 'below', alerts: [alert('after_action_waiting', due)] }])).toEqual(['w']);
  });
});
