// What was said between this unit and its dispatchers: from the feed, and once from the start. By id, newest last.

import type { Api } from '../../core/api';
import type { components } from '../../core/schema';
import type { FeedEvent, Snapshot } from '../../core/types';

export type Message = components['schemas']['MessageShown'];
const MOST = 60;

export class Messages {
  private readonly byId = new Map<string, Message>();

  constructor(private readonly unitId: string) {}

  get all(): Message[] {
    return [...this.byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1)).slice(-MOST);
  }

  /** To the unit, and not seen by anybody there. */
  get unread(): Message[] {
    return this.all.filter((one) => one.direction === 'to_unit' && !one.read_at);
  }

  load(snapshot: Snapshot): void {
    for (const one of (snapshot['messages'] ?? []) as Message[]) this.take(one);
  }

  apply(event: FeedEvent): void {
    if (event.noun === 'message' && event.now) this.take(event.now as unknown as Message);
  }

  async readAll(api: Api): Promise<void> {
    const page = await api.get<{ items: Message[] }>(`/units/${this.unitId}/messages?limit=${MOST}`);
    for (const one of page.items) this.take(one);
  }

  private take(one: Message): void {
    if (one.unit_id !== this.unitId) return;
    const known = this.byId.get(one.id);
    if (!known || one.version >= known.version) this.byId.set(one.id, one);
  }
}
