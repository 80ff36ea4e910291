/** What was read of one upload: its fields, and its file, which goes to the disk as it comes. */
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { BusboyFileStream } from '@fastify/busboy';
import { Problem } from '../http/problem.js';
import { Spool, type SpoolOptions } from './spool.js';
import type { Upload } from './upload.js';

export const fieldProblem = (path: string, message: string): Problem =>
  new Problem('INVALID_INPUT', {
    detail: path === '' ? message : `${path}: ${message}`,
    errors: [{ path, message }],
  });

/** Of all fields together: they are held in memory. */
export const MOST_FIELD_BYTES = 400_000;

interface FileHead {
  readonly filename: string | undefined;
  readonly mimetype: string;
}

export class UploadParts {
  readonly #options: SpoolOptions;
  readonly #signal: AbortSignal;
  readonly #refuse: (problem: unknown) => void;
  readonly #fields = new Map<string, string[]>();
  #fieldBytes = 0;
  #head: FileHead | undefined;
  #spool: Spool | undefined;
  #spooled: Promise<void> | undefined;

  /** @param refuse hears what is wrong, once; `signal` is aborted then, and nothing more is read */
  constructor(options: SpoolOptions, signal: AbortSignal, refuse: (problem: unknown) => void) {
    this.#options = options;
    this.#signal = signal;
    this.#refuse = refuse;
  }

  refuse(problem: unknown): void {
    this.#refuse(problem);
  }

  field(name: string, value: string, isCut: boolean): void {
    this.#fieldBytes += Buffer.byteLength(name) + Buffer.byteLength(value);
    if (isCut) this.refuse(fieldProblem(name, 'is too long'));
    if (this.#fieldBytes > MOST_FIELD_BYTES)
      this.refuse(fieldProblem('', `The fields have more than ${MOST_FIELD_BYTES} bytes.`));
    const values = this.#fields.get(name);
    if (values) values.push(value);
    else this.#fields.set(name, [value]);
  }

  file(name: string, stream: BusboyFileStream, head: FileHead): void {
    // Heard again by whoever reads it; without a listener of its own an early error would end the process.
    stream.on('error', () => {});
    if (name !== 'file' || this.#head) {
      stream.resume();
      this.refuse(fieldProblem(name, name === 'file' ? 'is given more than once' : 'is not a known file'));
      return;
    }
    this.#head = head;
    this.#spooled = this.#keep(stream);
    this.#spooled.catch((error: unknown) => this.refuse(error));
  }

  /** Everything has been read. @throws Problem INVALID_INPUT, MEDIA_OVER_LIMIT, SPOOL_UNAVAILABLE */
  async whole(): Promise<Upload> {
    await this.#spooled;
    if (!this.#head || !this.#spool) throw fieldProblem('file', 'is missing');
    if (this.#spool.bytes === 0) throw fieldProblem('file', 'is empty');
    return { ...this.#head, data: await this.#spool.base64(), fields: this.#fields };
  }

  /** After the signal was aborted. Never rejects. */
  async close(): Promise<void> {
    await this.#spooled?.catch(() => {});
    await this.#spool?.close();
  }

  async #keep(stream: BusboyFileStream): Promise<void> {
    const spool = await Spool.open(this.#options);
    this.#spool = spool;
    const disk = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        spool.write(chunk).then(() => done(), done);
      },
    });
    await pipeline(stream, disk, { signal: this.#signal });
  }
}
