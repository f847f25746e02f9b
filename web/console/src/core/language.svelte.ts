// What people read, in Chinese first and in English. Words stand beside the part that says them, always in both languages: a
// missing one, or a value that its sentence needs, is an error of the compiler.

const KEPT = 'dispatch110.language';

export type Language = 'zh' | 'en';
export type Words = Readonly<Record<string, readonly [zh: string, en: string]>>;
export type Values = Readonly<Record<string, string | number>>;

type Needs<Sentence extends string> = Sentence extends `${string}{${infer Name}}${infer Rest}` ? Name | Needs<Rest> : never;
type Arguments<Sentence extends string> = [Needs<Sentence>] extends [never]
  ? []
  : [values: Readonly<Record<Needs<Sentence>, string | number>>];

class Spoken {
  now: Language = $state(globalThis.localStorage?.getItem(KEPT) === 'en' ? 'en' : 'zh');

  speak(language: Language): void {
    this.now = language;
    globalThis.localStorage?.setItem(KEPT, language);
    if (globalThis.document) document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  }
}

/** The language of this browser; reading `spoken.now` in a component follows it. */
export const spoken = new Spoken();

/** Marks words as complete: `const words = speak({...})`, then `t('key', {values})`. */
export function speaker<const W extends Words>(words: W) {
  return <K extends keyof W & string>(key: K, ...values: Arguments<W[K][0]>): string =>
    fill(words[key]![spoken.now === 'zh' ? 0 : 1], values[0] ?? {});
}

/** One of a family of words whose end is only known at run time, such as `state.${state}`; the key itself where there is none. */
export function named(words: Words, key: string, fallback = key): string {
  return words[key]?.[spoken.now === 'zh' ? 0 : 1] ?? fallback;
}

/** The wording of something the server says in both languages. */
export function wording(both: { zh?: string | null; en?: string | null; name_zh?: string; name_en?: string }): string {
  return (spoken.now === 'zh' ? (both.zh ?? both.name_zh) : (both.en ?? both.name_en)) ?? '';
}

/** Several in a row, as the language writes them. */
export const listing = (parts: readonly string[]): string => parts.join(spoken.now === 'zh' ? '、' : ', ');

export function fill(sentence: string, values: Values): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
