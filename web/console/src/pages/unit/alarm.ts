// How the page calls the crew: sound and vibration until a new order is accepted, a lit screen while there is a job, and a
// notification when the page is behind another. Browsers allow each of it or not; what they refuse is no error.

import { Sound } from '../../core/sound';
import { feel } from './feel';

const PATTERNS = { 1: [400, 120, 400, 120, 400], 2: [400, 200, 400] } as const;
const AGAIN_MS = 3_000;

export class Alarm {
  readonly sound = new Sound();
  /** The order that was told to be quiet. */
  private hushed: string | null = null;
  private shakenMs = 0;
  private shown: string | null = null;
  private lock: { release(): Promise<void> } | null = null;
  private locking = false;
  private called: { key: string; level: 1 | 2 } | null = null;
  /** What a notification says; nothing of the incident, since it lies on a locked screen. */
  title = '';

  /** Once a second: what rings, and whether the screen stays lit. */
  look(ringing: { key: string; level: 1 | 2 } | null, lit: boolean): void {
    this.called = ringing;
    const loud = ringing && ringing.key !== this.hushed ? ringing : null;
    this.sound.play(loud?.level ?? null);
    if (loud && Date.now() - this.shakenMs >= AGAIN_MS) this.shake(PATTERNS[loud.level]);
    if (loud && document.hidden) this.show(loud.key);
    void this.light(lit);
  }

  get rings(): boolean {
    return this.called !== null && this.called.key !== this.hushed;
  }

  hush(): void {
    this.hushed = this.called?.key ?? null;
    this.sound.play(null);
    feel(0);
  }

  /** One short call: somebody asks something. */
  nudge(): void {
    this.shake([200, 100, 200]);
    void this.sound.check(2);
  }

  shake(pattern: readonly number[]): void {
    this.shakenMs = Date.now();
    feel(pattern);
  }

  /** Whether one may still ask to show notifications. */
  get askable(): boolean {
    return 'Notification' in globalThis && Notification.permission === 'default';
  }

  async allow(): Promise<void> {
    await Notification.requestPermission();
  }

  private show(key: string): void {
    if (this.shown === key || !('Notification' in globalThis) || Notification.permission !== 'granted') return;
    this.shown = key;
    const how = { tag: 'job', requireInteraction: true, renotify: true, icon: '/assets/icon.svg', vibrate: [...PATTERNS[1]] };
    void navigator.serviceWorker?.ready.then((worker) => worker.showNotification(this.title, how as NotificationOptions)).catch(() => {});
  }

  private async light(wanted: boolean): Promise<void> {
    const wake = (navigator as { wakeLock?: { request(type: 'screen'): Promise<{ release(): Promise<void>; onrelease: unknown }> } }).wakeLock;
    if (!wake || this.locking || wanted === (this.lock !== null) || (wanted && document.hidden)) return;
    this.locking = true;
    try {
      if (wanted) {
        const lock = await wake.request('screen');
        this.lock = lock;
        lock.onrelease = () => { this.lock = null; };
      } else {
        await this.lock?.release();
        this.lock = null;
      }
    } catch {
      this.lock = null; // low battery, or the page is hidden: asked again next second
    } finally {
      this.locking = false;
    }
  }
}
