/**
 * The page's own journal of attempts, in its IndexedDB: written before the library is asked to send. After a death of
 * the browser the history that comes back cannot prove that a message was not sent, since a page has been seen to have
 * forgotten some; a missing entry here does, because then the page never got as far as sending.
 */

/** What an IndexedDB is used for here: declared by hand, because the project has no DOM in its types. */
interface DbRequest<T> {
  readonly result: T;
  readonly error: unknown;
  onsuccess: (() => void) | null;
  onerror: (() => void) | null;
}
interface DbStore {
  get(key: string): DbRequest<unknown>;
  put(value: unknown, key: string): DbRequest<unknown>;
  delete(key: string): DbRequest<unknown>;
  openCursor(): DbRequest<{ readonly value: unknown; delete(): void; continue(): void } | null>;
}
interface DbTransaction {
  objectStore(name: string): DbStore;
  readonly error: unknown;
  oncomplete: (() => void) | null;
  onabort: (() => void) | null;
}
interface Db {
  createObjectStore(name: string): void;
  transaction(store: string, mode: string, options: { durability: string }): DbTransaction;
  close(): void;
  onclose: (() => void) | null;
  onversionchange: (() => void) | null;
}
interface DbFactory {
  open(name: string, version: number): DbRequest<Db> & { onupgradeneeded: (() => void) | null };
}

export interface PageJournal {
  /** Durable when it resolves. */
  begin(key: string): Promise<void>;
  /** The attempt has ended, and nothing was sent. */
  undo(key: string): Promise<void>;
  began(key: string): Promise<boolean>;
  /** Names this very database: another one has another. Null when there is none that can be used. */
  token(): Promise<string | null>;
}
export interface JournalWorld {
  readonly indexedDB: DbFactory;
  wakeeperJournal?: PageJournal;
}

/** Entries are kept so long; an older attempt is not judged by them. */
export const JOURNAL_KEPT_MS = 30 * 24 * 60 * 60_000;

/** Runs in each document. Without a usable database the journal says of every attempt that it began: nothing is proved. */
export async function openJournal(call: { fresh: string; keptMs: number }): Promise<void> {
  const page = globalThis as unknown as JournalWorld;
  const answer = <T>(request: DbRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  let opened: Promise<Db> | undefined;
  const database = (): Promise<Db> => {
    opened ??= (async () => {
      const request = page.indexedDB.open('wakeeper', 1);
      request.onupgradeneeded = () => {
        for (const name of ['attempts', 'meta']) request.result.createObjectStore(name);
      };
      const db = await answer(request);
      const forget = () => {
        opened = undefined;
      };
      db.onclose = forget;
      db.onversionchange = () => {
        forget();
        db.close();
      };
      return db;
    })();
    opened.catch(() => {
      opened = undefined;
    });
    return opened;
  };
  const write = async (name: string, work: (store: DbStore) => void): Promise<void> => {
    const db = await database();
    await new Promise<void>((resolve, reject) => {
      // "strict": on the disk, not only on its way there.
      const transaction = db.transaction(name, 'readwrite', { durability: 'strict' });
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
      work(transaction.objectStore(name));
    });
  };
  const read = async (name: string, key: string): Promise<unknown> => {
    const db = await database();
    return answer(db.transaction(name, 'readonly', { durability: 'default' }).objectStore(name).get(key));
  };
  const token = async () => {
    const known = await read('meta', 'token');
    return typeof known === 'string' ? known : null;
  };
  try {
    if ((await token()) === null) await write('meta', (store) => store.put(call.fresh, 'token'));
    await write('attempts', (store) => {
      const request = store.openCursor();
      request.onsuccess = () => {
        const cursor = request.result;
        if (Number(cursor?.value) < Date.now() - call.keptMs) cursor?.delete();
        cursor?.continue();
      };
    });
    page.wakeeperJournal = {
      begin: (key) => write('attempts', (store) => store.put(Date.now(), key)),
      undo: (key) => write('attempts', (store) => store.delete(key)),
      began: async (key) => (await read('attempts', key)) !== undefined,
      token,
    };
  } catch {
    page.wakeeperJournal = {
      begin: async () => {},
      undo: async () => {},
      began: async () => true,
      token: async () => null,
    };
  }
}
