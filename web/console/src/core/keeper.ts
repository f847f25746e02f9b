// One socket for all windows of a seat: keeps the last snapshot and what followed, and tells a window that comes later the same
// story. Runs in a shared worker, or in the page itself where there is none.

import { Feed, SEAT_WAIT_MS, type Bounds, type Parts } from './feed';

const MOST_EVENTS = 5_000;
const MOST_CHARACTERS = 8 * 2 ** 20;
const MOST_BOUNDS = 16;
const WORLD: Bounds = [-180, -90, 180, 90];

/** From a window to the keeper. */
export type Asked = { join: { url: string; room: string | null } } | { look: Bounds[] } | { say: object } | { leave: true };

/** From the keeper to a window. `text`: a message of the feed as it came. */
export type Passed =
  | Heard
  | { frame: ArrayBuffer; heardMs: number }
  | { link: { heardMs: number; open: boolean } }
  | { word: { kind: string; content: Record<string, unknown> } }
  | { revoked: true }
  | { fault: string };

type Heard = { text: string; heardMs: number };

export interface Window {
  post(message: Passed): void;
}

export class Keeper {
  private feed: Feed | null = null;
  /** The last snapshot in its parts. */
  private begun: Heard[] = [];
  private tail: Heard[] = [];
  private characters = 0;
  private narrowed = false;
  private link = { heardMs: 0, open: false };
  private readonly windows = new Map<Window, Bounds[] | null>();

  constructor(private readonly parts: Pick<Parts, 'open' | 'answers'> = {}) {}

  hear(window: Window, asked: Asked): void {
    if ('join' in asked) this.join(window, asked.join);
    else if ('look' in asked) {
      this.windows.set(window, asked.look);
      this.look();
    } else if ('say' in asked) this.feed?.say(asked.say);
    else this.leave(window);
  }

  private join(window: Window, { url, room }: { url: string; room: string | null }): void {
    this.windows.set(window, null);
    window.post({ link: this.link });
    if (this.feed === null) {
      this.begin(url, room);
      return;
    }
    this.look();
    if (this.begun.length) {
      for (const heard of [...this.begun, ...this.tail]) window.post(heard);
    } else if (this.feed.seq !== null) this.feed.renew(); // the story became too long to keep: a fresh beginning for everybody
  }

  private begin(url: string, room: string | null): void {
    this.feed = new Feed({
      url,
      room,
      longestWaitMs: SEAT_WAIT_MS,
      ...this.parts,
      on: {
        snapshot: (_, text) => {
          const heard = { text, heardMs: Date.now() };
          this.forget();
          this.begun.push(heard);
          this.pass(heard);
        },
        more: (text) => {
          const heard = { text, heardMs: Date.now() };
          if (this.begun.length) this.begun.push(heard);
          this.pass(heard);
        },
        event: (_, text) => {
          const heard = { text, heardMs: Date.now() };
          this.remember(heard);
          this.pass(heard);
        },
        positions: (frame) => this.pass({ frame, heardMs: Date.now() }),
        link: (heardMs, open) => {
          this.link = { heardMs, open };
          this.pass({ link: this.link });
        },
        word: (kind, content) => this.pass({ word: { kind, content } }),
        revoked: () => this.pass({ revoked: true }),
      },
    });
    this.feed.start();
  }

  private leave(window: Window): void {
    this.windows.delete(window);
    if (this.windows.size) return this.look();
    this.feed?.stop();
    this.feed = null;
    this.narrowed = false;
    this.forget();
  }

  /** Keep the story for windows that come later, for as long as a fresh beginning would cost more. */
  private remember(event: Heard): void {
    if (!this.begun.length) return;
    this.tail.push(event);
    this.characters += event.text.length;
    if (this.tail.length > MOST_EVENTS || this.characters > MOST_CHARACTERS) this.forget();
  }

  private forget(): void {
    this.begun = [];
    this.tail = [];
    this.characters = 0;
  }

  /** What any window looks at; everything as long as one of them wants everything. */
  private look(): void {
    const views = [...this.windows.values()];
    const all = views.some((view) => view === null);
    if (all && !this.narrowed) return; // as it is from the beginning
    this.narrowed = !all;
    this.feed?.look(all ? [WORLD] : views.flatMap((view) => view ?? []).slice(0, MOST_BOUNDS));
  }

  /** A mistake of ours where no window would see it: told to all. */
  fail(fault: string): void {
    this.pass({ fault });
  }

  private pass(message: Passed): void {
    for (const window of this.windows.keys()) window.post(message);
  }
}
