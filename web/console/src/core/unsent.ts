// Words that were typed into a question or a field and not sent, kept in this browser with every change: no tab that dies and no
// Esc too many loses them. They come back where they were typed, to whoever typed them, until they were sent or a day has passed.

const PREFIX = 'dispatch110.unsent.';
const KEPT_MS = 24 * 3_600_000;

type Words = Readonly<Record<string, string>>;
interface Entry { savedMs: number; words: Words }

export class Unsent {
  constructor(private readonly storage: Storage, private readonly by: string, private readonly now: () => number = Date.now) {
    for (const name of Object.keys(storage).filter((one) => one.startsWith(PREFIX))) if (!this.fresh(name)) storage.removeItem(name);
  }

  /** Keep what stands there now; nothing but blanks is nothing. */
  keep(of: string, words: Words): void {
    const said = Object.fromEntries(Object.entries(words).filter(([, text]) => text.trim()));
    try {
      if (Object.keys(said).length) this.storage.setItem(this.name(of), JSON.stringify({ savedMs: this.now(), words: said } satisfies Entry));
      else this.drop(of);
    } catch { /* the browser is full or forbids it: the words stand on the screen still */ }
  }

  /** What was left here; empty: nothing. */
  left(of: string): Words {
    return this.fresh(this.name(of))?.words ?? {};
  }

  /** They were sent, or thrown away. */
  drop(of: string): void {
    this.storage.removeItem(this.name(of));
  }

  private name(of: string): string {
    return `${PREFIX}${this.by}.${of}`;
  }

  private fresh(name: string): Entry | null {
    try {
      const entry = JSON.parse(this.storage.getItem(name) ?? '') as Entry;
      return typeof entry.words === 'object' && entry.words !== null && this.now() - entry.savedMs <= KEPT_MS ? entry : null;
    } catch {
      return null;
    }
  }
}
