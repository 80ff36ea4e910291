import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { hc } from 'hono/client';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type App, createApp } from './app.js';
import { type OpenApp, openApp } from './open-app.fixture.js';

let server: OpenApp;
beforeEach(async () => {
  server = await openApp();
});
afterEach(() => server.close());

const problemOf = async (response: Response) => {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  return (await response.json()) as Record<string, unknown>;
};

describe('an address', () => {
  test.each([
    '/',
    '/v1',
    '/v2/instances',
    '/v1/instances/',
    '/v1/instance',
    '/v1/instances/a/b/c/d',
    '/%00',
    '/..%2f..%2fetc',
  ])('%s that is none is a 404 problem', async (path) => {
    const response = await server.request('GET', path);
    expect(response.status).toBe(404);
    expect(await problemOf(response)).toMatchObject({
      code: 'ROUTE_NOT_FOUND',
      requestId: response.headers.get('x-request-id'),
    });
  });

  test.each([
    ['PUT', '/v1/instances', 'POST, GET, HEAD'],
    ['POST', '/v1/instances/shop', 'GET, HEAD, PATCH, DELETE'],
    ['GET', '/v1/instances/shop/start', 'POST'],
    ['DELETE', '/v1/instances/shop/messages', 'POST'],
    ['PATCH', '/v1/instances/shop/queue/x', 'GET, HEAD, DELETE'],
    ['OPTIONS', '/v1/instances/shop/queue/x/resolve', 'POST'],
    ['POST', '/healthz', 'GET, HEAD'],
  ])('asked with %s %s is a 405 problem that says what it takes', async (method, path, allow) => {
    const response = await server.request(method, path);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allow);
    expect(await problemOf(response)).toMatchObject({ code: 'METHOD_NOT_ALLOWED' });
  });
});

describe('a request id', () => {
  test('that the caller chose is in the answer, in problems and in the log', async () => {
    const response = await server.request('GET', '/v1/instances/nobody', undefined, {
      'x-request-id': 'call-7',
    });
    expect(response.headers.get('x-request-id')).toBe('call-7');
    expect(await problemOf(response)).toMatchObject({ requestId: 'call-7' });
    expect(server.logged.at(-1)).toContain('"requestId":"call-7"');
  });

  test.each(['x'.repeat(129), 'two words', '"quoted"', 'café'])(
    'that is not sane ("%s") is replaced',
    async (id) => {
      const response = await server.request('GET', '/v1/instances', undefined, { 'x-request-id': id });
      expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    },
  );
});

describe('with keys', () => {
  beforeEach(async () => {
    await server.close();
    server = await openApp({ app: { apiKeys: ['key-1'] } });
  });

  test.each([
    ['GET', '/v1/instances'],
    ['POST', '/v1/instances'],
    ['DELETE', '/v1/instances/shop'],
    ['GET', '/v1/instances/shop/qr'],
    ['PUT', '/v1/instances'],
    ['GET', '/metrics'],
    ['GET', '/'],
    ['GET', '/nothing'],
    ['GET', '/healthz/..%2fv1/instances'],
    ['GET', '//healthz'],
  ])('%s %s is closed to strangers', async (method, path) => {
    const response = await server.request(method, path);
    expect(response.status).toBe(401);
    expect(await problemOf(response)).toMatchObject({ code: 'UNAUTHORIZED' });
  });

  test.each(['/healthz', '/readyz', '/openapi.json', '/docs'])('GET %s is open to all', async (path) => {
    expect((await server.request('GET', path)).status).toBe(200);
  });

  test('a body is not even read for strangers', async () => {
    const response = await server.request('POST', '/v1/instances', { id: 'shop' });
    expect(response.status).toBe(401);
    expect(server.data.instances.size).toBe(0);
  });

  test('whoever shows one is answered', async () => {
    expect((await server.request('GET', '/v1/instances', undefined, { 'x-api-key': 'key-1' })).status).toBe(
      200,
    );
  });
});

describe('mounted', () => {
  test('in another Hono app it keeps its problems, its 405 and its keys', async () => {
    await server.close();
    server = await openApp({ app: { apiKeys: ['key-1'] } });
    const host = new Hono().get('/', (c) => c.text('host')).route('/whatsapp', server.app);
    const headers = { 'x-api-key': 'key-1' };
    expect(await (await host.request('/')).text()).toBe('host');
    expect((await host.request('/whatsapp/healthz')).status).toBe(200);
    expect((await host.request('/whatsapp/v1/instances')).status).toBe(401);
    expect((await host.request('/whatsapp/v1/instances', { headers })).status).toBe(200);
    expect(await problemOf(await host.request('/whatsapp/v1/nothing', { headers }))).toMatchObject({
      code: 'ROUTE_NOT_FOUND',
    });
    const wrongMethod = await host.request('/whatsapp/v1/instances', { method: 'PUT', headers });
    expect([wrongMethod.status, wrongMethod.headers.get('allow')]).toEqual([405, 'POST, GET, HEAD']);
  });

  describe('in a plain Node server (as in Express and Fastify)', () => {
    let http: Server;
    let port: number;
    beforeEach(async () => {
      http = createServer(getRequestListener(server.app.fetch));
      await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
      port = (http.address() as AddressInfo).port;
    });
    afterEach(() => {
      http.closeAllConnections();
      http.close();
    });

    test('it answers over a real socket', async () => {
      const url = `http://127.0.0.1:${port}/v1/instances`;
      const body = JSON.stringify({ id: 'shop', start: false });
      const created = await fetch(url, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      });
      expect(created.status).toBe(202);
      expect((await fetch(`${url}/shop`)).status).toBe(200);
      expect((await fetch(`${url}/shop`, { method: 'DELETE' })).status).toBe(204);
    });

    test('a caller who hangs up in the middle of a body is no fault of the server', async () => {
      const socket = connect(port, '127.0.0.1');
      socket.write(
        'POST /v1/instances HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"id"',
      );
      await once(http, 'request');
      socket.destroy();
      await expect.poll(() => server.logged.join('')).toContain('"status":504');
      expect(server.logged.join('')).not.toContain('unexpectedly');
      expect(server.data.instances.size).toBe(0);
    });
  });
});

test("hono's typed client knows every route, body and answer", async () => {
  const fetch = async (input: Request | string | URL, init?: RequestInit) =>
    server.app.request(String(input), init);
  const { instances } = hc<App>('http://localhost', { fetch }).v1;
  const created = await instances.$post({ query: {}, json: { id: 'shop', start: false } });
  const { id, state, restarts } = await created.json();
  expect({ id, state, max: restarts.max }).toEqual({ id: 'shop', state: 'disconnected', max: 5 });
  const sent = await instances[':id'].messages.$post({
    param: { id },
    query: {},
    json: { to: 4915123456789, text: 'Hello' },
  });
  expect((await sent.json()).errorCode).toBe('INSTANCE_STOPPED');
});

describe('without keys on loopback', () => {
  test('web pages of other sites are refused, probes are not', async () => {
    await server.close();
    server = await openApp({ app: { localOnly: true } });
    const origin = { origin: 'https://evil.example' };
    expect((await server.request('GET', '/v1/instances', undefined, origin)).status).toBe(403);
    expect((await server.request('GET', '/v1/instances')).status).toBe(200);
    expect((await server.request('GET', '/healthz', undefined, origin)).status).toBe(200);
  });
});

describe('an answer', () => {
  test.each([
    ['GET', '/v1/instances', 200],
    ['GET', '/v1/instances/bakery', 200],
    ['HEAD', '/v1/instances/bakery', 200],
    ['GET', '/v1/instances/bakery/qr', 200],
    ['GET', '/v1/instances/bakery/history', 200],
    ['POST', '/v1/instances/bakery/stop', 202],
    ['DELETE', '/v1/instances/bakery', 204],
    ['GET', '/healthz', 200],
    ['GET', '/v1/instances/nobody', 404],
    ['PUT', '/v1/instances', 405],
  ])('to %s %s says its request id, and that it is not to be kept', async (method, path, status) => {
    await server.unpaired('bakery');
    const response = await server.request(method, path, undefined, { 'x-request-id': 'call-7' });
    expect(response.status).toBe(status);
    expect(response.headers.get('x-request-id')).toBe('call-7');
    expect(response.headers.get('cache-control')).toBe('no-store');
  });
});

describe('the log of requests', () => {
  const requests = () =>
    server.logged
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ msg }) => msg === 'request');

  test('at its default level leaves out what only reads and succeeds', async () => {
    await server.manager.create({ id: 'shop', start: false });
    await server.request('GET', '/v1/instances');
    await server.request('GET', '/v1/instances/shop');
    await server.request('HEAD', '/v1/instances/shop');
    expect(requests()).toEqual([]);
  });

  test('at its default level has every write and every refusal', async () => {
    await server.request('POST', '/v1/instances', { id: 'shop', start: false });
    await server.request('POST', '/v1/instances', { id: 'shop' });
    await server.request('DELETE', '/v1/instances/shop');
    await server.request('GET', '/v1/instances/shop');
    await server.request('HEAD', '/v1/instances/shop');
    expect(requests().map(({ method, status, level }) => ({ method, status, level }))).toEqual([
      { method: 'POST', status: 202, level: 30 },
      { method: 'POST', status: 409, level: 30 },
      { method: 'DELETE', status: 204, level: 30 },
      { method: 'GET', status: 404, level: 30 },
      { method: 'HEAD', status: 404, level: 30 },
    ]);
  });

  test('at debug has the reads too', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
    await createApp({ manager: server.manager, log }).request('/v1/instances');
    expect(JSON.parse(lines.at(-1) ?? '{}')).toMatchObject({ level: 20, method: 'GET', status: 200 });
  });
});

test('no line is made of a request for a log that would not write it', async () => {
  const written: string[] = [];
  const write = (_: object, message: string) => void written.push(message);
  const log = { debug: write, info: write, warn: write, error: write, isLevelEnabled: () => false };
  const app = createApp({ manager: server.manager, log });
  expect((await app.request('/v1/instances')).status).toBe(200);
  expect(written).toEqual([]);
});

describe('the log at its default level', () => {
  test('has the instance on every line about one, and no message, key or phone number', async () => {
    await server.close();
    server = await openApp({ app: { apiKeys: ['hunter2-key'] } });
    const headers = { 'x-api-key': 'hunter2-key', 'idempotency-key': 'secret-order' };
    const { me } = await server.ready('shop');
    const path = '/v1/instances/shop';
    await server.request(
      'POST',
      `${path}/messages`,
      { to: '4915123456789', text: 'Top secret', metadata: { k: 'Private' } },
      headers,
    );
    await server.request('POST', `${path}/messages`, { to: '49151234', txt: 'Top secret' }, headers);
    await server.request(
      'POST',
      `${path}/polls`,
      { to: '4915123456789', question: 'Top secret?', options: ['Private', 'No'] },
      headers,
    );
    server.driver.whatsapp.phone('shop').receive({ from: '4915199999999@c.us', body: 'Top secret' });
    server.driver.whatsapp.faults('shop').next('send', { refused: 'RECIPIENT_NOT_FOUND' });
    await server.request('POST', `${path}/messages`, { to: '4915123456789', text: 'Top secret' }, headers);
    await server.request('POST', `${path}/restart?wait=5`, {}, headers);
    await server.unpaired('bakery');
    const { qr } = await server.manager.qr('bakery');
    await server.request(
      'POST',
      '/v1/instances/bakery/pairing-code',
      { phoneNumber: '4915123456780' },
      headers,
    );
    await server.request('GET', '/v1/instances/bakery/qr', undefined, headers);
    const proxy = 'http://somebody:hunter2@10.0.0.1:8080';
    await server.request('PATCH', path, { proxy }, headers);
    await server.request('POST', '/v1/instances', { id: 'shop-2', proxy }, headers);
    await server.request('GET', path);

    const log = server.logged.join('');
    expect(server.logged.length).toBeGreaterThan(8);
    for (const secret of [
      'Top secret',
      'Private',
      '49151',
      'hunter2',
      'secret-order',
      qr,
      me?.phoneNumber ?? 'none',
    ])
      expect(log).not.toContain(secret);
    for (const line of server.logged.filter((each) => /shop|bakery/.test(each)))
      expect(JSON.parse(line)).toMatchObject({ instanceId: expect.stringMatching(/^(shop|shop-2|bakery)$/) });
  });

  test('has the id of the request on every line that one causes, its failure too', async () => {
    server.manager.list = () => {
      throw new TypeError('nobody foresaw this');
    };
    server.logged.length = 0;
    const response = await server.request('GET', '/v1/instances', undefined, { 'x-request-id': 'call-8' });
    expect(response.status).toBe(500);
    const lines = server.logged.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ requestId, msg }) => [requestId, msg])).toEqual([
      ['call-8', 'a request failed unexpectedly'],
      ['call-8', 'request'],
    ]);
  });

  test('has one line for each transition', async () => {
    await server.ready('shop');
    const moves = server.logged
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ msg }) => msg === 'the instance moved');
    expect(moves.map(({ to }) => to)).toEqual([
      'connecting.queued',
      'connecting.launching',
      'connecting.syncing',
      'connecting.authenticating',
      'ready.healthy',
    ]);
    for (const move of moves)
      expect(move).toMatchObject({
        instanceId: 'shop',
        from: expect.stringMatching(/^\w+\.\w+$/),
        cause: 'CREATE',
        durationMs: expect.any(Number),
      });
  });
});
