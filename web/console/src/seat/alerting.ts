// One seat, one set of alerts: what is acknowledged or silenced in one of its windows is so in all, and a window that is opened or
// loaded anew goes on where the seat was. The memory is of one sitting: whoever signs in next begins with what there is.

import type { Kept, Word } from '../core/alerts';
import type { Seat } from './seat.svelte';

const KEPT = 'dispatch110.alerts';

type Channel = Pick<BroadcastChannel, 'postMessage' | 'onmessage'>;
type Store = Pick<Storage, 'getItem' | 'setItem'>;
type Sitting = Pick<Seat, 'alerts' | 'session' | 'room' | 'noticed'> & { sound: Pick<Seat['sound'], 'play'> };

const WRITE_AFTER_MS = 300; // in a flood each write would cost a frame
const WRITE_SHARE = 100; // so many times as long as a write took, the page is left alone afterwards
const WRITE_WITHIN_MS = 2_000;

/** Share the alerts of this seat with its other windows, from now on. */
export function shareAlerts(seat: Sitting, open: (name: string) => Channel = (name) => new BroadcastChannel(name), store: Store = localStorage): void {
  const { alerts, session } = seat;
  const sitting = [session.principal, session.expires_at, session.seat_id, seat.room].join(' ');
  let written: ReturnType<typeof setTimeout> | undefined;
  let last: Kept | null = null;
  let tookMs = 0;
  const write = (): void => {
    clearTimeout(written);
    written = undefined;
    if (!last) return;
    const begunMs = performance.now();
    try {
      store.setItem(KEPT, JSON.stringify({ sitting, ...last }));
    } catch {
      // no room left in this browser: a window loaded anew then begins with what there is
    }
    last = null;
    tookMs = performance.now() - begunMs;
  };
  addEventListener('pagehide', write);
  const channel = open(`${KEPT} ${sitting}`);
  channel.onmessage = ({ data }: MessageEvent) => alerts.hear(data as Word);
  alerts.share({
    tell: (word) => channel.postMessage(word),
    recall: () => {
      try {
        const kept = JSON.parse(store.getItem(KEPT) ?? 'null') as ({ sitting: string } & Kept) | null;
        return kept?.sitting === sitting ? kept : null;
      } catch {
        return null; // somebody else wrote there
      }
    },
    keep: (kept) => {
      last = kept;
      written ??= setTimeout(write, Math.max(WRITE_AFTER_MS, Math.min(WRITE_WITHIN_MS, WRITE_SHARE * tookMs)));
    },
    changed: () => {
      seat.noticed += 1;
      seat.sound.play(alerts.level);
    },
  });
}
