// Paper-ready: any page of a seat starts this once. Every five minutes the picture is kept in the browser; when the stream has been
// dead for a while the paper page lies over the seat's own, all by itself, and needs nothing from anywhere to do so.

import { mount, unmount } from 'svelte';
import Overlay from '../paper/Overlay.svelte';
import { PaperDesk } from '../paper/desk.svelte';
import { sheetOf } from '../paper/picture';
import { keepPages } from '../offline/register';
import type { Seat } from './seat.svelte';

const KEEP_EVERY_MS = 300_000;
const FIRST_MS = 5_000;
const LOOK_EVERY_MS = 1_000;

/** Keep the picture, watch the line. Returns how to stop. */
export function keepPaper(seat: Seat): () => void {
  const root = document.createElement('div');
  root.className = 'paper-root';
  document.body.append(root);
  let desk: PaperDesk | null = null;
  let overlay: Record<string, unknown> | null = null;
  let keptMs = 0;

  const keep = (): void => {
    if (!desk || !seat.filled || !seat.heardMs) return;
    keptMs = Date.now();
    void desk.keepSheet(sheetOf(seat.picture, seat.reference, seat.room, seat.heardMs));
    if (seat.reference.file.types.length) void desk.keepTypes(seat.reference.file);
  };
  const look = (): void => {
    const quietMs = Date.now() - seat.heardMs;
    const due = Date.now() - keptMs >= (keptMs ? KEEP_EVERY_MS : FIRST_MS);
    const stale = desk?.sheet && seat.heardMs > desk.sheet.heardMs && quietMs > 3_000; // the last word, as soon as it may be the last
    if (due || stale) keep();
  };
  void (async () => {
    void keepPages();
    const code = seat.room ? seat.reference.rooms.get(seat.room)?.code : undefined;
    const seatCode = seat.session.seat?.code ?? null;
    desk = await PaperDesk.open({ room: code ?? '', seat: seatCode });
    overlay = mount(Overlay, { target: root, props: { seat, desk } });
  })();
  const timer = setInterval(look, LOOK_EVERY_MS);
  addEventListener('pagehide', keep);
  return () => {
    clearInterval(timer);
    removeEventListener('pagehide', keep);
    if (overlay) void unmount(overlay);
    root.remove();
  };
}
