// The live socket: subscribes, notices gaps and silence, comes back by itself and resumes where it was. It keeps no picture:
// whoever listens gets the messages as text, in order, without a gap and without a double.

import type { FeedEvent, More, Snapshot } from './types';

const SILENCE_MS = 7000; // heartbeats come every 2 s
const FIRST_SNAPSHOT_MS = 30_000; // a whole large city is gathered and sent before anything else is heard
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5000;
/** A seat is back as soon as its server. */
export const SEAT_WAIT_MS = 1000;
const REVOKED = 4003;
const PROBE_MS = 5000;
const BEAT_EVERY = 5; // looks, one a second: the seat is linked as long as its beats are heard

export type Bounds = [west: number, south: number, east: number, north: number];

export interface Listener {
  /** A message in order: a snapshot, or the event that follows what was told last. `text` is how it came. */
  snapshot(snapshot: Snapshot, text: string): void;
  /** A further part of the last snapshot. */
  more(text: string): void;
  event(event: FeedEvent, text: string): void;
  positions(frame: ArrayBuffer): void;
  /** Something was heard, or the line was lost. */
  link(heardMs: number, open: boolean): void;
  /** What is not kept: hello, heartbeat, presence, errors. */
  word(kind: string, content: Record<string, unknown>): void;
  revoked(): void;
}

export interface Parts {
  url: string;
  room: string | null;
  on: Listener;
  /** How long it waits at the most before it tries again, ms; a telephone spares its battery. */
  longestWaitMs?: number;
  open?: (url: string) => WebSocket;
  answers?: () => Promise<boolean>;
}

/** Whether the server can be reached at all. */
async function answers(): Promise<boolean> {
  try {
    await fetch('/healthz', { cache: 'no-store', signal: AbortSignal.timeout(PROBE_MS) });
    return true;
  } catch {
    return false;
  }
}

export class Feed {
  seq: number | null = null;
  private socket: WebSocket | null = null;
  private heardMs = 0;
  private linked = false;
  private opened = false;
  private triedMs = 0;
  private wait = FIRST_WAIT_MS;
  private ended = false;
  private looks = 0;
  private watch: ReturnType<typeof setInterval> | undefined;
  private view: Bounds[] | null = null;
  private readonly open: (url: string) => WebSocket;
  private readonly answers: () => Promise<boolean>;

  constructor(private readonly parts: Parts) {
    this.open = parts.open ?? ((url) => new WebSocket(url));
    this.answers = parts.answers ?? answers;
  }

  start(): void {
    this.connect();
    this.watch = setInterval(() => this.listen(), 1000);
  }

  stop(): void {
    this.ended = true;
    clearInterval(this.watch);
    this.socket?.close();
  }

  /** Positions of these rectangles only, from now on and after every return. */
  look(view: Bounds[]): void {
    this.view = view;
    this.say({ view: { bounds: view } });
  }

  /** Anything else a client may say. */
  say(message: object): void {
    if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(message));
  }

  /** Begin again with a whole snapshot. */
  renew(): void {
    this.seq = null;
    this.subscribe();
  }

  private connect(): void {
    const socket = this.open(this.parts.url);
    this.socket = socket;
    this.triedMs = Date.now();
    this.opened = false;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      this.opened = true;
      this.heardMs = Date.now();
      this.subscribe();
      if (this.view) this.say({ view: { bounds: this.view } });
    };
    socket.onmessage = ({ data }) => this.hear(data as string | ArrayBuffer);
    socket.onclose = ({ code }) => this.lost(socket, code);
    socket.onerror = () => {}; // `onclose` follows
  }

  private subscribe(): void {
    const subscribe: { room?: string; after?: number } = {};
    if (this.parts.room !== null) subscribe.room = this.parts.room;
    if (this.seq !== null) subscribe.after = this.seq;
    this.say({ subscribe });
  }

  private hear(data: string | ArrayBuffer): void {
    this.heardMs = Date.now();
    this.wait = FIRST_WAIT_MS;
    if (typeof data !== 'string') this.parts.on.positions(data);
    else this.read(data);
    this.linked = true;
    this.parts.on.link(this.heardMs, true);
  }

  private read(text: string): void {
    const message = JSON.parse(text) as Record<string, Record<string, unknown>>;
    for (const [kind, content] of Object.entries(message)) {
      if (kind === 'event') this.event(content as unknown as FeedEvent, text);
      else if (kind === 'snapshot') {
        const snapshot = content as unknown as Snapshot;
        this.seq = snapshot.whole === false ? null : snapshot.seq; // half a picture is no place to go on from
        this.parts.on.snapshot(snapshot, text);
      } else if (kind === 'more') {
        const { seq, whole } = content as unknown as More;
        if (whole) this.seq = seq;
        this.parts.on.more(text);
      } else this.parts.on.word(kind, content);
    }
  }

  private event(event: FeedEvent, text: string): void {
    if (this.seq === null || event.prev > this.seq) {
      this.subscribe(); // something is missing in between: ask for it
      return;
    }
    if (event.seq <= this.seq) return;
    this.seq = event.seq;
    this.parts.on.event(event, text);
  }

  private lost(socket: WebSocket, code: number): void {
    if (socket !== this.socket || this.ended) return;
    if (code === REVOKED) {
      this.stop();
      this.parts.on.revoked();
      return;
    }
    this.linked = false;
    this.parts.on.link(this.heardMs, false);
    this.again(!this.opened);
  }

  /** Come back in a while. A browser holds every new socket up after many that failed (Chromium 1 to 5 s, for minutes), so none is
   * opened in vain: whether the server is there again is asked by other means. */
  private again(ask: boolean): void {
    setTimeout(() => void this.back(ask), this.wait * (0.75 + Math.random() / 2));
    this.wait = Math.min(this.wait * 2, this.parts.longestWaitMs ?? LONGEST_WAIT_MS);
  }

  private async back(ask: boolean): Promise<void> {
    const there = !ask || (!this.ended && (await this.answers()));
    if (this.ended) return;
    if (there) this.connect();
    else this.again(ask);
  }

  private listen(): void {
    this.looks += 1;
    if (this.looks % BEAT_EVERY === 0) this.say({ beat: {} });
    const quietMs = Date.now() - Math.max(this.heardMs, this.triedMs);
    const dead = this.socket;
    const patienceMs = this.seq === null && dead?.readyState === 1 ? FIRST_SNAPSHOT_MS : SILENCE_MS;
    if (dead && dead.readyState <= 1 && quietMs > patienceMs) {
      this.lost(dead, 0);
      if (this.socket === dead) this.socket = null;
      dead.close();
    } else this.parts.on.link(this.heardMs, this.linked); // each second, so that one knows we still listen
  }
}
