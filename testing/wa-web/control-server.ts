import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WaWeb } from './wa-web.js';

export interface ControlServer {
  readonly url: string;
  close(): Promise<void>;
}

async function call(waWeb: WaWeb, request: IncomingMessage): Promise<unknown> {
  const name = (request.url ?? '').slice(1);
  const method: unknown = Object.hasOwn(waWeb, name) ? waWeb[name as keyof WaWeb] : undefined;
  if (name === 'chromeArgs' || name === 'port') return method;
  if (request.method !== 'POST' || typeof method !== 'function')
    throw new Error(`there is no ${request.method} ${name}`);
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return method(...(JSON.parse(Buffer.concat(chunks).toString() || '[]') as unknown[]));
}

/**
 * The control interface over HTTP, on loopback only: `POST /<method>` with its arguments as a JSON array answers
 * `{result}`, or `{error}` with status 400.
 */
export async function serveControl(waWeb: WaWeb, port = 0): Promise<ControlServer> {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    call(waWeb, request).then(
      (result) => response.end(JSON.stringify({ result })),
      (error: Error) => {
        response.statusCode = 400;
        response.end(JSON.stringify({ error: error.message }));
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
