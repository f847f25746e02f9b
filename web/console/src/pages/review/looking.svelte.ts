// What the parts of this page share: which review and incident, its course and tracks, and the moment that is shown.

import { lastBefore, moved, neighbour, span, SPEEDS, type Course, type UnitTrack } from '../../core/replay';
import type { components } from '../../core/schema';
import { Asking } from '../../look/asking.svelte';
import { refusal, type Seat } from '../../seat/seat.svelte';

export type ReviewShown = components['schemas']['AfterActionReviewShown'];
export type ReviewAction = components['schemas']['ReviewActionShown'];
type Tracks = components['schemas']['Tracks'];
interface Page<T> { items: T[]; next: string | null }

/** A live incident is read again after its facts, no more often than that. */
const AGAIN_MS = 4_000;
export const LAST_MINUTES = 10;

export class Looking {
  readonly asking: Asking;
  reviews: ReviewShown[] = $state.raw([]);
  overdue: ReviewAction[] = $state.raw([]);
  review: ReviewShown | null = $state.raw(null);
  incidentId: string | null = $state(null);
  course: Course | null = $state.raw(null);
  tracks: UnitTrack[] = $state.raw([]);
  keptSince: string | null = $state(null);
  trackless = $state('');
  wrong = $state('');
  t = $state(0);
  playing = $state(false);
  speed = $state<number>(5);
  /** null: the whole incident. */
  lastMinutes: number | null = $state(null);
  texts = $state(false);
  /** Position in the journal of the fact that is looked at. */
  fact: number | null = $state(null);
  private timer: ReturnType<typeof setTimeout> | undefined;
  private at = 0;

  constructor(readonly seat: Seat) {
    this.asking = new Asking((why) => seat.toasts.bad(why), () => seat.unsent);
  }

  get from(): number {
    return this.course ? span(this.course, this.lastMinutes)[0] : 0;
  }

  get to(): number {
    return this.course ? span(this.course, this.lastMinutes)[1] : 0;
  }

  /** What the address asks for. */
  begin(search: string): void {
    const asked = new URLSearchParams(search);
    const [review, incident] = [asked.get('review'), asked.get('incident')];
    if (asked.get('last')) this.lastMinutes = LAST_MINUTES;
    if (review) void this.openReview(review);
    else if (incident) void this.openIncident(incident);
    void this.readLists();
  }

  async readLists(): Promise<void> {
    try {
      const [reviews, overdue] = await Promise.all([
        this.seat.api.get<Page<ReviewShown>>('/after-action-reviews?limit=200'), this.seat.api.get<Page<ReviewAction>>('/review-actions?overdue=true&limit=200'),
      ]);
      this.reviews = reviews.items;
      this.overdue = overdue.items;
    } catch (error) {
      this.wrong = refusal(error);
    }
  }

  async openReview(id: string): Promise<void> {
    try {
      const review = await this.seat.api.get<ReviewShown>(`/after-action-reviews/${id}`);
      if (this.incidentId !== review.incident_id) await this.openIncident(review.incident_id, review);
      this.review = review;
      this.say();
    } catch (error) {
      this.wrong = refusal(error);
    }
  }

  async openIncident(id: string, review: ReviewShown | null = null): Promise<void> {
    this.incidentId = id;
    this.review = review;
    this.course = null;
    this.tracks = [];
    this.texts = false;
    this.fact = null;
    this.playing = false;
    await this.read(true);
    if (!review) {
      const found = this.reviews.find((one) => one.incident_id === id && (one.state === 'waiting' || one.state === 'open'));
      if (found) void this.openReview(found.id);
    }
    this.say();
  }

  leave(): void {
    this.playing = false;
    [this.incidentId, this.review, this.course, this.tracks] = [null, null, null, []];
    history.replaceState(null, '', location.pathname);
    void this.readLists();
  }

  private say(): void {
    const asked = this.review ? `review=${this.review.id}` : `incident=${this.incidentId}${this.lastMinutes ? '&last=10' : ''}`;
    history.replaceState(null, '', `${location.pathname}?${asked}`);
  }

  /** Read the course and the tracks; first: the moment begins where it is most telling. */
  async read(first = false): Promise<void> {
    const id = this.incidentId;
    if (!id) return;
    try {
      const course = await this.seat.api.get<Course>(`/incidents/${id}/course${this.texts ? '?texts=true' : ''}`);
      if (id !== this.incidentId) return;
      const wasAtEnd = !first && this.t >= this.to;
      this.course = course;
      this.wrong = '';
      if (first) this.t = course.running && this.lastMinutes === null ? this.to : this.from;
      else if (wasAtEnd) this.t = this.to;
      await this.readTracks(id);
    } catch (error) {
      if (id === this.incidentId) this.wrong = refusal(error);
    }
  }

  private async readTracks(id: string): Promise<void> {
    try {
      const told = await this.seat.api.get<Tracks>(`/incidents/${id}/course/tracks`);
      if (id !== this.incidentId) return;
      this.tracks = told.items;
      this.keptSince = told.kept_since;
      this.trackless = '';
    } catch (error) {
      this.trackless = refusal(error);
    }
  }

  /** Something of the incident or of a review has happened. */
  heard(noun: string, id: string, incidentId: string | null): void {
    if (noun === 'after_action_review' || noun === 'review_action') {
      if (this.review && (id === this.review.id || this.review.actions.some((one) => one.id === id) || noun === 'review_action')) void this.openReview(this.review.id);
      void this.readLists();
    }
    if (!this.course?.running || (id !== this.incidentId && incidentId !== this.incidentId)) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { this.at = Date.now(); void this.read(); }, Math.max(500, this.at + AGAIN_MS - Date.now()));
  }

  go(t: number): void {
    this.t = Math.min(this.to, Math.max(this.from, t));
    if (this.t >= this.to) this.playing = false;
  }

  /** A fact was taken: its moment, and it is what a finding would speak of. */
  take(position: number, t: number): void {
    this.fact = position;
    this.playing = false;
    this.go(t);
  }

  turn(): void {
    if (!this.playing && this.t >= this.to) this.t = this.from;
    this.playing = !this.playing;
  }

  pass(passedMs: number): void {
    if (!this.playing) return;
    this.t = moved(this.t, passedMs, this.speed, this.to);
    if (this.t >= this.to) this.playing = false;
  }

  faster(step: 1 | -1): void {
    const n = lastBefore(SPEEDS, this.speed) + step;
    this.speed = SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, n))]!;
  }

  jump(forward: boolean): void {
    const at = neighbour(this.course?.knowledge ?? [], this.t, forward);
    if (at !== null) this.go(at);
  }

  show(lastMinutes: number | null): void {
    this.lastMinutes = lastMinutes;
    this.go(lastMinutes === null ? this.t : this.from);
    this.say();
  }

  async openTexts(): Promise<void> {
    this.texts = true;
    await this.read();
  }
}
