// The paper desk of a browser: the last picture, the forms begun, telephone numbers written down here, the counter of numbers. It
// needs no server; once there is one again it takes the forms in.

import { Refused, type Api } from '../core/api';
import { shelf, type Shelf } from '../core/box';
import { speaker } from '../core/language.svelte';
import type { TypeFile } from '../core/reference';
import { sendReady, type Entered, type Fields, type Filled } from './forms';
import { Counter, type Origin } from './numbers';
import type { PaperSheet } from './picture';

const SHEET = 'paper.sheet';
const PHONES = 'paper.phones';
const ORIGIN = 'paper.origin';
const TYPES = 'paper.types';
const KEPT_ENTERED_MS = 24 * 3_600_000;
const t = speaker({ 'no_answer': ['服务器没有应答，表单仍保存在本机。', 'The server did not answer; the forms are still kept here.'] });

export class PaperDesk {
  sheet: PaperSheet | null = $state.raw(null);
  forms: Filled[] = $state.raw([]);
  phones: Record<string, string> = $state.raw({});
  types: TypeFile | null = $state.raw(null);
  /** Blank forms that lie ready to be printed. */
  blanks: string[] = $state.raw([]);
  /** Which form is on the screen. */
  number: string | null = $state(null);
  sending = $state(false);
  /** What stood in the way of the last sending. */
  trouble = $state('');
  /** Somebody has done something here. */
  used = $state(false);
  lasting = $state(true);
  /** What came of the last sending, until somebody has seen it. */
  report: { entered: number; refused: number } | null = $state.raw(null);

  private constructor(
    private readonly kept: Shelf<unknown>,
    private readonly box: Shelf<Filled>,
    private readonly counter: Counter,
    public origin: Origin,
  ) {}

  /** origin: of who sits here; null: nobody could be asked, so who sat here last. */
  static async open(origin: Origin | null): Promise<PaperDesk> {
    const kept = await shelf<unknown>('kept');
    const box = await shelf<Filled>('forms');
    if (origin) await kept.put(ORIGIN, origin);
    const from = origin ?? ((await kept.get(ORIGIN)) as Origin | undefined) ?? { room: '', seat: null };
    const desk = new PaperDesk(kept, box, new Counter(kept), from);
    desk.lasting = kept.lasting;
    desk.sheet = ((await kept.get(SHEET)) as PaperSheet | undefined) ?? null;
    desk.phones = ((await kept.get(PHONES)) as Record<string, string> | undefined) ?? {};
    desk.types = ((await kept.get(TYPES)) as TypeFile | undefined) ?? null;
    await desk.read();
    return desk;
  }

  get form(): Filled | null {
    return this.forms.find((one) => one.number === this.number) ?? null;
  }

  get begun(): number {
    return this.forms.filter((one) => one.state !== 'entered').length;
  }

  get ready(): number {
    return this.forms.filter((one) => one.state === 'ready').length;
  }

  async keepSheet(sheet: PaperSheet): Promise<void> {
    this.sheet = sheet;
    await this.kept.put(SHEET, structuredClone(sheet));
  }

  async keepTypes(types: TypeFile): Promise<void> {
    this.types = types;
    await this.kept.put(TYPES, types);
  }

  async keepPhone(roomId: string, phone: string): Promise<void> {
    this.phones = { ...this.phones, [roomId]: phone };
    await this.kept.put(PHONES, { ...this.phones });
  }

  /** Numbers for so many blank forms; they are taken for good. */
  async makeBlanks(many: number): Promise<void> {
    this.blanks = [...this.blanks, ...(await this.counter.take(this.origin, many))];
  }

  clearBlanks(): void {
    this.blanks = [];
  }

  /** Begin a form on the screen: with a number of its own, or with that of one written by hand. */
  async begin(printed?: string): Promise<void> {
    const number = printed?.normalize('NFKC').replace(/\s/g, '').toUpperCase() || (await this.counter.take(this.origin, 1))[0]!;
    const known = this.forms.some((one) => one.number === number);
    if (!known) await this.keep({ number, fields: { reported_at: localMinute(new Date()) }, state: 'open', madeMs: Date.now() });
    this.number = number;
  }

  /** What is written is kept with every stroke. */
  async write(number: string, fields: Fields): Promise<void> {
    const form = this.forms.find((one) => one.number === number);
    if (!form || form.state === 'entered') return;
    await this.keep({ number, madeMs: form.madeMs, fields: { ...form.fields, ...fields }, state: 'open' });
  }

  async finish(number: string): Promise<void> {
    const form = this.forms.find((one) => one.number === number);
    if (form && form.state !== 'entered') await this.keep({ ...form, state: 'ready' });
    this.number = null;
  }

  async discard(number: string): Promise<void> {
    await this.box.drop(number);
    this.forms = this.forms.filter((one) => one.number !== number);
    if (this.number === number) this.number = null;
  }

  /** As the line comes and goes: what is ready goes in by itself. */
  follow(api: Api, online: boolean): void {
    if (!online) this.trouble = '';
    else if (this.ready && !this.sending && !this.trouble) void this.send(api);
  }

  /** All that are ready, in one act; what became of each stands on it. */
  async send(api: Api): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    this.trouble = '';
    try {
      await sendReady(this.box, this.kept, async (batch) => {
        const { items } = await api.act<{ items: Entered[] }>('/back-entries', batch.body, batch.key);
        const refused = items.filter((one) => one.outcome === 'refused').length;
        this.report = { entered: items.length - refused, refused };
        return items;
      });
    } catch (error) {
      this.trouble = error instanceof Refused ? error.message : t('no_answer');
    } finally {
      await this.read();
      this.sending = false;
    }
  }

  private async read(): Promise<void> {
    const all = await this.box.all();
    const old = all.filter((one) => one.state === 'entered' && Date.now() - one.madeMs > KEPT_ENTERED_MS);
    for (const one of old) await this.box.drop(one.number);
    this.forms = all.filter((one) => !old.includes(one)).sort((a, b) => a.madeMs - b.madeMs);
  }

  private async keep(form: Filled): Promise<void> {
    this.forms = [...this.forms.filter((one) => one.number !== form.number), form].sort((a, b) => a.madeMs - b.madeMs);
    await this.box.put(form.number, form);
  }
}

/** 2026-11-22T21:05, on the clock of this seat. */
export function localMinute(at: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}
