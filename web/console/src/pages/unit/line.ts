// The crew's own socket to the live feed: one page, one line, no worker between, since a telephone shows one window at a time.

import { Feed } from '../../core/feed';

const LATE_MS = 5_000;
const DEAD_MS = 12_000;

export type Link = 'connecting' | 'live' | 'late' | 'dead' | 'signed_out';

/** How well a line is heard that began then and was heard last then (0: never). */
export function linkOf(heardMs: number, beganMs: number, nowMs: number): Link {
  const quietMs = nowMs - (heardMs || beganMs);
  if (!heardMs && quietMs <= DEAD_MS) return 'connecting';
  return quietMs > DEAD_MS ? 'dead' : quietMs > LATE_MS ? 'late' : 'live';
}

/** Whether nothing was heard for so long that what was pressed may have missed its turn. */
export const wasLate = (heardMs: number, nowMs: number): boolean => nowMs - heardMs > LATE_MS;

export interface Hears {
  text(text: string, heardMs: number): void;
  frame(frame: ArrayBuffer, heardMs: number): void;
  link(heardMs: number, open: boolean): void;
  word(kind: string, content: Record<string, unknown>): void;
  revoked(): void;
}

/** Follow a room; null: what concerns one's own unit. */
export function follow(room: string | null, hears: Partial<Hears>): Feed {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  const feed = new Feed({
    url: `${scheme}://${location.host}/api/v1/live`,
    room,
    on: {
      snapshot: (_, text) => hears.text?.(text, Date.now()),
      more: (text) => hears.text?.(text, Date.now()),
      event: (_, text) => hears.text?.(text, Date.now()),
      positions: (frame) => hears.frame?.(frame, Date.now()),
      link: (heardMs, open) => hears.link?.(heardMs, open),
      word: (kind, content) => hears.word?.(kind, content),
      revoked: () => hears.revoked?.(),
    },
  });
  feed.start();
  return feed;
}
