import { Hono } from 'hono';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type OpenApp, openApp } from '../open-app.fixture.js';

let server: OpenApp;
beforeEach(async () => {
  server = await openApp();
});
afterEach(() => server.close());

const page = async (app: Pick<OpenApp, 'request'> = server): Promise<string> =>
  (await app.request('GET', '/metrics')).text();

/** The series of requests that have been answered: `method route status`. */
const requestsIn = (text: string): string[] =>
  [...text.matchAll(/^http_request_duration_seconds_count{(.*)} \d+$/gm)].map(([, labels = '']) =>
    [...labels.matchAll(/"([^"]*)"/g)].map(([, value]) => value).join(' '),
  );

describe('GET /metrics', () => {
  test("is in Prometheus' text format", async () => {
    const response = await server.request('GET', '/metrics');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await response.text()).toContain('\n# TYPE wakeeper_instances gauge\n');
  });

  test('is closed to strangers once there are keys', async () => {
    await server.close();
    server = await openApp({ app: { apiKeys: ['key-1'] } });
    expect((await server.request('GET', '/metrics')).status).toBe(401);
    const authorization = 'Bearer key-1';
    expect((await server.request('GET', '/metrics', undefined, { authorization })).status).toBe(200);
  });

  test('takes no other method', async () => {
    const response = await server.request('POST', '/metrics');
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
  });
});

describe('requests', () => {
  test('are told by the pattern of the route that answered, the method and the status', async () => {
    await server.ready('shop');
    await server.request('GET', '/v1/instances/shop');
    await server.request('GET', '/v1/instances/nobody');
    await server.request('POST', '/v1/instances', { id: 'shop' });
    await server.request('POST', '/v1/instances/shop/messages', { to: '4915112345678', text: 'Hello' });
    await server.request('POST', '/v1/instances/shop/messages', { to: 'x' });
    await server.request('GET', '/healthz');
    await server.request('GET', '/v1/instances/shop/nothing');
    await server.request('PUT', '/v1/instances/shop');
    expect(requestsIn(await page())).toEqual([
      'GET /v1/instances/:id 200',
      'GET /v1/instances/:id 404',
      'POST /v1/instances 409',
      'POST /v1/instances/:id/messages 200',
      'POST /v1/instances/:id/messages 400',
      'GET /healthz 200',
      'GET /* 404',
      'PUT /* 405',
    ]);
  });

  test('are told in an app that another one has mounted', async () => {
    const host = new Hono().route('/whatsapp', server.app);
    expect((await host.request('/whatsapp/v1/instances/nobody')).status).toBe(404);
    expect((await host.request('/whatsapp/v1/nothing/here')).status).toBe(404);
    expect(requestsIn(await page())).toEqual(['GET /whatsapp/v1/instances/:id 404', 'GET /whatsapp/* 404']);
  });
});

describe('webhooks', () => {
  const settings = {
    url: 'https://example.com/hook',
    description: '',
    events: ['instance.*'],
    instances: null,
    headers: {},
    retries: null,
  };
  const until = (wanted: string) =>
    expect.poll(async () => (await page()).split('\n'), { timeout: 10_000 }).toContain(wanted);

  test('are told by their attempts, by what waits, and by what was given up', async () => {
    await server.close();
    let status = 200;
    server = await openApp({ webhooks: { post: async () => ({ status, error: null }) } });
    await server.webhooks.create(settings);
    await server.manager.create({ id: 'a', start: false });
    await server.ready('b');
    await until('wakeeper_webhook_backlog 0');
    await until('wakeeper_webhook_attempts_total{result="failed"} 0');
    expect(await page()).toMatch(/^wakeeper_webhook_attempts_total{result="ok"} [1-9]/m);
    status = 422;
    await server.manager.stop('b');
    await until('wakeeper_webhook_endpoint_open 0');
    await expect.poll(page, { timeout: 10_000 }).toMatch(/^wakeeper_webhook_backlog [1-9]/m);
    expect(await page()).toMatch(/^wakeeper_webhook_attempts_total{result="failed"} [1-9]/m);
  });

  test('that cannot be asked, since the store is away, keep their last numbers and hold up nothing', async () => {
    await server.manager.close();
    const response = await server.request('GET', '/metrics');
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('\nwakeeper_webhook_backlog 0\n');
  });
});

describe('the number of series', () => {
  const seriesIn = (text: string): string[] =>
    text
      .split('\n')
      .filter((line) => /^\w/.test(line))
      .map((line) => line.slice(0, line.lastIndexOf(' ')));

  test('is bounded whatever callers ask for: no id, no path and no method of theirs is a label', async () => {
    const ask = async (name: string) => {
      await server.ready(name);
      await server.request('GET', `/v1/instances/${name}`);
      await server.request('GET', `/v1/instances/${name}-unknown`);
      await server.request('GET', `/v1/instances/${name}/queue/${name}`);
      await server.request('GET', `/${name}`);
      await server.request('GET', `/v1/instances?label=${name}`);
      await server.request(name.toUpperCase(), '/v1/instances');
      await server.request('DELETE', `/v1/instances/${name}`);
    };
    await ask('yak');
    await page();
    const before = seriesIn(await page());
    for (const name of ['zebra', 'wombat', 'gnu']) await ask(name);
    const after = seriesIn(await page());
    expect(after).toEqual(before);
    expect(after.join('\n')).not.toMatch(/yak|zebra|wombat|gnu/i);
  });
});
