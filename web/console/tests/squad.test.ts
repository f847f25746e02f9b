// Promises of the field supervisor's list: it says by itself when it is old, hears when it may no longer listen, and begins anew once
// somebody has signed in again; what is refused is said in the language of the page.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Api } from '../src/core/api';
import { Passing } from '../src/core/box';
import { spoken } from '../src/core/language.svelte';
import type { Act } from '../src/core/outbox';
import type { Session } from '../src/core/types';
import { Crew } from '../src/pages/unit/crew.svelte';
import { Squad } from '../src/pages/unit/squad.svelte';
import { refusedText } from '../src/words/refusals';

class Socket {
  static all: Socket[] = [];
  readyState = 1;
  onopen: (() => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  readonly asked: Record<string, Record<string, unknown>>[] = [];
  constructor() { Socket.all.push(this); }
  send(text: string): void { this.asked.push(JSON.parse(text) as Record<string, Record<string, unknown>>); }
  close(): void { this.readyState = 3; }
  tell(message: object): void { this.onmessage!({ data: JSON.stringify(message) }); }
}

const SNAPSHOT = { snapshot: { seq: 5, at: '2026-01-01T00:00:00Z', room: 'r', incidents: [], units: [] } };
/** The newest socket that follows the room. */
function ofRoom(): Socket {
  for (const one of Socket.all) if (!one.asked.length) one.onopen!();
  return Socket.all.findLast((one) => one.asked[0]?.['subscribe']?.['room'] === 'r')!;
}

let answer: (path: string, key: string | null) => Response;
let crew: Crew;

beforeEach(async () => {
  vi.useFakeTimers();
  Socket.all = [];
  for (const [name, value] of Object.entries({
    WebSocket: Socket, location: { protocol: 'http:', host: 'h' }, localStorage: { getItem: () => null, setItem: () => {} },
    addEventListener: () => {}, document: { addEventListener: () => {} }, navigator: {},
  })) vi.stubGlobal(name, value);
  answer = () => new Response('{}', { status: 200 });
  const api = new Api('', async (input, init) => answer(String(input), new Headers(init?.headers).get('Idempotency-Key')));
  api.csrf = 'c';
  crew = new Crew(api, { principal: 'unit:u', unit_id: 'u', room_id: 'r', roles: ['unit', 'supervisor'] } as unknown as Session, new Passing(), new Passing<Act>());
  await crew.start();
});
afterEach(() => {
  spoken.now = 'zh';
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('the list of units', () => {
  it('ages by its own line, whatever the crew hears of itself', async () => {
    const squad = new Squad(crew);
    expect(squad.link).toBe('connecting');
    ofRoom().tell(SNAPSHOT);
    expect([squad.filled, squad.link]).toEqual([true, 'live']);
    for (let n = 0; n < 6; n += 1) {
      await vi.advanceTimersByTimeAsync(1_000);
      Socket.all[0]!.tell({ heartbeat: {} });
    }
    expect([crew.link, squad.link]).toEqual(['live', 'late']);
  });

  it('hears that it may no longer listen, and begins anew with the crew', async () => {
    const squad = new Squad(crew);
    const first = ofRoom();
    first.tell(SNAPSHOT);
    first.onclose!({ code: 4003 });
    expect(squad.link).toBe('signed_out');
    Socket.all[0]!.onclose!({ code: 4003 });
    expect(crew.signedOut).toBe(true);
    await crew.post({ kind: 'checked', path: '/units/u/checked', body: {} });
    await vi.advanceTimersByTimeAsync(100);
    expect(crew.signedOut).toBe(false);
    const second = ofRoom();
    expect(second).not.toBe(first);
    second.tell(SNAPSHOT);
    expect(squad.link).toBe('live');
  });
});

describe('a refusal', () => {
  const told = (): string => crew.toasts.shown.at(-1)!.text;
  const taken = (): Response => new Response(JSON.stringify({ code: 'unit_taken', detail: 'Unit 118 is taken by J-7.' }), { status: 409 });

  it('is said in Chinese on a Chinese page, with the particulars of the server', async () => {
    answer = taken;
    const squad = new Squad(crew);
    expect(await squad.act('/x', {})).toBe(false);
    expect(told()).toBe('单位已被其他警情占用，未派出任何单位（Unit 118 is taken by J-7.）');
    await squad.callRoll();
    expect(told()).toContain('单位已被其他警情占用');
    ofRoom().tell({ error: { code: 'out_of_room', detail: 'Not your room.' } });
    expect(told()).toMatch(/^[一-鿿].*（Not your room\.）$/);
    Socket.all[0]!.tell({ error: { code: 'out_of_room', detail: 'Not yours.' } });
    expect(told()).toMatch(/^[一-鿿].*（Not yours\.）$/);
  });

  it('is the server’s own sentence in English, and never empty', () => {
    spoken.now = 'en';
    expect(refusedText('unit_taken', 'Unit 118 is taken.')).toBe('Unit 118 is taken.');
    expect(refusedText('unit_taken', '')).toBe('Another incident holds this unit; nothing was sent');
    spoken.now = 'zh';
    expect(refusedText('unit_taken', '')).toBe('单位已被其他警情占用，未派出任何单位');
    expect(refusedText('never_heard_of', 'Oh.')).toBe('操作未被接受（Oh.）');
  });
});

describe('a unit sent elsewhere', () => {
  const J1 = { id: 'j1', number: 'J-1', assignments: [{ id: 'a1', unit_id: 'm', state: 'en_route', times: {} }] };
  const J2 = { id: 'j2', number: 'J-2', assignments: [] };
  const UNIT = { id: 'm', handle: 1, call_sign: '118', state: 'en_route', assignment_id: 'a1', emergency_id: null, version: 1 };
  let asked: string[];
  let keys: (string | null)[];
  let refuse: boolean;

  async function sent(squad: Squad): Promise<boolean> {
    ofRoom().tell({ snapshot: { ...SNAPSHOT.snapshot, incidents: [J1, J2], units: [UNIT] } });
    const mate = squad.mate(squad.picture.units.get('m')!);
    return squad.send(mate, squad.picture.incidents.get('j2')!, 'nearer');
  }

  beforeEach(() => {
    [asked, keys, refuse] = [[], [], true];
    answer = (path, key) => {
      if (path !== '/assignments/a1/recall' && path !== '/incidents/j2/assignments') return new Response('{}');
      asked.push(path);
      if (path.startsWith('/incidents')) keys.push(key);
      const no = refuse && path.startsWith('/incidents');
      return no ? new Response(JSON.stringify({ code: 'not_in_this_state', detail: 'J-2 is closed.' }), { status: 409 }) : new Response('{}');
    };
  });

  it('is said to be taken back and without a job, when the order behind it is refused, and why', async () => {
    const squad = new Squad(crew);
    expect(await sent(squad)).toBe(false);
    const told = crew.toasts.shown.at(-1)!.text;
    expect(told).toBe('118 已从 J-1 撤回，手头已无任务；未能改派到 J-2：当前状态下不能进行此操作（J-2 is closed.）');
    expect(squad.stranded).toMatchObject({ unitId: 'm', text: told });
  });

  it('is offered to be ordered again, without being taken back twice', async () => {
    const squad = new Squad(crew);
    await sent(squad);
    refuse = false;
    const mate = { ...squad.mate({ ...UNIT, state: 'available', assignment_id: null } as never), incident: null, assignment: null };
    expect(await squad.sendOn(mate, squad.stranded!)).toBe(true);
    expect(asked).toEqual(['/assignments/a1/recall', '/incidents/j2/assignments', '/incidents/j2/assignments']);
    expect(squad.stranded).toBeNull();
  });

  it('is offered no more once somebody else has ordered it', async () => {
    const squad = new Squad(crew);
    await sent(squad);
    ofRoom().tell({ snapshot: { ...SNAPSHOT.snapshot, seq: 6, incidents: [J2], units: [{ ...UNIT, assignment_id: 'a2' }] } });
    expect(squad.stranded).toBeNull();
  });

  it('is ordered under the same key while nobody knows whether the order was heard', async () => {
    const squad = new Squad(crew);
    const hears = answer;
    answer = (path, key) => {
      const heard = hears(path, key);
      if (path.startsWith('/incidents/j2') && refuse) throw new TypeError('Failed to fetch');
      return heard;
    };
    const sending = sent(squad);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await sending).toBe(false);
    refuse = false;
    const mate = { ...squad.mate({ ...UNIT, state: 'available', assignment_id: null } as never), incident: null, assignment: null };
    await squad.sendOn(mate, squad.stranded!);
    expect(new Set(keys).size).toBe(1);
  });
});
