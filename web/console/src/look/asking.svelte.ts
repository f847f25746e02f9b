// Questions of a page to the person: a form of a few fields before an act, or a list of acts with a key each. One at a time, opened
// only by something the person just did.

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
  /** What the person should know before. */
  say?: string;
  fields: readonly Field[];
  confirm: string;
  danger?: boolean;
  /** Whether it was done; else the form stays as it is. */
  does: (values: Readonly<Record<string, string>>) => Promise<boolean> | boolean;
}

export interface Offer {
  /** One key: a letter or a digit. */
  key: string;
  label: string;
  danger?: boolean;
  /** Belongs under this heading. */
  group?: string;
  does: () => void;
}

export interface Menu {
  title: string;
  offers: readonly Offer[];
}

export class Asking {
  question: Question | null = $state.raw(null);
  menu: Menu | null = $state.raw(null);

  ask(question: Question): void {
    this.menu = null;
    this.question = question;
  }

  offer(menu: Menu): boolean {
    if (!menu.offers.length) return false;
    this.menu = menu;
    return true;
  }

  close(): void {
    this.question = null;
    this.menu = null;
  }
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
