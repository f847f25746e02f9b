// The paper desk of a browser: the last picture, the forms begun, telephone numbers written down here, the counter of numbers. It
// needs no server; once there is one again it takes the forms in.

import { Refused, type Api } from '../core/api';
import { shelf, type Shelf } from '../core/box';
import { speaker } from '../core/language.svelte';
import type { TypeFile } from '../core/reference';
import { refusedText } from '../words/refusals';
import { sendReady, type Batch, type Entered, type Fields, type Filled } from './forms';
import { Counter, type Origin } from './numbers';
import type { PaperSheet } from './picture';

const SHEET = 'paper.picture';
const PHONES = 'paper.phones';
const ORIGIN = 'paper.origin';
const TYPES = 'paper.types';
const KEPT_ENTERED_MS = 24 * 3_600_000;
const t = speaker({
  'no_answer': ['服务器没有应答，表单仍保存在本机。', 'The server did not answer; the forms are still kept here.'],
  'no_number': ['本机不能保存编号，为免重号没有发新编号：请用已打印的空白表，或用白纸记录。', 'This browser cannot keep the count of numbers, so none was given: two forms might get the same. Use printed blank forms, or plain paper.'],
  'not_sent': ['本机存储已满或不允许保存，没有补录：请不要关闭本页，把表单抄到纸上，请管理员清理浏览器数据后再试。', 'This browser’s storage is full or forbidden, so nothing went in: do not close this page, copy the forms onto paper, have the browser’s data cleared, then try again.'],
  'not_dropped': ['本机存储出错，表单没有移除，请再试。', 'This browser’s storage failed: the form was not taken off, try again.'],
  'unread': ['本机保存的表单未能读取：请先用纸笔，并刷新本页再试。', 'The forms kept in this browser could not be read: use paper for now, and reload the page to try again.'],
});

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
  /** What this browser would not keep: numbers of forms, and names of other things. It is on the screen only, and said. */
  unkept: ReadonlySet<string> = $state.raw(new Set<string>());
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
    const desk = new PaperDesk(kept, box, new Counter(kept), origin ?? { room: '', seat: null });
    desk.lasting = kept.lasting;
    if (origin) await desk.put(ORIGIN, () => kept.put(ORIGIN, origin));
    try {
      if (!origin) desk.origin = ((await kept.get(ORIGIN)) as Origin | undefined) ?? desk.origin;
      desk.sheet = ((await kept.get(SHEET)) as PaperSheet | undefined) ?? null;
      desk.phones = ((await kept.get(PHONES)) as Record<string, string> | undefined) ?? {};
      desk.types = ((await kept.get(TYPES)) as TypeFile | undefined) ?? null;
      await desk.read();
    } catch {
      desk.trouble = t('unread'); // a page without what was kept is better than none
    }
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
    await this.put(SHEET, () => this.kept.put(SHEET, sheet));
  }

  async keepTypes(types: TypeFile): Promise<void> {
    this.types = types;
    await this.put(TYPES, () => this.kept.put(TYPES, types));
  }

  async keepPhone(roomId: string, phone: string): Promise<void> {
    this.phones = { ...this.phones, [roomId]: phone };
    await this.put(PHONES, () => this.kept.put(PHONES, { ...this.phones }));
  }

  /** Numbers for so many blank forms; they are taken for good. */
  async makeBlanks(many: number): Promise<void> {
    this.blanks = [...this.blanks, ...(await this.numbers(many))];
  }

  clearBlanks(): void {
    this.blanks = [];
  }

  /** Begin a form on the screen: with a number of its own, or with that of one written by hand. */
  async begin(printed?: string): Promise<void> {
    const number = printed?.normalize('NFKC').replace(/\s/g, '').toUpperCase() || (await this.numbers(1))[0];
    if (!number) return;
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
    if (!(await this.put(number, () => this.box.drop(number)))) {
      this.trouble = t('not_dropped');
      return;
    }
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
      for (const form of this.forms.filter((one) => this.unkept.has(one.number))) await this.keep(form); // what goes in is what lies there
      await sendReady(this.box, this.kept, (batch) => this.enter(api, batch));
      await this.read();
    } catch {
      this.trouble ||= t('not_sent'); // not the server, whose trouble is said: this browser
    } finally {
      this.sending = false;
    }
  }

  /** One act for the whole batch; why it failed is said. */
  private async enter(api: Api, batch: Batch): Promise<Entered[]> {
    try {
      const { items } = await api.act<{ items: Entered[] }>('/back-entries', batch.body, batch.key);
      const refused = items.filter((one) => one.outcome === 'refused').length;
      this.report = { entered: items.length - refused, refused };
      return items;
    } catch (error) {
      this.trouble = error instanceof Refused ? refusedText(error.code, error.message) : t('no_answer');
      throw error;
    }
  }

  /** What lies there; of a form that could not be kept the screen has the newer words. */
  private async read(): Promise<void> {
    const all = await this.box.all();
    const old = all.filter((one) => one.state === 'entered' && Date.now() - one.madeMs > KEPT_ENTERED_MS);
    for (const one of old) await this.box.drop(one.number);
    const here = this.forms.filter((one) => this.unkept.has(one.number));
    const there = all.filter((one) => !old.includes(one) && !here.some((other) => other.number === one.number));
    this.forms = [...there, ...here].sort((a, b) => a.madeMs - b.madeMs);
  }

  private async keep(form: Filled): Promise<void> {
    this.forms = [...this.forms.filter((one) => one.number !== form.number), form].sort((a, b) => a.madeMs - b.madeMs);
    await this.put(form.number, () => this.box.put(form.number, form));
  }

  /** New numbers; none where they could not be put down as given, since somebody else would get them again. */
  private async numbers(many: number): Promise<string[]> {
    try {
      const given = await this.counter.take(this.origin, many);
      this.trouble = '';
      return given;
    } catch {
      this.trouble = t('no_number');
      return [];
    }
  }

  /** Put something away; what the browser refuses stands in `unkept` until it is kept after all. Whether it was kept. */
  private async put(name: string, act: () => Promise<void>): Promise<boolean> {
    let well = true;
    try {
      await act();
    } catch {
      well = false; // said by whoever shows `unkept`
    }
    if (well === this.unkept.has(name)) this.unkept = new Set([...this.unkept, name].filter((one) => !well || one !== name));
    return well;
  }
}

/** 2026-11-22T21:05, on the clock of this seat. */
export function localMinute(at: Date): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}
