// Acts of a crew, kept before they are sent: each with its key and the moment it was pressed, sent in order once there is a line,
// an officer in danger beside all others, and tried until an answer is certain. What the server refuses stays on the list.

import { newKey, Refused } from './api';
import type { Shelf } from './box';

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
const LONGEST_URGENT_MS = 3_000;
const KEPT_DONE_MS = 12 * 3_600_000;
const MOST_DONE = 60;
/** So often the server may fail at an act before it is set aside, for others wait behind it. */
const MOST_FAULTS = 6;
/** Why an act was set aside: the server failed at it, so it said neither yes nor no. */
export const IN_TROUBLE = 'in_trouble';
/** Answers that say nothing about the act itself: later, or signed in anew, it may well be taken. */
const NOT_YET = new Set([401, 408, 425, 429, 500, 502, 503, 504]);
const NOT_YET_CODES = new Set(['csrf_refused', 'not_signed_in']);

/** Thrown by `send` when it is not this page's to send: nothing left, so it counts as no try. */
export class Withheld extends Error {}

export type ActState = 'waiting' | 'done' | 'refused';

export interface Act {
  /** The idempotency key: sent again unchanged, so it happens once whatever broke on the way. */
  key: string;
  /** In which order the acts were pressed. */
  n: number;
  /** Who pressed it; nobody else ever sends it. */
  principal: string;
  /** What it is, for the words: accept, clear, emergency... */
  kind: string;
  path: string;
  body: Record<string, unknown>;
  /** What it concerns: an assignment, a note, a message. */
  about: string | null;
  /** In a lane of its own, so that it waits for no other, and without patience. */
  urgent: boolean;
  pressedMs: number;
  state: ActState;
  tries: number;
  /** How often the server failed at this very act (500), as against not being there. */
  faults?: number;
  /** When it was taken or refused. */
  endedMs?: number;
  /** Why it was refused, as the server says; or what stood in the way of the last try. */
  said?: string;
  code?: string;
}

export type Wanted = Pick<Act, 'kind' | 'path' | 'body'> & { about?: string | null; urgent?: boolean; key?: string };

/** Which act of a lane goes next, as they were pressed; one the server fails at again and again takes turns with those behind it. */
export function nextOf(acts: readonly Act[], principal: string, urgent: boolean): Act | null {
  const waiting = acts.filter((act) => act.state === 'waiting' && act.principal === principal && act.urgent === urgent);
  return waiting.sort((a, b) => roundOf(a) - roundOf(b) || a.n - b.n)[0] ?? null;
}

const roundOf = (act: Act): number => Math.floor((act.faults ?? 0) / MOST_FAULTS);

/** How long to wait before the next try, ms. */
export function waitMs(act: Act): number {
  const longest = act.urgent ? LONGEST_URGENT_MS : LONGEST_WAIT_MS;
  return Math.min(longest, FIRST_WAIT_MS * 2 ** Math.max(0, act.tries - 1));
}

/** Whether an answer ends the matter. Uncertain: it must be asked again under the same key. */
export function isFinal(error: unknown): error is Refused {
  return error instanceof Refused && !NOT_YET.has(error.status) && !NOT_YET_CODES.has(error.code);
}

/** What has been done long ago need not be listed any more. */
export function outworn(acts: readonly Act[], nowMs: number): Act[] {
  const done = acts.filter((act) => act.state === 'done').sort((a, b) => b.n - a.n);
  return done.filter((act, n) => n >= MOST_DONE || nowMs - (act.endedMs ?? 0) > KEPT_DONE_MS);
}

export interface Parts {
  shelf: Shelf<Act>;
  principal: string;
  /** Send it once; throws Refused, or anything else when there was no answer. */
  send: (act: Act) => Promise<void>;
  changed: () => void;
  /** Only one window of a browser works on a lane at a time. */
  alone?: (lane: string, work: () => Promise<void>) => Promise<void>;
  /** Resolves after so long, or when `cut` resolves. */
  pause?: (ms: number, cut: Promise<void>) => Promise<void>;
  clock?: () => number;
}

interface Lane {
  urgent: boolean;
  running: boolean;
  again: boolean;
  wake: () => void;
}

export class Outbox {
  /** All that lies here, in order. */
  acts: Act[] = [];
  /** Nothing is sent until somebody signs in again. */
  signedOut = false;
  /** Nothing is sent from here any more. */
  ended = false;
  private readonly lanes = [true, false].map((urgent): Lane => ({ urgent, running: false, again: false, wake: () => {} }));
  private readonly parts: Required<Parts>;

  constructor(parts: Parts) {
    this.parts = { alone: (_, work) => work(), pause: (ms, cut) => Promise.race([cut, sleep(ms)]), clock: Date.now, ...parts };
  }

  get lasting(): boolean {
    return this.parts.shelf.lasting;
  }

  /** What whoever this page belongs to has pressed. */
  get own(): Act[] {
    return this.acts.filter((act) => act.principal === this.parts.principal);
  }

  get waiting(): Act[] {
    return this.own.filter((act) => act.state === 'waiting');
  }

  get refused(): Act[] {
    return this.own.filter((act) => act.state === 'refused');
  }

  /** Pressed by somebody else and not sent: it lies here until that person signs in. */
  get ofOthers(): Act[] {
    return this.acts.filter((act) => act.state === 'waiting' && act.principal !== this.parts.principal);
  }

  /** Take up what an earlier page left, and go on. */
  async start(): Promise<void> {
    await this.read();
    for (const act of outworn(this.acts, this.parts.clock())) await this.parts.shelf.drop(act.key);
    await this.read();
    this.nudge();
  }

  /** Nothing is sent from this page any more; what is added is kept all the same. */
  stop(): void {
    this.ended = true;
    for (const lane of this.lanes) lane.wake();
  }

  /** Keep an act, then send it when its turn comes. It is on the list before this returns, on the disk once it resolves. */
  async add(wanted: Wanted): Promise<Act> {
    const last = this.acts.reduce((most, act) => Math.max(most, act.n), 0);
    const act: Act = {
      key: newKey(), about: null, urgent: false, ...wanted, n: Math.max(last + 1, this.parts.clock()), principal: this.parts.principal,
      pressedMs: this.parts.clock(), state: 'waiting', tries: 0,
    };
    if (this.acts.some((other) => other.key === act.key)) return act;
    this.acts = [...this.acts, act];
    this.parts.changed();
    try {
      await this.parts.shelf.put(act.key, act);
    } finally {
      this.nudge();
    }
    return act;
  }

  /** There may be a line now: try at once. */
  nudge(): void {
    for (const lane of this.lanes) {
      lane.wake();
      void this.pump(lane);
    }
  }

  /** Take something of one's own off the list that was refused, done, or is no longer wanted and was never tried. */
  async forget(key: string): Promise<void> {
    const act = this.own.find((one) => one.key === key);
    if (!act || (act.state === 'waiting' && act.tries > 0)) return;
    await this.parts.shelf.drop(key);
    this.acts = this.acts.filter((one) => one.key !== key);
    this.parts.changed();
  }

  /** Send once more what was set aside, under its key. */
  async again(key: string): Promise<void> {
    const act = this.refused.find((one) => one.key === key);
    if (!act) return;
    await this.keep({ ...omit(act), state: 'waiting', faults: 0 });
    this.nudge();
  }

  private async read(): Promise<void> {
    const kept = await this.parts.shelf.all();
    const fresh = this.acts.filter((act) => !kept.some((one) => one.key === act.key) && act.state === 'waiting' && act.tries === 0);
    this.acts = [...kept, ...fresh].sort((a, b) => a.n - b.n);
    this.parts.changed();
  }

  private async pump(lane: Lane): Promise<void> {
    lane.again = true;
    if (lane.running) return;
    lane.running = true;
    try {
      while (lane.again && !this.ended) {
        lane.again = false;
        await this.parts.alone(lane.urgent ? 'urgent' : 'ordinary', () => this.drain(lane));
      }
    } finally {
      lane.running = false;
    }
  }

  private async drain(lane: Lane): Promise<void> {
    await this.read(); // another window may have sent some of it
    for (let act = this.next(lane); act && !this.ended; act = this.next(lane)) {
      const cut = new Promise<void>((done) => { lane.wake = done; });
      if (await this.tried(act)) continue;
      if (this.signedOut) return;
      const now = this.acts.find((one) => one.key === act!.key) ?? act;
      await this.parts.pause(waitMs(now), cut);
    }
  }

  private next(lane: Lane): Act | null {
    return nextOf(this.acts, this.parts.principal, lane.urgent);
  }

  /** Whether the matter is settled, so that the next one may go. */
  private async tried(act: Act): Promise<boolean> {
    const tried = { ...act, tries: act.tries + 1 };
    try {
      await this.parts.send(act);
      this.signedOut = false;
      await this.keep({ ...omit(tried), endedMs: this.parts.clock(), state: 'done' });
      return true;
    } catch (error) {
      if (error instanceof Withheld) return false;
      return this.failed(tried, error);
    }
  }

  /** Keep what came of a try that failed; whether that ends the matter. */
  private async failed(tried: Act, error: unknown): Promise<boolean> {
    const said = error instanceof Refused ? { said: error.message, code: error.code } : { said: '', code: 'network' };
    if (error instanceof Refused && error.status === 500) tried = { ...tried, faults: (tried.faults ?? 0) + 1 };
    const aside = !tried.urgent && roundOf(tried) > 0; // an emergency never is
    if (aside) said.code = IN_TROUBLE;
    if (aside || isFinal(error)) {
      await this.keep({ ...tried, ...said, endedMs: this.parts.clock(), state: 'refused' });
      return true;
    }
    this.signedOut = error instanceof Refused && error.status === 401;
    await this.keep({ ...tried, ...said });
    return false;
  }

  private async keep(act: Act): Promise<void> {
    this.acts = this.acts.map((one) => (one.key === act.key ? act : one));
    this.parts.changed();
    await this.parts.shelf.put(act.key, act).catch(() => {}); // sent again after a crash it is the same act by its key
  }
}

function omit({ said: _, code: __, ...act }: Act): Act {
  return act;
}

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
