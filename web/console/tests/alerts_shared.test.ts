// Promise: one seat acknowledges once, whichever of its windows it does so in; and to load a page anew acknowledges nothing.

import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Alerts, noticeable, seenOf, type Noticeable } from '../src/core/alerts';
import type { Picture } from '../src/core/picture';
import type { Alert, Broadcast, Incident, PlannedEvent } from '../src/core/types';
import { shareAlerts } from '../src/seat/alerting';

type Heard = ((event: MessageEvent) => unknown) | null;

/** The channels of a browser: what one says all others of its name hear, itself never. */
class Channels {
  private readonly open: { name: string; onmessage: Heard }[] = [];

  readonly join = (name: string): { postMessage(word: unknown): void; onmessage: Heard } => {
    const others = (): { onmessage: Heard }[] => this.open.filter((one) => one.name === name && one !== mine);
    const mine = { name, onmessage: null as Heard, postMessage: (word: unknown) => { for (const one of others()) one.onmessage?.({ data: structuredClone(word) } as MessageEvent); } };
    this.open.push(mine);
    return mine;
  };
}

class Store {
  private readonly kept = new Map<string, string>();
  getItem(key: string): string | null { return this.kept.get(key) ?? null; }
  setItem(key: string, value: string): void { this.kept.set(key, value); }
}

const incident = (id: string): Incident => ({ id, state: 'received', priority: 1, alerts: [], alarms: [] }) as unknown as Incident;
const there = (...ids: string[]) => noticeable({ incidents: new Map(ids.map((id) => [id, incident(id)])), calls: new Map(), emergencies: new Map() } as unknown as Picture);

let channels: Channels;
let store: Store;
let leaving: (() => void)[];
/** The page goes away, as every page does before it is loaded anew. */
const leave = (): void => leaving.splice(0).forEach((hears) => hears());
beforeEach(() => {
  leaving = [];
  vi.stubGlobal('addEventListener', (name: string, hears: () => void) => { if (name === 'pagehide') leaving.push(hears); });
  channels = new Channels();
  store = new Store();
});

/** A window of a seat as it opens; it has not looked yet. */
function window(sitting = 'until ten') {
  const played: (number | null)[] = [];
  const seat = { alerts: new Alerts(), session: { principal: 'user:1', expires_at: sitting, seat_id: 's' } as never, room: 'r', noticed: 0, sound: { play: (level: number | null) => { played.push(level); } } };
  shareAlerts(seat, channels.join, store);
  return { seat, alerts: seat.alerts, played, sounding: () => seat.alerts.sounding.map(({ key }) => key) };
}

describe('the windows of a seat', () => {
  it('are all told what one of them acknowledges, that and nothing else', () => {
    const [one, other] = [window(), window()];
    for (const { alerts } of [one, other]) alerts.look(there());
    for (const { alerts } of [one, other]) alerts.look(there('a', 'b'));
    one.alerts.acknowledge(['a:0']);
    expect([one.sounding(), other.sounding()]).toEqual([['b:0'], ['b:0']]);
    other.alerts.acknowledge();
    expect([one.sounding(), one.played.at(-1), one.seat.noticed > 0]).toEqual([[], null, true]);
  });

  it('do not sound what was acknowledged before they noticed it, and do when it comes back', () => {
    const [one, late] = [window(), window()];
    for (const { alerts } of [one, late]) alerts.look(there());
    one.alerts.look(there('a'));
    one.alerts.acknowledge();
    late.alerts.look(there('a'));
    expect(late.sounding()).toEqual([]);
    for (const { alerts } of [one, late]) alerts.look(there());
    for (const { alerts } of [one, late]) alerts.look(there('a'));
    expect([one.sounding(), late.sounding()]).toEqual([['a:0'], ['a:0']]);
  });

  it('are silenced together, which acknowledges nothing, and what is new breaks it', () => {
    const [one, other] = [window(), window()];
    for (const { alerts } of [one, other]) alerts.look(there());
    for (const { alerts } of [one, other]) alerts.look(there('a'));
    one.alerts.silence();
    expect([other.alerts.silent, other.played.at(-1), other.sounding()]).toEqual([true, null, ['a:0']]);
    other.alerts.look(there('a', 'b'));
    expect([other.alerts.silent, other.alerts.level]).toEqual([false, 1]);
  });
});

describe('a window that is loaded anew', () => {
  it('sounds what nobody has acknowledged, what came meanwhile, and not what was acknowledged', () => {
    const before = window();
    before.alerts.look(there('old'));
    before.alerts.look(there('old', 'a', 'b'));
    before.alerts.acknowledge(['b:0']);
    before.alerts.silence();
    leave();
    const again = window();
    again.alerts.look(there('old', 'a', 'b', 'meanwhile'));
    expect([again.sounding(), again.alerts.level]).toEqual([['a:0', 'meanwhile:0'], 1]);
  });

  it('begins with what there is for whoever signed in since', () => {
    const before = window();
    before.alerts.look(there());
    before.alerts.look(there('a'));
    leave();
    const next = window('until eleven');
    next.alerts.look(there('a'));
    expect(next.sounding()).toEqual([]);
  });
});

describe('what is acknowledged', () => {
  it('is told of incidents, events and broadcasts, and quiet for this person at every other screen', () => {
    const alert = (rule: string, id: string): Alert => ({ rule, id, since: '2026-05-01T18:00:00Z', room: null, noticed_by: [] }) as unknown as Alert;
    const event = { id: 'e', alerts: [alert('event_unmanned', 'e')] } as unknown as PlannedEvent;
    const broadcast = { id: 'b', alerts: [] } as unknown as Broadcast;
    const seen: Noticeable[] = [
      { key: '1', level: 2, event, alert: alert('event_unmanned', 'e') },
      { key: '2', level: 2, event, alert: alert('event_past_end', 'e') },
      { key: '3', level: 1, broadcast, alert: alert('broadcast_unread', 'b') },
      { key: '4', level: 1, broadcast },
    ];
    expect([...seenOf(seen)]).toEqual([
      ['/events/e/notice', { alerts: [{ rule: 'event_unmanned', id: 'e' }, { rule: 'event_past_end', id: 'e' }] }],
      ['/broadcasts/b/notice', { alerts: [{ rule: 'broadcast_unread', id: 'b' }] }],
    ]);
    const picture = (one: PlannedEvent): Picture => ({ incidents: new Map(), calls: new Map(), emergencies: new Map(), lists: new Map([['event', new Map([[one.id, one]])]]) }) as unknown as Picture;
    const ears = { principal: 'user:1', rooms: [], below: [] };
    expect(noticeable(picture(event), null, ears)).toHaveLength(1);
    expect(noticeable(picture({ ...event, alerts: [{ ...event.alerts[0]!, noticed_by: ['user:1'] }] }), null, ears)).toEqual([]);
  });
});
