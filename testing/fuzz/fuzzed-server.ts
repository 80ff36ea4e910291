/** A server to be fuzzed: the real one on a port, over the simulated WhatsApp, with limits low enough to be met. */
import { createServer } from 'node:http';
import { type AddressInfo, isIPv4 } from 'node:net';
import { loadConfig, startServer } from '@wakeeper/server';
import type { Document } from './described-api.js';
import { KEPT } from './pool.js';

export const KEY = 'fuzz-key';

const ENVIRONMENT = {
  HOST: '127.0.0.1',
  PORT: '0',
  API_KEYS: KEY,
  DRIVER: 'simulated',
  STORE_URL: 'memory:',
  HOST_CHECK: 'none',
  LOG_LEVEL: 'silent',
  SIMULATED_SCAN_AFTER_MS: '50',
  MAX_QUEUE_SIZE: '5',
  SEND_WAIT_MS: '50',
  SEND_INTERVAL_MS: '10',
  DRAIN_TIMEOUT_MS: '200',
  MAX_BODY_BYTES: '50000',
  MAX_SENT_MEDIA_BYTES: '40000',
  MEDIA_ALLOW_PRIVATE: '127.0.0.1',
  WEBHOOK_ALLOW_PRIVATE: '127.0.0.1',
  WEBHOOK_TIMEOUT_MS: '500',
  EVENTS_MAX_READERS: '3',
};

export interface FuzzedServer {
  readonly url: string;
  readonly sink: string;
  readonly document: Document;
  close(): Promise<void>;
}

/** An endpoint for webhooks and a source of media, on this machine: /hook takes, /cat.png gives, the rest is refused. */
async function openSink(): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((request, response) => {
    request.resume();
    if (request.url === '/cat.png') response.writeHead(200, { 'content-type': 'image/png' }).end('PNG');
    else response.writeHead(request.url === '/hook' ? 204 : 503).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port, address } = server.address() as AddressInfo;
  if (!isIPv4(address)) throw new Error(`The sink listens on ${address}.`);
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Ten times what the simulation takes. */
const READY_MS = 15_000;

const nowhere = { debug() {}, info() {}, warn() {}, error() {} };

export async function openFuzzedServer(): Promise<FuzzedServer> {
  const sink = await openSink();
  const server = await startServer(loadConfig(ENVIRONMENT), nowhere);
  const answer = await fetch(`${server.url}/openapi.json`);
  await server.manager.create({ id: KEPT });
  await server.manager.whenReady(KEPT, { awaitScan: true, timeoutMs: READY_MS });
  return {
    url: server.url,
    sink: sink.url,
    document: (await answer.json()) as Document,
    close: async () => {
      await server.close();
      sink.close();
    },
  };
}
