import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FaultTable } from './faults.js';

const hashOf = (data: Buffer) => createHash('sha256').update(data).digest('base64');

/** WhatsApp's media servers: what was uploaded can be downloaded by its path. (No encryption: nobody here reads it.) */
export class MediaStore {
  readonly #faults: FaultTable;
  readonly #files = new Map<string, { data: Buffer; mimetype: string }>();

  constructor(faults: FaultTable) {
    this.#faults = faults;
  }

  keep(data: Buffer, mimetype: string): { directPath: string; filehash: string; size: number } {
    const directPath = `/mms/${randomBytes(12).toString('hex')}`;
    this.#files.set(directPath, { data, mimetype });
    return { directPath, filehash: hashOf(data), size: data.length };
  }

  byHash(filehash: string): Buffer | undefined {
    return [...this.#files.values()].find(({ data }) => hashOf(data) === filehash)?.data;
  }

  answer(url: URL, body: Buffer, request: IncomingMessage, response: ServerResponse): void {
    if (request.method === 'POST') this.#upload(url, body, request, response);
    else this.#download(url, response);
  }

  #upload(url: URL, body: Buffer, request: IncomingMessage, response: ServerResponse): void {
    const fault = this.#faults.of(url.searchParams.get('phone') ?? undefined).upload;
    if (fault === 'hang') return;
    if (fault === 'refuse') {
      response.statusCode = 503;
      response.end();
      return;
    }
    const kept = this.keep(body, request.headers['content-type'] ?? 'application/octet-stream');
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ ...kept, handle: kept.directPath }));
  }

  #download(url: URL, response: ServerResponse): void {
    const file = this.#files.get(url.pathname);
    if (!file) {
      response.statusCode = 404;
      response.end();
      return;
    }
    response.setHeader('content-type', file.mimetype);
    response.end(file.data);
  }
}
