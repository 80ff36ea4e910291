/**
 * Bytes on their way in, kept on disk: however slow or large they are, they do not stay in the memory. The file has no
 * name from its first moment on, so that nothing is left of it once it is closed or the process has ended, however it ended.
 */
import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '@wakeeper/lifecycle';
import { Problem } from '../http/problem.js';

export interface SpoolOptions {
  readonly directory: string;
  readonly maxBytes: number;
}

export class Spool {
  readonly #file: FileHandle;
  readonly #options: SpoolOptions;
  #bytes = 0;

  /** @throws Problem SPOOL_UNAVAILABLE */
  static async open(options: SpoolOptions): Promise<Spool> {
    const path = join(options.directory, `wakeeper-media-${randomUUID()}`);
    try {
      await mkdir(options.directory, { recursive: true, mode: 0o700 });
      const file = await open(path, 'wx+', 0o600);
      await unlink(path);
      return new Spool(file, options);
    } catch (error) {
      throw unavailable(options, error);
    }
  }

  private constructor(file: FileHandle, options: SpoolOptions) {
    this.#file = file;
    this.#options = options;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** One at a time. @throws Problem MEDIA_OVER_LIMIT before more than `maxBytes` are written, SPOOL_UNAVAILABLE */
  async write(chunk: Uint8Array): Promise<void> {
    if (this.#bytes + chunk.length > this.#options.maxBytes) throw overLimit(this.#options.maxBytes);
    let written = 0;
    try {
      while (written < chunk.length) {
        const { bytesWritten } = await this.#file.write(chunk, written, chunk.length - written, this.#bytes);
        written += bytesWritten;
        this.#bytes += bytesWritten;
      }
    } catch (error) {
      throw unavailable(this.#options, error);
    }
  }

  /** Everything that was written. @throws Problem SPOOL_UNAVAILABLE */
  async base64(): Promise<string> {
    const all = Buffer.allocUnsafe(this.#bytes);
    try {
      for (let read = 0; read < all.length; ) {
        const { bytesRead } = await this.#file.read(all, read, all.length - read, read);
        if (bytesRead === 0) throw new Error('the file is shorter than what was written');
        read += bytesRead;
      }
    } catch (error) {
      throw unavailable(this.#options, error);
    }
    return all.toString('base64');
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

export const overLimit = (maxBytes: number): Problem =>
  new Problem('MEDIA_OVER_LIMIT', {
    detail: `Media may have ${maxBytes} bytes here (MAX_SENT_MEDIA_BYTES), and these have more.`,
  });

const unavailable = ({ directory }: SpoolOptions, error: unknown): Problem =>
  new Problem('SPOOL_UNAVAILABLE', {
    detail: `Media cannot be kept in ${directory} (MEDIA_SPOOL_DIR): ${messageOf(error)}.`,
  });
