import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { selfSigned } from './certificate.js';
import type { FaultTable } from './faults.js';
import { MediaStore } from './media-store.js';
import { PageDocument, type PageSettings } from './page-document.js';

export interface WebFrontOptions {
  port: number;
  settings: Pick<PageSettings, 'storage' | 'syncMs' | 'ballastMb' | 'traits'>;
  faults: FaultTable;
  onSocket: (socket: WebSocket) => void;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** What answers at https://web.whatsapp.com: the page on every path, its gate, its media, its WebSocket. */
export class WebFront {
  readonly #options: WebFrontOptions;
  readonly #document = new PageDocument();
  readonly #held = new Map<string, ServerResponse>();
  readonly #released = new Set<string>();
  readonly #sockets: WebSocketServer;
  readonly #server: Server;
  readonly media: MediaStore;
  #loads = 0;

  private constructor(options: WebFrontOptions, tls: { key: string; cert: string }) {
    this.#options = options;
    this.media = new MediaStore(options.faults);
    this.#server = createServer(tls, (request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
    this.#sockets = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024 * 1024 });
    this.#server.on('upgrade', (request, socket, head) => {
      if (options.faults.of(undefined).offline === true) socket.destroy();
      else this.#sockets.handleUpgrade(request, socket, head, options.onSocket);
    });
  }

  static async listen(options: WebFrontOptions): Promise<WebFront> {
    const front = new WebFront(options, await selfSigned());
    await new Promise<void>((resolve, reject) => {
      front.#server.once('error', reject);
      front.#server.listen(options.port, '127.0.0.1', resolve);
    });
    return front;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'https://web.whatsapp.com');
    if (url.pathname === '/gate') await this.#passGate(request, response);
    else if (url.pathname === '/hold') this.#hold(url.searchParams.get('load') ?? '', response);
    else if (url.pathname.startsWith('/mms/'))
      this.media.answer(url, await bodyOf(request), request, response);
    else if (url.pathname === '/elsewhere') response.end('<!doctype html><title>elsewhere</title>');
    else this.#serveDocument(url, request, response);
  }

  #serveDocument(url: URL, request: IncomingMessage, response: ServerResponse): void {
    const { faults, settings } = this.#options;
    const { page, pageAfterLogout } = faults.of(undefined);
    const fault = page ?? (url.searchParams.has('post_logout') ? pageAfterLogout : undefined);
    if (fault === 'hang') return;
    if (fault === 'refuse') {
      request.socket.destroy();
      return;
    }
    this.#loads += 1;
    const load = this.#loads;
    const waitsForGate = faults.concernThePage;
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.setHeader('cache-control', 'no-store');
    response.end(this.#document.html({ ...settings, load, waitsForGate }, waitsForGate));
  }

  /** The end of a page's load, kept back until the gate knows whose page it is. */
  #hold(load: string, response: ServerResponse): void {
    if (this.#released.delete(load)) response.end();
    else {
      this.#held.set(load, response);
      response.once('close', () => this.#held.delete(load));
    }
  }

  /** A page says whose it is and learns its faults; only now its load may end, unless it is meant to hang. */
  async #passGate(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { load, phone } = JSON.parse(String(await bodyOf(request))) as { load: number; phone?: string };
    const faults = this.#options.faults.of(phone);
    if (faults.page !== 'hang') {
      const held = this.#held.get(String(load));
      // The entry goes when the answer has; a load that is not held yet is let through when it comes.
      if (held) held.end();
      else this.#released.add(String(load));
    }
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(faults));
  }
}
