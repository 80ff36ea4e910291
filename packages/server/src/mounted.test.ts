/** What an application around `createApp` may have done before a request gets here, and may do to its answer. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { requestId } from 'hono/request-id';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type OpenApp, openApp } from './open-app.fixture.js';

const BODY = JSON.stringify({ id: 'shop', start: false });

let server: OpenApp;
beforeEach(async () => {
  server = await openApp();
});
afterEach(() => server.close());

describe('an application that reads bodies before wakeeper', () => {
  let http: Server;
  afterEach(() => {
    http.closeAllConnections();
    http.close();
  });

  /** Creates an instance through an application on a real socket. */
  async function create(application: RequestListener, isInPieces = false): Promise<Response> {
    http = createServer(application);
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    return fetch(`http://127.0.0.1:${(http.address() as AddressInfo).port}/v1/instances`, {
      method: 'POST',
      ...(isInPieces ? { body: new Blob([BODY]).stream(), duplex: 'half' } : { body: BODY }),
      headers: { 'content-type': 'application/json' },
      signal: AbortSignal.timeout(5000),
    });
  }
  const wakeeper: RequestListener = (incoming, outgoing) =>
    getRequestListener(server.app.fetch, { overrideGlobalObjects: false })(incoming, outgoing);
  const readAll = async (incoming: IncomingMessage): Promise<Buffer> => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    return Buffer.concat(chunks);
  };

  test('is told so, instead of having its callers asked for what they have sent', async () => {
    const response = await create(async (incoming, outgoing) => {
      await readAll(incoming);
      wakeeper(incoming, outgoing);
    });
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({
      code: 'INTERNAL_ERROR',
      detail: expect.stringContaining('Mount wakeeper before every body parser'),
    });
    expect(server.data.instances.size).toBe(0);
  });

  test('may leave what it has read in `rawBody`', async () => {
    const response = await create(async (incoming, outgoing) => {
      Object.assign(incoming, { rawBody: await readAll(incoming) });
      wakeeper(incoming, outgoing);
    });
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ id: 'shop' });
  });

  test.each([false, true])(
    'may do so by the request of Hono, which keeps it (in pieces: %s)',
    async (isInPieces) => {
      const host = new Hono()
        .use(async (c, next) => {
          await c.req.json();
          await next();
        })
        .route('/', server.app);
      const listener = getRequestListener(host.fetch, { overrideGlobalObjects: false });
      const response = await create(listener, isInPieces);
      expect(response.status).toBe(202);
    },
  );
});

describe('an application that gives requests their ids', () => {
  test('finds the same id in the answer, in a problem and in the log', async () => {
    const host = new Hono()
      .use(requestId({ generator: () => 'order-7' }))
      .get('/', (c) => c.text(c.get('requestId')))
      .route('/wa', server.app);
    const response = await host.request('/wa/v1/instances/nobody');
    expect(response.headers.get('x-request-id')).toBe('order-7');
    expect(await response.json()).toMatchObject({ requestId: 'order-7' });
    expect(server.logged.at(-1)).toContain('"requestId":"order-7"');
  });

  test.each(['two words', 'x'.repeat(129), 7])(
    'gets a new one where its own is not sane (%s)',
    async (id) => {
      const host = new Hono<{ Variables: { requestId: unknown } }>()
        .use((c, next) => {
          c.set('requestId', id);
          return next();
        })
        .route('/wa', server.app);
      const response = await host.request('/wa/v1/instances/nobody');
      expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    },
  );
});

describe('an application that allows more to be kept, or compresses what it sends', () => {
  test.each([
    ['/wa/v1/instances', 'no-store'],
    ['/wa/v1/instances/nobody', 'no-store'],
    ['/wa/v1/events', 'no-store, no-transform'],
    ['/wa/v1/instances/shop/qr?follow=true', 'no-store, no-transform'],
  ])('is asked by %s for %s', async (path, wanted) => {
    await server.manager.create({ id: 'shop', start: false });
    const host = new Hono()
      .use((c, next) => {
        c.header('cache-control', 'public, max-age=60');
        return next();
      })
      .route('/wa', server.app);
    const response = await host.request(path);
    expect(response.headers.get('cache-control')).toBe(wanted);
    await response.body?.cancel();
  });
});

describe('an application that mounts it at its root', () => {
  test('is asked first for what it has said before, and never for what comes after', async () => {
    const host = new Hono()
      .get('/', (c) => c.text('The shop'))
      .route('/', server.app)
      .get('/late', (c) => c.text('never'));
    expect(await (await host.request('/')).text()).toBe('The shop');
    expect((await host.request('/v1/instances')).status).toBe(200);
    expect(await (await host.request('/late')).json()).toMatchObject({ code: 'ROUTE_NOT_FOUND' });
  });
});

describe('an application that adds headers', () => {
  test.each(['/wa/healthz', '/wa/v1/instances', '/wa/v1/instances/nobody', '/wa/v1/events'])(
    'after the answer finds them at %s',
    async (path) => {
      const host = new Hono()
        .use(async (c, next) => {
          await next();
          c.header('x-frame-options', 'DENY');
        })
        .route('/wa', server.app);
      const response = await host.request(path);
      expect(response.headers.get('x-frame-options')).toBe('DENY');
      await response.body?.cancel();
    },
  );
});
