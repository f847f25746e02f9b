// Questions of a page to the person: a form of a few fields before an act, or a list of acts with a key each. One at a time, opened
// only by something the person just did. An answer that is refused is told in the form it was given in.

import type { Unsent } from '../core/unsent';
import { refusal } from '../seat/seat.svelte';

export type Found = readonly [value: string, label: string];

export interface Field {
  name: string;
  label: string;
  kind: 'text' | 'long' | 'number' | 'choice' | 'check' | 'search';
  /** For `search`: what a text may mean, as [value, label]; one of them must be taken. */
  search?: (text: string) => Found[] | Promise<Found[]>;
  options?: readonly (readonly [value: string, label: string])[];
  value?: string;
  required?: boolean;
  hint?: string;
  most?: number;
}

export interface Question {
  title: string;
  /** Id of what it is asked about: words that were not sent come back to the same question about the same. */
  about?: string;
  /** What the person should know before. */
  say?: string;
  fields: readonly Field[];
  confirm: string;
  danger?: boolean;
  /** Do it; the form stays as it is until that is done. */
  does: (values: Readonly<Record<string, string>>) => Promise<Done>;
}

/** That it was done, or why not, in a sentence for people. */
export type Done = true | string;

export async function tried(act: () => Promise<unknown>): Promise<Done> {
  try {
    await act();
    return true;
  } catch (error) {
    return refusal(error);
  }
}

export interface Offer {
  /** One key: a letter or a digit. */
  key: string;
  label: string;
  danger?: boolean;
  /** Belongs under this heading. */
  group?: string;
  /** Stands out among buttons; 1 is the likeliest. */
  likely?: number;
  /** Stands in the menu alone. */
  rare?: boolean;
  does: () => void;
}

export interface Menu {
  title: string;
  offers: readonly Offer[];
}

export class Asking {
  question: Question | null = $state.raw(null);
  menu: Menu | null = $state.raw(null);
  /** The question whose answer is on its way. */
  busy: Question | null = $state.raw(null);
  /** Why the last answer to the question that is open was not accepted. */
  refused = $state('');

  /** late: where a refusal is told whose question is not open any more; unsent: where words are kept until they were sent. */
  constructor(private readonly late: (why: string) => void, private readonly unsent: () => Unsent | undefined = () => undefined) {}

  /** What was typed into this question the last time and not sent, by field. */
  left(question: Question): Readonly<Record<string, string>> {
    const left = this.unsent()?.left(nameOf(question)) ?? {};
    return Object.fromEntries(question.fields.filter(isWords).flatMap(({ name }) => (left[name] ? [[name, left[name]]] : [])));
  }

  /** Keep what people typed into it; what stood there before they did is none of theirs. */
  keep(question: Question, values: Readonly<Record<string, string>>): void {
    const typed = question.fields.filter((field) => isWords(field) && values[field.name] !== field.value);
    this.unsent()?.keep(nameOf(question), Object.fromEntries(typed.map(({ name }) => [name, values[name] ?? ''])));
  }

  forget(question: Question): void {
    this.unsent()?.drop(nameOf(question));
  }

  ask(question: Question): void {
    this.menu = null;
    this.question = question;
    this.refused = '';
  }

  /** Answer the question that is open now. What comes of it is of that question, whatever is open by then. */
  async answer(values: Readonly<Record<string, string>>): Promise<void> {
    const { question } = this;
    if (!question || this.busy === question) return;
    this.busy = question;
    this.refused = '';
    const done = await question.does(values);
    if (this.busy === question) this.busy = null;
    const open = this.question === question;
    if (done === true) this.forget(question);
    if (done === true && open) this.close();
    else if (done !== true && open) this.refused = done;
    else if (done !== true) this.late(done);
  }

  offer(menu: Menu): boolean {
    if (!menu.offers.length) return false;
    this.question = null;
    this.menu = menu;
    return true;
  }

  close(): void {
    this.question = null;
    this.menu = null;
  }
}

const isWords = ({ kind }: Field): boolean => kind === 'text' || kind === 'long';
const nameOf = ({ about, title }: Question): string => `${about ?? ''}.${title}`;

const MOST_LIKELY = 3;

/** The first few of the likely stand out among these, the rare stand back. */
export function weighed<O extends { name: string }>(offers: readonly O[], likely: readonly string[], rare: ReadonlySet<string>): (O & Pick<Offer, 'likely' | 'rare'>)[] {
  const out = [...new Set(likely)].filter((name) => offers.some((one) => one.name === name)).slice(0, MOST_LIKELY);
  return offers.map((one) => ({ ...one, ...(out.includes(one.name) ? { likely: out.indexOf(one.name) + 1 } : rare.has(one.name) ? { rare: true } : {}) }));
}

const SPARE = '123456789abcdefghijklmnopqrstuvwxyz';

/** Offers with a key each: their own where it is free, else the next digit or letter. */
export function withKeys(offers: readonly (Omit<Offer, 'key'> & { key?: string })[]): Offer[] {
  const wanted = new Set(offers.flatMap(({ key }) => (key ? [key] : [])));
  const used = new Set<string>();
  return offers.map((offer) => {
    const own = offer.key && !used.has(offer.key) ? offer.key : [...SPARE].find((one) => !used.has(one) && !wanted.has(one));
    const key = own ?? '·';
    used.add(key);
    return { ...offer, key };
  });
}
