// What the panels of the command room share beside the desk they are built upon: tasks due in all its rooms, answer rates, the brief,
// hand-overs, the log. Each is read again when the feed says that something of it changed; what could not be read is said, and stays.

import type { Camera } from '../../core/cameras';
import type { components } from '../../core/schema';
import type { Task } from '../../core/tasks';
import type { FeedEvent } from '../../core/types';
import { refusal, type Seat } from '../../seat/seat.svelte';
import { DeskState } from '../desk/desk.svelte';
import { TaskList } from '../desk/detail/tasks.svelte';

type Shapes = components['schemas'];
export type Brief = Shapes['Brief'];
export type Figures = Shapes['CallFigures'];
export type ReviewAction = Shapes['ReviewActionShown'];
export type LogLine = Shapes['LogShown'];
export type Presence = Shapes['Presence'];
export type Beat = Shapes['BeatShown'];

const TOLD = 'dispatch110.brief';
const SOON_MS = 400;
const EACH_MS = 30_000;
const DUTY_MS = 15_000;
const TASKS_AT_MOST = 200;

/** Tabs below the map. */
export const WORK = ['duties', 'supervision', 'requests', 'plan', 'handover', 'log', 'roster', 'facts'] as const;
export type Work = (typeof WORK)[number];

export class RoomState {
  readonly desk: DeskState;
  readonly list: TaskList;
  work: Work = $state('duties');
  /** The situation report is looked at instead of the panels. */
  reporting = $state(false);
  tasks: readonly Task[] = $state.raw([]);
  /** Actions of reviews that are not done and whose time has passed. */
  overdue: readonly ReviewAction[] = $state.raw([]);
  figures: Figures | null = $state.raw(null);
  brief: Brief | null = $state.raw(null);
  briefOpen = $state(false);
  log: readonly LogLine[] = $state.raw([]);
  /** Who should be on duty and is, and which beats are covered; read while it is looked at. */
  presence: Presence | null = $state.raw(null);
  beats: readonly Beat[] = $state.raw([]);
  cameras: Camera[] = $state.raw([]);
  /** Grows when a hand-over, or what one lists, may have changed. */
  handed = $state(0);
  wrong = $state('');
  private readonly soon = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(readonly seat: Seat) {
    this.desk = new DeskState(seat);
    this.list = new TaskList(this.desk);
  }

  /** Follow; returns how to stop. */
  start(): () => void {
    void this.readAll();
    void this.readBrief();
    const each = setInterval(() => void Promise.all([this.readFigures(), this.readOverdue()]), EACH_MS);
    const stop = this.seat.onEvent((event) => this.heard(event));
    return () => {
      clearInterval(each);
      stop();
      for (const timer of this.soon.values()) clearTimeout(timer);
    };
  }

  show(work: Work): void {
    this.work = work;
    if (work === 'log') void this.readLog();
    this.desk.open(work);
  }

  /** Do a task where it stands in the list of the room: sign a report, or say what was done. */
  do(task: Task): void {
    this.list.follow(task.incident_id);
    void this.list.do(task).then(() => this.later('tasks', () => this.readTasks()));
  }

  skip(task: Task): void {
    this.list.follow(task.incident_id);
    this.list.skip(task);
  }

  async readBrief(since?: string): Promise<void> {
    await this.read(async () => {
      const told = await this.seat.api.get<Brief>(`/brief${since ? `?since=${encodeURIComponent(since)}` : ''}`);
      this.brief = told;
      if (!since && Object.values(told.counts).some((n) => n > 0) && this.justSat()) this.briefOpen = true;
    });
  }

  /** Whether this is the first look of this sitting: a page loaded anew does not tell it all again. */
  private justSat(): boolean {
    const { principal, expires_at: until, seat_id: seatId } = this.seat.session;
    const sitting = [principal, until, seatId].join(' ');
    if (sessionStorage.getItem(TOLD) === sitting) return false;
    sessionStorage.setItem(TOLD, sitting);
    return true;
  }

  async readLog(): Promise<void> {
    await this.read(async () => { this.log = (await this.seat.api.get<{ items: LogLine[] }>('/shift-log')).items; });
  }

  /** As long as the panel of duty is open; returns how to stop. */
  followDuty(): () => void {
    void this.readDuty();
    const timer = setInterval(() => void this.readDuty(), DUTY_MS);
    return () => clearInterval(timer);
  }

  async readDuty(): Promise<void> {
    await this.read(async () => {
      const { api } = this.seat;
      const [presence, beats, cameras] = await Promise.all([api.get<Presence>('/rosters/presence'), api.get<{ items: Beat[] }>('/beats'), api.get<{ items: Camera[] }>('/cameras')]);
      this.presence = presence;
      this.beats = beats.items;
      this.cameras = cameras.items;
    });
  }

  async readTasks(): Promise<void> {
    await this.read(async () => { this.tasks = (await this.seat.api.get<{ items: Task[] }>(`/tasks?limit=${TASKS_AT_MOST}`)).items; });
  }

  async readOverdue(): Promise<void> {
    await this.read(async () => { this.overdue = (await this.seat.api.get<{ items: ReviewAction[] }>('/review-actions?overdue=true')).items; });
  }

  async readFigures(): Promise<void> {
    await this.read(async () => { this.figures = await this.seat.api.get<Figures>('/calls/figures'); });
  }

  private async readAll(): Promise<void> {
    await Promise.all([this.readTasks(), this.readOverdue(), this.readFigures(), this.readLog()]);
  }

  private heard({ noun, also }: FeedEvent): void {
    const nouns = new Set([noun, ...(also ?? []).map((one) => one.noun)]);
    if (nouns.has('task') || nouns.has('plan')) this.later('tasks', () => this.readTasks());
    if (nouns.has('review_action')) this.later('overdue', () => this.readOverdue());
    if (this.work === 'log' && (nouns.has('log_entry') || nouns.has('handover') || nouns.has('seat') || nouns.has('incident'))) this.later('log', () => this.readLog());
    if (this.work === 'roster' && (nouns.has('roster_shift') || nouns.has('unit') || nouns.has('assignment') || nouns.has('beat_schedule') || nouns.has('camera') || nouns.has('camera_watch') || nouns.has('duty_level') || nouns.has('level_set'))) this.later('roster', () => this.readDuty());
    if (this.work === 'handover') this.later('handed', async () => { this.handed += 1; });
  }

  /** Once, a moment from now, however often it is asked for. */
  private later(name: string, does: () => Promise<void>): void {
    if (this.soon.has(name)) return;
    this.soon.set(name, setTimeout(() => {
      this.soon.delete(name);
      void does();
    }, SOON_MS));
  }

  private async read(does: () => Promise<void>): Promise<void> {
    try {
      await does();
      this.wrong = '';
    } catch (error) {
      this.wrong = refusal(error);
    }
  }
}
