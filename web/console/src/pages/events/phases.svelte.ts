// Rows of phases while they are written: of a draft in its form, or of an event that was approved in a form of their own.

import { isoOf, localText, phaseAt, samePhases, type Phase, type PlannedEvent } from '../../core/events';
import { speaker } from '../../core/language.svelte';
import { tried } from '../../look/asking.svelte';
import type { EventsState } from './events.svelte';

const t = speaker({
  phase: ['请填写第 {n} 阶段的名称和时间', 'Give phase {n} a name and its times'], within: ['阶段「{name}」须在任务时间之内，且先开始后结束', 'The phase “{name}” must lie within the event and end after it starts'],
  past: ['阶段「{name}」不能早于现在开始', 'The phase “{name}” cannot begin before now'], manned: ['阶段「{name}」仍有岗位：{posts}。请先撤岗，或保留该阶段。', 'The phase “{name}” still has posts: {posts}. Withdraw them first, or keep it.'],
  gone: ['他人刚刚修改过该任务，请关闭后重新打开', 'Somebody else has changed the event; close this and open it anew'],
});
const MOST = 20;
const MINUTE_MS = 60_000;

export interface PhaseRow {
  /** The phase as it was, for one there is. */
  was: Phase | null;
  /** It has begun, or is over, and stays as it is. */
  fixed: boolean;
  name: string;
  starts: string;
  ends: string;
}

interface Said {
  id?: string;
  name: string;
  starts_at: string;
  ends_at: string;
}

export class PhaseRows {
  rows: PhaseRow[] = $state([]);

  /** nowMs: what has begun by then stays; null: nothing has. */
  constructor(phases: readonly Phase[], nowMs: number | null = null) {
    this.rows = phases.map((was) => ({ was, fixed: nowMs !== null && phaseAt(was, nowMs) !== 'ahead', name: was.name, starts: localText(was.starts_at), ends: localText(was.ends_at) }));
  }

  get full(): boolean {
    return this.rows.length >= MOST;
  }

  /** One more, from where the last one ends. */
  add(from: string, to: string): void {
    if (!this.full) this.rows = [...this.rows, { was: null, fixed: false, name: '', starts: this.rows.at(-1)?.ends ?? from, ends: to }];
  }

  drop(n: number): void {
    this.rows = this.rows.filter((_, at) => at !== n);
  }

  /** As they are sent, or what is wrong with them. */
  said(from: string, to: string): Said[] | string {
    const said: Said[] = [];
    for (const [n, row] of this.rows.entries()) {
      const name = row.name.trim();
      const [starts_at, ends_at] = [momentOf(row.starts, row.was?.starts_at), momentOf(row.ends, row.was?.ends_at)];
      if (!name || !starts_at || !ends_at) return t('phase', { n: n + 1 });
      const outside = Date.parse(starts_at) < Date.parse(from) || Date.parse(ends_at) > Date.parse(to) || Date.parse(starts_at) >= Date.parse(ends_at);
      if (outside && !row.fixed) return t('within', { name });
      said.push({ ...(row.was?.id ? { id: row.was.id } : {}), name, starts_at, ends_at });
    }
    return said;
  }
}

/** What a field says; what nobody touched keeps the seconds it had. */
const momentOf = (local: string, was: string | undefined): string | null => (was && local === localText(was) ? was : isoOf(local));

/** Other phases for an event that was approved, all in one act. */
export class PhasesForm {
  readonly phases: PhaseRows;
  reason = $state('');
  refused = $state('');
  busy = $state(false);

  constructor(private readonly page: EventsState, readonly event: PlannedEvent) {
    this.phases = new PhaseRows(event.phases, page.seat.now());
  }

  /** One more: after the last, in what is left of the event. */
  add(): void {
    const now = Math.ceil(this.page.seat.now() / MINUTE_MS) * MINUTE_MS;
    const from = Math.max(now, Date.parse(this.event.starts_at));
    const last = this.event.phases.at(-1)?.ends_at ?? '';
    this.phases.add(localText(new Date(from).toISOString()), localText(this.event.ends_at));
    const row = this.phases.rows.at(-1);
    if (row && (Date.parse(last) < from || row.starts >= row.ends)) row.starts = localText(new Date(from).toISOString());
  }

  /** Names of posts that are manned for a row, which would be left without it. */
  postsOf(row: PhaseRow): string[] {
    return row.was?.id ? this.event.posts.filter((post) => post.phase_id === row.was?.id && !post.withdrawn_at && !post.relieved_at).map((post) => post.name) : [];
  }

  async keep(): Promise<void> {
    if (this.busy) return;
    const said = this.said();
    if (typeof said === 'string') return void (this.refused = said);
    const { page, event } = this;
    const live = page.seat.picture.events.get(event.id);
    if (live && live.version !== event.version && !samePhases(live.phases, event.phases)) return void (this.refused = t('gone'));
    this.busy = true;
    const done = await tried(async () => {
      const reason = this.reason.trim() ? { reason: this.reason.trim() } : {};
      await page.seat.api.change('PUT', `/events/${event.id}/phases`, { phases: said, ...reason }, `"${live?.version ?? event.version}"`);
    });
    this.busy = false;
    if (done === true) page.shut();
    else this.refused = done;
  }

  private said(): Said[] | string {
    const { event, page } = this;
    const kept = new Set(this.phases.rows.map((row) => row.was?.id));
    for (const was of event.phases.filter((one) => one.id && !kept.has(one.id))) {
      const posts = this.postsOf({ was, fixed: false, name: '', starts: '', ends: '' });
      if (posts.length) return t('manned', { name: was.name, posts: posts.join('、') });
    }
    const said = this.phases.said(event.starts_at, event.ends_at);
    if (typeof said === 'string') return said;
    const early = this.phases.rows.findIndex((row, n) => !row.fixed && said[n]!.starts_at !== row.was?.starts_at && Date.parse(said[n]!.starts_at) < Math.floor(page.seat.now() / MINUTE_MS) * MINUTE_MS);
    return early < 0 ? said : t('past', { name: said[early]!.name });
  }
}
