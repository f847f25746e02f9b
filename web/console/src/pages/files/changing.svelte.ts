// A changed file on its way into force: read, compared with what holds, tried against last week, put in under the version that was
// compared. Nothing of it counts before the last step, and any step can be left.

import { Refused } from '../../core/api';
import { speaker } from '../../core/language.svelte';
import type { components } from '../../core/schema';
import { refusal, type Seat } from '../../seat/seat.svelte';

type Shapes = components['schemas'];
export type Compared = Shapes['Compared'];
export type Change = Shapes['Change'];
export type DryRun = Shapes['DryRun'];
export type CardTrial = Shapes['CardTrial'];
export type What = 'rules' | 'plans' | 'run-cards';

/** The list in a file of each, and what judges it by last week, where there is such a thing. */
const LIST: Readonly<Record<What, string>> = { rules: 'rules', plans: 'plans', 'run-cards': 'cards' };

/** A dry run looks for 20 s at most; then it says how far it came. */
const DRY_RUN_MS = 45_000;
const MOST_BYTES = 4_000_000;

const t = speaker({
  large: ['文件太大，最多 {mb} MB。', 'The file is too large; at most {mb} MB.'],
  broken: ['这不是 JSON 文件：{why}。请在下载的文件上修改。', 'This is no JSON file: {why}. Change the file that you downloaded.'],
  list: ['文件里没有“{what}”这一项。请在下载的文件上修改。', 'The file has no “{what}”. Change the file that you downloaded.'],
  newer: ['比对后已有他人换入新版。已重新比对，请再看一遍。', 'Somebody put in a newer version after you compared. It is compared anew: look once more.'],
  held: ['第 {n} 版已生效。', 'Version {n} is in force.'],
});

/** The parts of a file, or why it is none. */
export function fileOf(text: string, what: What): { file: Record<string, unknown> } | { wrong: string } {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (error) {
    return { wrong: t('broken', { why: (error as Error).message }) };
  }
  const has = typeof file === 'object' && file !== null && Array.isArray((file as Record<string, unknown>)[LIST[what]]);
  return has ? { file: file as Record<string, unknown> } : { wrong: t('list', { what: LIST[what] }) };
}

export class Changing {
  /** What the file is called; null: none was chosen. */
  name: string | null = $state(null);
  compared: Compared | null = $state.raw(null);
  /** What rules would have done last week. */
  dry: DryRun | null = $state.raw(null);
  /** What run cards would have asked for last week. */
  cards: CardTrial | null = $state.raw(null);
  wrong = $state('');
  busy: 'compare' | 'dry' | 'put' | null = $state(null);
  private file: Record<string, unknown> | null = null;

  constructor(private readonly seat: Seat, readonly what: What, private readonly held: () => void) {}

  get sound(): boolean {
    return this.compared !== null && this.compared.faults.length === 0 && this.compared.changes.length > 0;
  }

  async choose(chosen: File): Promise<void> {
    this.leave();
    this.name = chosen.name;
    if (chosen.size > MOST_BYTES) {
      this.wrong = t('large', { mb: MOST_BYTES / 1_000_000 });
      return;
    }
    const read = fileOf(await chosen.text(), this.what);
    if ('wrong' in read) this.wrong = read.wrong;
    else {
      this.file = read.file;
      await this.compare();
    }
  }

  async compare(): Promise<void> {
    await this.during('compare', async () => {
      this.compared = await this.seat.api.act<Compared>(`/admin/${this.what}/compare`, { file: this.file });
    });
  }

  /** Whether it was tried already. */
  get tried(): boolean {
    return this.dry !== null || this.cards !== null;
  }

  async dryRun(): Promise<void> {
    const ask = <T>(): Promise<T> => this.seat.api.act<T>(`/admin/${this.what}/dry-run`, { file: this.file }, undefined, DRY_RUN_MS);
    await this.during('dry', async () => {
      if (this.what === 'run-cards') this.cards = await ask<CardTrial>();
      else this.dry = await ask<DryRun>();
    });
  }

  async put(): Promise<void> {
    const { compared } = this;
    if (!compared || !this.sound) return;
    await this.during('put', async () => {
      try {
        await this.seat.api.change('PUT', `/admin/${this.what}`, this.file, `"${compared.version}"`);
      } catch (error) {
        if (!(error instanceof Refused) || error.status !== 412) throw error;
        this.compared = await this.seat.api.act<Compared>(`/admin/${this.what}/compare`, { file: this.file });
        this.wrong = t('newer');
        return;
      }
      this.seat.toasts.good(t('held', { n: compared.version + 1 }));
      this.leave();
      this.held();
    });
  }

  leave(): void {
    Object.assign(this, { name: null, compared: null, dry: null, cards: null, wrong: '', file: null });
  }

  private async during(busy: 'compare' | 'dry' | 'put', does: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.busy = busy;
    this.wrong = '';
    try {
      await does();
    } catch (error) {
      this.wrong = error instanceof Refused && error.status === 400 ? error.message : refusal(error);
    } finally {
      this.busy = null;
    }
  }
}

/** Give the file that holds to the browser, to be kept or changed. */
export async function download(seat: Seat, what: What): Promise<void> {
  try {
    const { body, etag } = await seat.api.read(`/admin/${what}`);
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([`${JSON.stringify(body, null, 2)}\n`], { type: 'application/json' }));
    link.download = `${what}-${(etag ?? '').replaceAll('"', '')}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 0);
  } catch (error) {
    seat.toasts.bad(refusal(error));
  }
}
