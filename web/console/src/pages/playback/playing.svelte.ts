// What the parts of this page share: whom and when was asked for, what was told of them, the moment that is shown, who is chosen.

import { fieldOf, moments, ofArea, ofUnit, type AreaPlayback, type IncidentThen, type Moment, type Played, type UnitPlayback } from '../../core/playback';
import { lastBefore, moved, SPEEDS } from '../../core/replay';
import { refusal, type Seat } from '../../seat/seat.svelte';

export type What = 'units' | 'room' | 'beat' | 'box';
export interface Beat { code: string; name: string; room: string }
export interface Known { id: string; sign: string; room: string }
type Box = readonly [number, number, number, number];

export const MOST_UNITS = 12;
export const MINUTE_MS = 60_000;

export class Playing {
  what: What = $state('units');
  units: string[] = $state([]);
  room = $state('');
  beat = $state('');
  from = $state('');
  to = $state('');
  reason = $state('');
  beats: Beat[] = $state.raw([]);
  /** Asks the map what it shows; null: there is no map. */
  boxOf: (() => Box) | null = $state.raw(null);

  reading = $state(false);
  wrong = $state('');
  played: Played[] = $state.raw([]);
  incidents: IncidentThen[] = $state.raw([]);
  area: AreaPlayback | null = $state.raw(null);
  span: readonly [number, number] | null = $state.raw(null);
  keptSince: string | null = $state(null);
  chosenId: string | null = $state(null);
  t = $state(0);
  playing = $state(false);
  speed = $state<number>(20);
  private turnNumber = 0;

  constructor(readonly seat: Seat) {
    this.last(60);
  }

  /** Choose the last so many minutes. */
  last(minutes: number): void {
    const now = this.seat.now();
    this.from = fieldOf(now - minutes * MINUTE_MS);
    this.to = fieldOf(now + MINUTE_MS);
  }

  async begin(search: string): Promise<void> {
    const asked = new URLSearchParams(search);
    this.room = this.seat.room ?? '';
    const unit = asked.get('unit');
    if (unit) {
      this.units = [unit];
      const [from, to] = [asked.get('from'), asked.get('to')];
      if (from && to) [this.from, this.to] = [fieldOf(Date.parse(from)), fieldOf(Date.parse(to))];
      void this.read();
    }
    try {
      const told = await this.seat.api.get<{ features: { properties: Beat }[] }>('/admin/beats.geojson');
      this.beats = told.features.map((one) => one.properties);
      this.beat ||= this.beats[0]?.code ?? '';
    } catch {
      this.beats = [];
    }
  }

  /** Every unit this seat knows, by call sign. */
  get known(): Known[] {
    void this.seat.changed;
    return [...this.seat.picture.units.values()].map((one) => ({ id: one.id, sign: one.call_sign, room: one.room })).sort((a, b) => a.sign.localeCompare(b.sign, 'zh', { numeric: true }));
  }

  get chosen(): Played | null {
    return this.played.find((one) => one.id === this.chosenId) ?? null;
  }

  get marks(): Moment[] {
    return this.span ? moments(this.chosen, this.incidents, this.span) : [];
  }

  toggle(id: string): void {
    if (this.units.includes(id)) this.units = this.units.filter((one) => one !== id);
    else if (this.units.length < MOST_UNITS) this.units = [...this.units, id];
  }

  private path(): string[] {
    const query = new URLSearchParams({ from: new Date(this.from).toISOString(), to: new Date(this.to).toISOString() });
    if (this.reason.trim()) query.set('reason', this.reason.trim());
    if (this.what === 'units') return this.units.map((id) => `/units/${id}/playback?${query}`);
    if (this.what === 'room') query.set('room', this.room);
    else if (this.what === 'beat') query.set('beat', this.beat);
    else query.set('bbox', (this.boxOf?.() ?? []).map((one) => one.toFixed(6)).join(','));
    return [`/playback?${query}`];
  }

  get ready(): boolean {
    if (!this.from || !this.to) return false;
    return this.what === 'units' ? this.units.length > 0 : this.what === 'room' ? Boolean(this.room) : this.what === 'beat' ? Boolean(this.beat) : this.boxOf !== null;
  }

  async read(): Promise<void> {
    const turn = (this.turnNumber += 1);
    this.reading = true;
    this.playing = false;
    try {
      const told = await Promise.all(this.path().map((path) => this.seat.api.get<UnitPlayback | AreaPlayback>(path)));
      if (turn !== this.turnNumber) return;
      this.wrong = '';
      this.show(told);
    } catch (error) {
      if (turn === this.turnNumber) this.wrong = refusal(error);
    } finally {
      if (turn === this.turnNumber) this.reading = false;
    }
  }

  private show(told: readonly (UnitPlayback | AreaPlayback)[]): void {
    const area = told.find((one): one is AreaPlayback => 'items' in one) ?? null;
    this.area = area;
    this.played = area ? ofArea(area) : told.map((one) => ofUnit(one as UnitPlayback));
    this.incidents = area?.incidents ?? [];
    this.span = [Math.min(...told.map((one) => one.from_ms)), Math.max(...told.map((one) => one.to_ms))];
    this.keptSince = told[0]?.kept_since ?? null;
    if (!this.chosen) this.chosenId = this.played[0]?.id ?? null;
    this.t = this.span[0];
  }

  go(t: number): void {
    if (!this.span) return;
    this.t = Math.min(this.span[1], Math.max(this.span[0], t));
    if (this.t >= this.span[1]) this.playing = false;
  }

  turn(): void {
    if (!this.span) return;
    if (!this.playing && this.t >= this.span[1]) this.t = this.span[0];
    this.playing = !this.playing;
  }

  pass(passedMs: number): void {
    if (!this.playing || !this.span) return;
    this.t = moved(this.t, passedMs, this.speed, this.span[1]);
    if (this.t >= this.span[1]) this.playing = false;
  }

  faster(step: 1 | -1): void {
    const n = lastBefore(SPEEDS, this.speed) + step;
    this.speed = SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, n))]!;
  }

  jump(forward: boolean): void {
    const times = this.marks.map((one) => one.t);
    const at = forward ? times.find((one) => one > this.t) : times.findLast((one) => one < this.t);
    if (at !== undefined) this.go(at);
  }

  choose(step: 1 | -1): void {
    const n = this.played.findIndex((one) => one.id === this.chosenId) + step;
    const next = this.played[Math.min(this.played.length - 1, Math.max(0, n))];
    if (next) this.chosenId = next.id;
  }
}
