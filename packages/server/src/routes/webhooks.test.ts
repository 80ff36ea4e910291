import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type OpenApp, openApp } from '../open-app.fixture.js';
import { keepEnvironmentWebhook } from '../webhooks/environment-webhook.js';
import { newSecret } from '../webhooks/signature.js';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let server: OpenApp;
let receiver: Server;
let url: string;
let received: Received[];
let status: number;
beforeEach(async () => {
  received = [];
  status = 204;
  receiver = createServer(async (request, response) => {
    request.setEncoding('utf8');
    let body = '';
    for await (const chunk of request) body += chunk;
    received.push({ headers: request.headers, body });
    response.writeHead(status).end();
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  server = await openApp({ webhooks: { allowPrivate: ['127.0.0.0/8'] } });
});
afterEach(async () => {
  await server.close();
  receiver.closeAllConnections();
  receiver.close();
  await once(receiver, 'close');
});

const make = async (settings: object = {}) => server.json('POST', '/v1/webhooks', { url, ...settings });
const until = (fact: () => Promise<unknown> | unknown) => expect.poll(fact, { timeout: 10_000, interval: 5 });
const problem = async (response: Promise<Response>) => {
  const answer = await response;
  return [answer.status, ((await answer.json()) as { code: string }).code];
};

describe('a webhook', () => {
  test('is made with its secret, which is shown once', async () => {
    const made = await make({ events: ['instance.state'], headers: { authorization: 'Bearer t' } });
    expect(made).toMatchObject({
      id: expect.stringMatching(/^wh_[0-9a-f]{24}$/),
      url,
      description: '',
      events: ['instance.state'],
      instances: null,
      headers: { authorization: '***' },
      retries: null,
      source: 'api',
      enabled: true,
      disabledReason: null,
      failures: 0,
      breaker: 'closed',
      retryAt: null,
      backlog: 0,
      secrets: [{ expiresAt: null }],
      secret: expect.stringMatching(/^whsec_/),
      createdAt: expect.stringMatching(/Z$/),
    });
    const { secret, ...rest } = made;
    expect(await server.json('GET', `/v1/webhooks/${made.id}`)).toEqual(rest);
    expect(await server.json('GET', '/v1/webhooks')).toEqual({ items: [rest], nextCursor: null });
    expect(server.logged.join('')).not.toContain(secret);
  });

  test('gets facts, signed so that the reference implementation takes them', async () => {
    const { id, secret } = await make({ events: ['instance.*'], instances: ['shop'] });
    await server.ready('other');
    await server.ready('shop');
    await until(() => received.some(({ body }) => body.includes('"state":"ready"'))).toBe(true);
    const events = received.map(({ body, headers }) =>
      new Webhook(String(secret)).verify(body, headers as Record<string, string>),
    ) as { type: string; timestamp: string; data: Record<string, unknown> }[];
    const last = events.at(-1);
    expect(last).toMatchObject({
      type: 'instance.state',
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
      data: { instanceId: 'shop', state: 'ready', seq: expect.any(Number) },
    });
    expect(new Set(events.map(({ data }) => data.instanceId))).toEqual(new Set(['shop']));
    const seqs = events.map(({ data }) => Number(data.seq));
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
    expect(received[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'wakeeper',
      'webhook-id': `${id}_${seqs[0]}`,
    });
  });

  test('is changed field by field, and removed', async () => {
    const { id } = await make();
    const change = { description: 'Shop', events: ['message.*'], instances: ['a'], headers: { 'x-a': '1' } };
    expect(await server.json('PATCH', `/v1/webhooks/${id}`, change)).toMatchObject({
      url,
      description: 'Shop',
      events: ['message.*'],
      instances: ['a'],
      headers: { 'x-a': '***' },
    });
    expect(await server.json('PATCH', `/v1/webhooks/${id}`, { enabled: false })).toMatchObject({
      enabled: false,
      disabledReason: 'By hand.',
      description: 'Shop',
    });
    expect((await server.request('DELETE', `/v1/webhooks/${id}`)).status).toBe(204);
    expect(await problem(server.request('GET', `/v1/webhooks/${id}`))).toEqual([404, 'WEBHOOK_NOT_FOUND']);
    expect(await problem(server.request('GET', `/v1/webhooks/${id}/deliveries`))).toEqual([
      404,
      'WEBHOOK_NOT_FOUND',
    ]);
  });

  test('has its secret rotated: the answer has the new one, and the former ends later', async () => {
    const { id, secret } = await make();
    const rotated = await server.json('POST', `/v1/webhooks/${id}/rotate-secret`, { overlapHours: 1 });
    expect(rotated.secret).not.toBe(secret);
    expect(rotated.secrets).toEqual([{ expiresAt: null }, { expiresAt: expect.stringMatching(/Z$/) }]);
    const own = newSecret();
    const last = await server.json('POST', `/v1/webhooks/${id}/rotate-secret`, {
      overlapHours: 0,
      secret: own,
    });
    expect(last).toMatchObject({ secret: own, secrets: [{ expiresAt: null }] });
  });

  test('is tried by a ping, whose answer tells what the receiver said', async () => {
    const { id, secret } = await make();
    expect(await server.json('POST', `/v1/webhooks/${id}/ping`)).toEqual({
      delivered: true,
      responseStatus: 204,
      error: null,
      durationMs: expect.any(Number),
    });
    const [ping] = received;
    expect(
      new Webhook(String(secret)).verify(ping?.body ?? '', ping?.headers as Record<string, string>),
    ).toMatchObject({
      type: 'webhook.ping',
      data: { webhookId: id },
    });
    status = 500;
    expect(await server.json('POST', `/v1/webhooks/${id}/ping`)).toMatchObject({
      delivered: false,
      responseStatus: 500,
    });
  });
});

describe('deliveries', () => {
  test('are listed, looked at, and sent again by one or by time', async () => {
    const from = new Date(Date.now() - 1000).toISOString();
    status = 400;
    const { id } = await make({ retries: { policy: 'constant', delaySeconds: 1, attempts: 0 } });
    await server.ready('shop');
    const list = (query = '') => server.json('GET', `/v1/webhooks/${id}/deliveries${query}`);
    const dead = async () => ((await list('?status=dead')).items as { id: string }[]).map((each) => each.id);
    await until(async () => (await list('?status=pending')).items).toEqual([]);
    const [newest = '', ...others] = await dead();
    expect(others.length).toBeGreaterThan(1);
    const page = await list('?limit=1');
    expect(page.items).toMatchObject([
      {
        id: newest,
        webhookId: id,
        instanceId: 'shop',
        status: 'dead',
        attempts: 1,
        steppedAside: true,
        responseStatus: 400,
        error: 'It answered 400.',
        nextAttemptAt: null,
        event: { type: 'instance.state', data: { instanceId: 'shop' } },
      },
    ]);
    expect((await list(`?limit=500&cursor=${page.nextCursor}`)).items).toHaveLength(others.length);

    status = 204;
    const again = await server.request('POST', `/v1/webhooks/${id}/deliveries/${newest}/redeliver`);
    expect([again.status, await again.json()]).toMatchObject([
      202,
      { id: newest, status: 'pending', attempts: 0 },
    ]);
    await until(() => server.json('GET', `/v1/webhooks/${id}/deliveries/${newest}`)).toMatchObject({
      status: 'delivered',
    });
    expect(await server.json('POST', `/v1/webhooks/${id}/redeliver`, { from })).toEqual({
      count: others.length,
    });
    await until(dead).toEqual([]);
    await until(async () => (await list('?status=pending')).items).toEqual([]);
    expect(received.length).toBe(2 * (others.length + 1));
  });

  test('of a time that ends before it begins are refused like any other wrong field', async () => {
    const { id } = await make();
    const range = { from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' };
    expect(await problem(server.request('POST', `/v1/webhooks/${id}/redeliver`, range))).toEqual([
      400,
      'INVALID_INPUT',
    ]);
  });

  test('that are none are not found', async () => {
    const { id } = await make();
    const path = `/v1/webhooks/${id}/deliveries`;
    for (const name of [`${id}_1`, `${id}_x`, 'nonsense', 'x'.repeat(65)]) {
      expect(await problem(server.request('GET', `${path}/${name}`))).toEqual([404, 'DELIVERY_NOT_FOUND']);
      expect(await problem(server.request('POST', `${path}/${name}/redeliver`))).toEqual([
        404,
        'DELIVERY_NOT_FOUND',
      ]);
    }
    expect(await problem(server.request('GET', `${path}?cursor=x`))).toEqual([400, 'INVALID_INPUT']);
  });
});

describe('what is refused', () => {
  test.each([
    [{ url: 'ftp://example.org' }, 'url'],
    [{ url: 'https://user:pass@example.org' }, 'url'],
    [{ url: 'https://example.org', events: ['message.nonsense'] }, 'events[0]'],
    [{ url: 'https://example.org', headers: { 'webhook-signature': 'x' } }, 'headers.webhook-signature'],
    [{ url: 'https://example.org', secret: 'whsec_short' }, 'secret'],
  ])('%j names the field', async (body, path) => {
    const answer = await server.json('POST', '/v1/webhooks', body);
    expect(answer).toMatchObject({ status: 400, code: 'INVALID_INPUT', errors: [{ path }] });
  });

  test('is plain http, where no private address is allowed', async () => {
    const strict = await openApp();
    const answer = await strict.json('POST', '/v1/webhooks', { url });
    expect(answer).toMatchObject({ code: 'INVALID_INPUT', errors: [{ path: 'url' }] });
    await strict.close();
  });

  test('is the hundred-and-first, and a cursor that is none', async () => {
    for (let count = 0; count < 100; count += 1) await make();
    expect(await problem(server.request('POST', '/v1/webhooks', { url }))).toEqual([409, 'WEBHOOK_LIMIT']);
    const first = await server.json('GET', '/v1/webhooks?limit=60');
    const second = await server.json('GET', `/v1/webhooks?limit=60&cursor=${first.nextCursor}`);
    expect([first.items, second.items]).toMatchObject([{ length: 60 }, { length: 40 }]);
    expect(second.nextCursor).toBeNull();
    expect(await problem(server.request('GET', '/v1/webhooks?cursor=x'))).toEqual([400, 'INVALID_INPUT']);
  });

  test('is changing what the environment has made, except to disable it', async () => {
    await keepEnvironmentWebhook(server.webhooks, { url, events: ['*'], secrets: [newSecret()] });
    const { items } = (await server.json('GET', '/v1/webhooks')) as {
      items: { id: string; source: string }[];
    };
    const path = `/v1/webhooks/${items[0]?.id}`;
    expect(items[0]?.source).toBe('environment');
    for (const refused of [
      server.request('PATCH', path, { description: 'x' }),
      server.request('POST', `${path}/rotate-secret`),
      server.request('DELETE', path),
    ])
      expect(await problem(refused)).toEqual([409, 'WEBHOOK_CONFIGURED']);
    expect(await server.json('PATCH', path, { enabled: false })).toMatchObject({ enabled: false });
    expect((await server.request('DELETE', path)).status).toBe(204);
  });
});
