// The form of one planned event while it is written: its fields, and its area as it is drawn on the map or pasted.

import type { Geometry } from 'geojson';
import { drawn, isoOf, localText, pasted, type PlannedEvent } from '../../core/events';
import { speaker } from '../../core/language.svelte';
import { tried, type Done } from '../../look/asking.svelte';
import type { EventsState } from './events.svelte';
import { PhaseRows } from './phases.svelte';

const t = speaker({
  area: ['请在图上点出区域（至少3点）或路线（至少2点），或粘贴 GeoJSON', 'Draw an area (3 points) or a route (2 points) on the map, or paste GeoJSON'], times: ['请填写开始和结束时间', 'Say when it starts and ends'],
  name: ['请填写名称', 'Give it a name'], pasted: ['粘贴的 GeoJSON 无法使用：{why}', 'The pasted GeoJSON cannot be used: {why}'],
  gone: ['原任务已变化，请重新打开', 'It has changed meanwhile; open it anew'],
});
const HOUR_MS = 3_600_000;

type Spot = [lon: number, lat: number];

export class EventForm {
  name = $state('');
  kind = $state('sport');
  room = $state('');
  command = $state('');
  commandSeat = $state('');
  readonly phases: PhaseRows;
  starts = $state('');
  ends = $state('');
  crowd = $state('');
  talkGroup = $state('');
  note = $state('');
  contact = $state('');
  exercise = $state(false);
  shape: 'area' | 'route' = $state('area');
  corners: Spot[] = $state.raw([]);
  pasting = $state('');
  refused = $state('');
  busy = $state(false);
  private taken: Geometry | null = $state.raw(null);

  constructor(private readonly page: EventsState, readonly event: PlannedEvent | null) {
    const { seat } = page;
    const round = Math.ceil(seat.now() / HOUR_MS) * HOUR_MS;
    const from = event?.starts_at ?? new Date(round + HOUR_MS).toISOString();
    this.name = event?.name ?? '';
    this.kind = event?.kind ?? 'sport';
    this.room = event?.room ?? seat.room ?? '';
    this.command = event?.command.room ?? this.room;
    this.commandSeat = event?.command.seat ?? '';
    this.phases = new PhaseRows(event?.phases ?? []);
    this.starts = localText(from);
    this.ends = localText(event?.ends_at ?? new Date(Date.parse(from) + 3 * HOUR_MS).toISOString());
    this.crowd = event?.crowd == null ? '' : String(event.crowd);
    this.talkGroup = event?.talk_group ?? '';
    this.note = event?.note ?? '';
    this.contact = event?.contact ?? '';
    this.exercise = event?.exercise ?? false;
    this.taken = (event?.area as unknown as Geometry | undefined) ?? null;
  }

  /** What it is as far as it was drawn, pasted, or kept from before. */
  get geometry(): Geometry | null {
    return (drawn(this.corners, this.shape) as Geometry | null) ?? this.taken;
  }

  /** What to draw of it: a line while there are only two corners. */
  get sketch(): Geometry | null {
    return this.geometry ?? (this.corners.length === 2 ? { type: 'LineString', coordinates: this.corners } : null);
  }

  corner(lon: number, lat: number): void {
    this.corners = [...this.corners, [Number(lon.toFixed(6)), Number(lat.toFixed(6))]];
  }

  undo(): void {
    this.corners = this.corners.slice(0, -1);
  }

  clear(): void {
    this.corners = [];
    this.taken = null;
  }

  paste(): void {
    this.refused = '';
    if (!this.pasting.trim()) return;
    try {
      this.taken = pasted(this.pasting) as Geometry;
      this.corners = [];
      this.pasting = '';
    } catch (error) {
      this.refused = t('pasted', { why: error instanceof Error ? error.message : String(error) });
    }
  }

  /** Keep it; the refusal stands in the form. */
  async keep(): Promise<void> {
    this.paste();
    if (this.refused || this.busy) return;
    const said = this.said();
    if (typeof said === 'string') return void (this.refused = said);
    this.busy = true;
    const done = await this.send(said);
    this.busy = false;
    if (done === true) this.page.shut();
    else this.refused = done;
  }

  private said(): Record<string, unknown> | string {
    const [starts_at, ends_at] = [isoOf(this.starts), isoOf(this.ends)];
    if (!this.name.trim()) return t('name');
    if (!starts_at || !ends_at) return t('times');
    if (!this.geometry) return t('area');
    const phases = this.phases.said(starts_at, ends_at);
    if (typeof phases === 'string') return phases;
    const crowd = this.crowd.trim() ? { crowd: Number(this.crowd) } : {};
    const texts = Object.fromEntries(Object.entries({ talk_group: this.talkGroup, command_seat: this.commandSeat, note: this.note, contact: this.contact }).filter(([, text]) => text.trim()));
    return { name: this.name.trim(), kind: this.kind, area: this.geometry, starts_at, ends_at, room_id: this.room, command_room_id: this.command, exercise: this.exercise, phases, ...crowd, ...texts };
  }

  private send(said: Record<string, unknown>): Promise<Done> {
    const { page, event } = this;
    const live = event && page.seat.picture.events.get(event.id);
    if (live && live.version !== event.version) return Promise.resolve(t('gone'));
    return tried(async () => {
      if (event) {
        await page.seat.api.change('PATCH', `/events/${event.id}`, said, `"${event.version}"`);
      } else {
        const made = await page.seat.api.act<PlannedEvent>('/events', said);
        page.choose(made.id);
      }
    });
  }
}
