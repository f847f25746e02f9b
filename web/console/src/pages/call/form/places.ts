// Where the caller may mean: what the gazetteer is asked while somebody types, and which answer Enter takes. Pure but for the timer.

import type { components } from '../../../core/schema';

export type PlaceFound = components['schemas']['PlaceFound'];
export const MOST = 8;
const WAIT_MS = 110;
/** What is merely like what was typed is never taken by itself. */
const DOUBTFUL = new Set<PlaceFound['match']>(['close', 'does_not_cross', 'nearby_number']);

/** The address that is asked: the text, around the middle of what one looks at. */
export function question(text: string, middle: { lon: number; lat: number } | null): string {
  const asked = new URLSearchParams({ q: text, limit: String(MOST) });
  if (middle) {
    asked.set('lon', middle.lon.toFixed(5));
    asked.set('lat', middle.lat.toFixed(5));
  }
  return `/places?${asked}`;
}

/** Which row Enter takes without anybody having chosen: the first, unless others fit as well or it is only like what was typed. */
export function surely(found: readonly PlaceFound[]): number {
  const [first] = found;
  return first && !first.ambiguous && !DOUBTFUL.has(first.match) ? 0 : -1;
}

/** How many places fit as well as the first, so that the caller must be asked. */
export const alike = (found: readonly PlaceFound[]): number => (found[0]?.ambiguous ? found.filter((one) => one.ambiguous).length : 0);

/** Asks once typing pauses; an answer that comes after a newer question is dropped. */
export class Asking<T> {
  private number = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private next: string | null = null;
  private going: Promise<void> | null = null;

  constructor(
    private readonly ask: (text: string) => Promise<T[]>,
    private readonly show: (found: T[], text: string) => void,
    private readonly failed: () => void = () => {},
    private readonly waitMs = WAIT_MS,
  ) {}

  type(text: string): void {
    this.stop();
    const wanted = text.trim();
    if (!wanted) return this.show([], '');
    this.next = wanted;
    this.timer = setTimeout(() => void this.now(), this.waitMs);
  }

  /** Whether an answer to what was typed last is still to come. */
  get pending(): boolean {
    return this.next !== null || this.going !== null;
  }

  /** Ask without waiting any longer; done when what was typed last is answered. */
  async now(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    if (this.next === null) return this.going ?? undefined;
    const wanted = this.next;
    this.next = null;
    const going = this.answer(wanted, this.number);
    this.going = going;
    await going;
    if (this.going === going) this.going = null;
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.next = null;
    this.going = null;
    this.number += 1;
  }

  private async answer(wanted: string, number: number): Promise<void> {
    try {
      const found = await this.ask(wanted);
      if (number === this.number) this.show(found, wanted);
    } catch {
      if (number === this.number) this.failed(); // one types the whole address, and the pin goes by hand
    }
  }
}
