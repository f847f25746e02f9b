// What a browser keeps although it is closed or crashes: one small database, a shelf for each kind of thing. A browser that
// refuses to keep anything (private windows) gets a shelf that lives as long as the page, and says so in `lasting`.

const NAME = 'dispatch110';
const VERSION = 1;
const SHELVES = ['acts', 'forms', 'kept'] as const;
export type ShelfName = (typeof SHELVES)[number];

export interface Shelf<T> {
  /** Whether what lies here survives the page. */
  readonly lasting: boolean;
  get(key: string): Promise<T | undefined>;
  all(): Promise<T[]>;
  put(key: string, value: T): Promise<void>;
  drop(key: string): Promise<void>;
}

let opened: Promise<IDBDatabase> | null = null;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((done, failed) => {
    const asked = indexedDB.open(NAME, VERSION);
    asked.onupgradeneeded = () => {
      for (const shelf of SHELVES) if (!asked.result.objectStoreNames.contains(shelf)) asked.result.createObjectStore(shelf);
    };
    asked.onsuccess = () => {
      asked.result.onversionchange = () => asked.result.close(); // a newer page wants to build it anew
      done(asked.result);
    };
    asked.onerror = () => failed(asked.error ?? new Error('no database'));
  });
  return opened;
}

/** The shelf of that name, in the browser's database where there is one. */
export async function shelf<T>(name: ShelfName): Promise<Shelf<T>> {
  try {
    return new Stored<T>(await open(), name);
  } catch {
    return new Passing<T>(); // `lasting` tells; the page says so to the person
  }
}

class Stored<T> implements Shelf<T> {
  readonly lasting = true;

  constructor(private readonly base: IDBDatabase, private readonly name: ShelfName) {}

  get(key: string): Promise<T | undefined> {
    return this.ask('readonly', (store) => store.get(key) as IDBRequest<T | undefined>);
  }

  all(): Promise<T[]> {
    return this.ask('readonly', (store) => store.getAll() as IDBRequest<T[]>);
  }

  async put(key: string, value: T): Promise<void> {
    await this.ask('readwrite', (store) => store.put(value, key));
  }

  async drop(key: string): Promise<void> {
    await this.ask('readwrite', (store) => store.delete(key));
  }

  /** Answered once it is on the disk: what a person was shown as kept must outlive a crash. */
  private ask<A>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<A>): Promise<A> {
    return new Promise((done, failed) => {
      const transaction = this.base.transaction(this.name, mode, { durability: mode === 'readwrite' ? 'strict' : 'default' });
      const request = act(transaction.objectStore(this.name));
      transaction.oncomplete = () => done(request.result);
      transaction.onabort = () => failed(transaction.error ?? new Error('not kept'));
    });
  }
}

/** As long as the page lives. */
export class Passing<T> implements Shelf<T> {
  readonly lasting = false;
  private readonly things = new Map<string, T>();

  async get(key: string): Promise<T | undefined> {
    return structuredClone(this.things.get(key));
  }

  async all(): Promise<T[]> {
    return structuredClone([...this.things.values()]);
  }

  async put(key: string, value: T): Promise<void> {
    this.things.set(key, structuredClone(value));
  }

  async drop(key: string): Promise<void> {
    this.things.delete(key);
  }
}
