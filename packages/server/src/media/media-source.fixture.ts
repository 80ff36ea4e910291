/** A server on loopback that has media, and what is kept on disk of those that come in. */
import { once } from 'node:events';
import { readdir, readlink } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface MediaSource {
  readonly port: number;
  /** Paths that were asked for. */
  readonly requests: string[];
  answer: RequestListener;
  url(path?: string): string;
  close(): Promise<void>;
}

export async function mediaSource(): Promise<MediaSource> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    source.answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const source: MediaSource = {
    port,
    requests,
    answer: (_, response) => response.writeHead(200, { 'content-type': 'image/png' }).end('PNG'),
    url: (path = '/dot.png') => `http://127.0.0.1:${port}${path}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return source;
}

/** How many files this process has open in the folder, whether they have a name or not. */
export async function filesOpenIn(folder: string): Promise<number> {
  const files = await readdir('/proc/self/fd');
  const paths = await Promise.all(files.map((file) => readlink(`/proc/self/fd/${file}`).catch(() => '')));
  return paths.filter((path) => path.startsWith(folder)).length;
}
