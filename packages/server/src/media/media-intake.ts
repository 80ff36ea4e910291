/** How media come in: their limits, and the way to those that lie behind a URL. */
import { tmpdir } from 'node:os';
import { UrlGuard } from '../webhooks/url-guard.js';
import { type FetchedMedia, fetchMedia } from './media-fetch.js';
import { overLimit, type SpoolOptions } from './spool.js';

export interface MediaOptions {
  /** The largest media taken, in bytes. */
  readonly maxBytes: number;
  /** Where they are kept while they come in; the system's folder for temporary files by default. */
  readonly spoolDirectory: string;
  /** How long fetching from a URL may take. */
  readonly fetchTimeoutMs: number;
  /** Addresses and CIDR ranges of one's own network that may be fetched from. */
  readonly allowPrivate: readonly string[];
}

export const DEFAULT_MEDIA_OPTIONS: MediaOptions = {
  maxBytes: 32 * 1024 * 1024,
  spoolDirectory: tmpdir(),
  fetchTimeoutMs: 30_000,
  allowPrivate: [],
};

export class MediaIntake {
  readonly spool: SpoolOptions;
  readonly #guard: UrlGuard;
  readonly #fetchTimeoutMs: number;

  /** @throws TypeError when `allowPrivate` has what is no address */
  constructor(given: Partial<MediaOptions> = {}) {
    const options = { ...DEFAULT_MEDIA_OPTIONS, ...given };
    this.spool = { directory: options.spoolDirectory, maxBytes: options.maxBytes };
    this.#guard = new UrlGuard(options.allowPrivate, 'MEDIA_ALLOW_PRIVATE');
    this.#fetchTimeoutMs = options.fetchTimeoutMs;
  }

  /** @throws Problem, as `fetchMedia` */
  fetch(url: string, mimetype: string | undefined, caller: AbortSignal): Promise<FetchedMedia> {
    const options = { ...this.spool, guard: this.#guard, timeoutMs: this.#fetchTimeoutMs };
    return fetchMedia(url, mimetype, options, caller);
  }

  /** @param data base64; @throws Problem MEDIA_OVER_LIMIT */
  checkSize(data: string): void {
    if (Buffer.byteLength(data, 'base64') > this.spool.maxBytes) throw overLimit(this.spool.maxBytes);
  }

  close(): void {
    this.#guard.close();
  }
}
