import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { httpPost } from './http-post.js';
import { parseCidr, UrlGuard } from './url-guard.js';

const PATIENCE_MS = 10_000;

let server: Server;
let port: number;
let answer: RequestListener;
let requests: string[];
const guards: UrlGuard[] = [];
beforeEach(async () => {
  requests = [];
  answer = (_, response) => response.writeHead(204).end();
  server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterEach(async () => {
  for (const guard of guards.splice(0)) guard.close();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

function post(url: string, allowPrivate: readonly string[] = ['127.0.0.0/8'], deadlineMs = PATIENCE_MS) {
  const guard = new UrlGuard(allowPrivate, 'WEBHOOK_ALLOW_PRIVATE');
  guards.push(guard);
  const request = { url, headers: { 'content-type': 'application/json' }, body: '{}' };
  return httpPost(guard)(request, AbortSignal.timeout(deadlineMs));
}
const here = (path = '/') => `http://127.0.0.1:${port}${path}`;

describe('a target', () => {
  const loopback = [
    'https://127.0.0.1:PORT',
    'https://localhost:PORT',
    'https://2130706433:PORT',
    'https://0x7f000001:PORT',
    'https://0177.0.0.1:PORT',
    'https://127.1:PORT',
    'https://[::1]:PORT',
    'https://[::ffff:127.0.0.1]:PORT',
    'https://0.0.0.0:PORT',
    'https://[::]:PORT',
    'https://10.0.0.1:PORT',
    'https://192.168.1.1:PORT',
    'https://169.254.169.254/latest/meta-data/',
    'https://[fe80::1]:PORT',
    'https://[fd00::1]:PORT',
  ];

  it.each(loopback)('that is private, %s, is refused, and nothing is connected to', async (url) => {
    let connections = 0;
    server.on('connection', () => {
      connections += 1;
    });
    const { status, error } = await post(url.replace('PORT', String(port)), []);
    expect(status).toBeNull();
    expect(error).toBe(
      'The target is a private address. To allow it, add its range to WEBHOOK_ALLOW_PRIVATE.',
    );
    expect(connections).toBe(0);
  });

  it('that is private is refused as well beside another range that is allowed', async () => {
    for (const url of [`https://127.0.0.1:${port}`, `https://localhost:${port}`, `https://[::1]:${port}`])
      expect((await post(url, ['10.0.0.0/8', 'fd00::/8'])).error).toMatch(/private address/);
    expect(requests).toEqual([]);
  });

  it('in plain http is refused, unless its address is allowed', async () => {
    expect((await post(here(), [])).error).toMatch(/must be https/);
    expect((await post(here(), ['10.0.0.0/8'])).error).toMatch(/^Plain http goes only to addresses/);
    expect((await post(`http://localhost:${port}/`, ['10.0.0.0/8'])).error).toMatch(/^Plain http/);
    expect(requests).toEqual([]);
    expect(await post(here())).toMatchObject({ status: 204, error: null });
    expect(await post(`http://localhost:${port}/by-name`)).toMatchObject({ status: 204 });
    expect(requests).toEqual(['POST /', 'POST /by-name']);
  });

  it.each([
    ['ftp://example.org', 'must be an http or https URL'],
    ['file:///etc/passwd', 'must be an http or https URL'],
    ['https://user:pass@example.org', 'must have no user name and password; use headers'],
    ['example.org', 'must be an absolute URL'],
    ['https://example.org/hook?x=1', null],
  ])('like %s is judged before anything is sent', (url, refusal) => {
    expect(new UrlGuard(['127.0.0.1'], 'WEBHOOK_ALLOW_PRIVATE').refusalOf(url)).toBe(refusal);
  });
});

describe('a range', () => {
  it.each([
    ['10.0.0.0/8', { address: '10.0.0.0', prefix: 8 }],
    ['192.168.1.5', { address: '192.168.1.5', prefix: 32 }],
    ['fd00::/8', { address: 'fd00::', prefix: 8 }],
    ['10.0.0.0/33', null],
    ['10.0.0.0/', null],
    ['example.org/8', null],
    ['10.0.0.0/8/8', null],
  ])('%s is %j', (text, range) => {
    expect(parseCidr(text)).toEqual(range);
  });
});

describe('an answer', () => {
  it('that redirects is an answer, and is not followed', async () => {
    answer = (_, response) => response.writeHead(307, { location: here('/elsewhere') }).end();
    expect(await post(here())).toMatchObject({ status: 307 });
    expect(requests).toEqual(['POST /']);
  });

  it('may say when to come again', async () => {
    answer = (_, response) => response.writeHead(429, { 'retry-after': '7' }).end();
    expect(await post(here())).toMatchObject({ status: 429, retryAfter: '7' });
  });

  it('counts from its head on: a body without an end is cut off', async () => {
    const cut = new Promise<void>((resolve) => {
      answer = (_, response) => {
        response.writeHead(200);
        const flood = () => {
          while (response.write('x'.repeat(16_384)));
        };
        response.on('drain', flood).once('close', resolve);
        flood();
      };
    });
    expect(await post(here())).toMatchObject({ status: 200, error: null });
    await cut;
  });

  it('is asked for again, over a new connection, when a kept one was closed meanwhile', async () => {
    const guard = new UrlGuard(['127.0.0.1'], 'WEBHOOK_ALLOW_PRIVATE');
    guards.push(guard);
    const served = new WeakSet<object>();
    answer = ({ socket }, response) => {
      if (served.has(socket)) socket.destroy();
      else response.writeHead(204).end();
      served.add(socket);
    };
    const statuses: unknown[] = [];
    const send = async () => {
      const request = { url: here(), headers: {}, body: '{}' };
      statuses.push((await httpPost(guard)(request, AbortSignal.timeout(PATIENCE_MS))).status);
      return requests.length - statuses.length;
    };
    await expect.poll(send, { timeout: PATIENCE_MS, interval: 5 }).toBeGreaterThan(0);
    expect(new Set(statuses)).toEqual(new Set([204]));
  });

  it('that does not come is given up at the deadline', async () => {
    answer = () => {};
    expect(await post(here(), ['127.0.0.1'], 100)).toMatchObject({ status: null, error: expect.any(String) });
  });

  it('of nobody says why', async () => {
    const { error } = await post('http://127.0.0.1:1/');
    expect(error).toMatch(/^No answer: .*ECONNREFUSED/);
    const nowhere = await post('https://no-such-host.invalid/');
    expect(nowhere.error).toMatch(/^No answer: .*(ENOTFOUND|EAI_AGAIN)/);
  });
});
