/**
 * Since when the page's journal of a profile has been the same one. Kept beside the browser's data, by the node: a
 * journal that WhatsApp's page has wiped, or that could not be used for a while, is another one afterwards, and the
 * absence of older attempts in it proves nothing.
 */
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { JOURNAL_KEPT_MS } from './page-journal.js';

interface Known {
  readonly token: string | null;
  /** Epoch milliseconds. */
  readonly since: number;
}

export class JournalRecord {
  readonly #file: string;
  #known: Known | undefined;

  constructor(profile: string) {
    this.#file = join(profile, 'wakeeper-journal.json');
  }

  /** The page has told which journal it has. @throws the file system's error; the record then vouches for nothing */
  async confirm(token: string | null): Promise<void> {
    this.#known = undefined;
    const before = await this.#read();
    if (before && before.token === token && token !== null) {
      this.#known = before;
      return;
    }
    const known: Known = { token, since: Date.now() };
    const temporary = `${this.#file}.new`;
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.writeFile(JSON.stringify(known));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, this.#file);
    this.#known = known;
  }

  /** Whether an attempt of that time would stand in the journal of this token. */
  covers(token: string | null, attemptedAt: number): boolean {
    const known = this.#known;
    if (!known || token === null || known.token !== token) return false;
    const day = 24 * 60 * 60_000;
    return known.since <= attemptedAt && attemptedAt > Date.now() - JOURNAL_KEPT_MS + day;
  }

  async #read(): Promise<Known | undefined> {
    try {
      const { token, since } = JSON.parse(await readFile(this.#file, 'utf8')) as Partial<Known>;
      return typeof since === 'number' && (typeof token === 'string' || token === null)
        ? { token, since }
        : undefined;
    } catch {
      // None yet, or half of one: it is begun anew, and vouches for what comes.
      return undefined;
    }
  }
}
