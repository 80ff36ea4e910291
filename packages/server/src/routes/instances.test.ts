import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type OpenApp, openApp } from '../open-app.fixture.js';

let server: OpenApp;
beforeEach(async () => {
  server = await openApp();
});
afterEach(() => server.close());

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe('POST /v1/instances', () => {
  test('answers 202 with the whole instance, times in ISO 8601', async () => {
    const response = await server.request('POST', '/v1/instances', { id: 'shop', labels: { team: 'sales' } });
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({
      id: 'shop',
      state: expect.stringMatching(/^(connecting|disconnected|needs_qr)$/),
      detail: expect.any(String),
      wanted: 'running',
      since: expect.stringMatching(ISO),
      reason: null,
      retryAt: null,
      lastError: null,
      restarts: { used: 0, max: 5, windowMinutes: 10 },
      queueDepth: 0,
      heldCount: 0,
      me: null,
      page: null,
      restriction: null,
      account: null,
      expectedAccount: null,
      passkey: null,
      labels: { team: 'sales' },
      node: 'node-1',
      createdAt: expect.stringMatching(ISO),
    });
  });

  test('takes the number that alone may be paired, until it is changed', async () => {
    const body = { id: 'shop', start: false, expectedAccount: '+49 151 12345678' };
    expect(await server.json('POST', '/v1/instances', body)).toMatchObject({
      expectedAccount: '4915112345678',
    });
    const refused = await server.request('PATCH', '/v1/instances/shop', { expectedAccount: 'mine' });
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      { code: 'INVALID_INPUT', errors: [{ path: 'expectedAccount' }] },
    ]);
    expect(await server.json('PATCH', '/v1/instances/shop', { expectedAccount: null })).toMatchObject({
      expectedAccount: null,
    });
  });

  test('with ?wait waits for the outcome', async () => {
    const response = await server.request('POST', '/v1/instances?wait=10', { id: 'shop' });
    expect(await response.json()).toMatchObject({ id: 'shop', state: 'needs_qr' });
  });

  test('with start: false starts nothing', async () => {
    const body = await server.json('POST', '/v1/instances', { id: 'shop', start: false });
    expect(body).toMatchObject({ state: 'disconnected', wanted: 'stopped' });
    expect(server.driver.whatsapp.openings('shop')).toEqual([]);
  });

  test('of an id that exists is 409, and changes nothing', async () => {
    await server.request('POST', '/v1/instances', { id: 'shop', start: false, labels: { a: '1' } });
    const response = await server.request('POST', '/v1/instances', { id: 'shop', labels: { a: '2' } });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: 'INSTANCE_EXISTS' });
    expect(await server.json('GET', '/v1/instances/shop')).toMatchObject({
      labels: { a: '1' },
      wanted: 'stopped',
    });
  });

  test.each([
    [{}, 'id'],
    [{ id: '../etc' }, 'id'],
    [{ id: 'a'.repeat(65) }, 'id'],
    [{ id: 7 }, 'id'],
    [{ id: 'a', start: 'yes' }, 'start'],
    [{ id: 'a', labels: { 'a b': 'c' } }, 'labels.a b'],
    [{ id: 'a', labels: { a: 7 } }, 'labels.a'],
    [{ id: 'a', labels: Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`l${n}`, ''])) }, 'labels'],
    [{ id: 'a', proxy: 'ftp://proxy' }, 'proxy'],
    [{ id: 'a', prxy: null }, 'prxy'],
  ])('of %j is 400 and names %s', async (body, path) => {
    const response = await server.request('POST', '/v1/instances', body);
    expect(response.status).toBe(400);
    expect(((await response.json()) as { errors: unknown }).errors).toContainEqual({
      path,
      message: expect.any(String),
    });
    expect(server.data.instances.size).toBe(0);
  });
});

describe('GET /v1/instances', () => {
  beforeEach(async () => {
    for (const [id, team] of [
      ['a', 'sales'],
      ['b', 'sales'],
      ['c', 'support'],
    ] as const)
      await server.manager.create({ id, start: false, labels: { team } });
    await server.ready('d');
  });
  const ids = async (search: string) =>
    ((await server.json('GET', `/v1/instances${search}`)).items as { id: string }[]).map(({ id }) => id);

  test('lists them all, with counts by state', async () => {
    const page = await server.json('GET', '/v1/instances');
    expect(page).toMatchObject({
      nextCursor: null,
      counts: { ready: 1, connecting: 0, disconnected: 3, needs_qr: 0, error: 0 },
    });
    expect(await ids('')).toEqual(['a', 'b', 'c', 'd']);
  });

  test('finds by state, label and node', async () => {
    expect(await ids('?state=ready')).toEqual(['d']);
    expect(await ids('?label=team:sales')).toEqual(['a', 'b']);
    expect(await ids('?label=team')).toEqual(['a', 'b', 'c']);
    expect(await ids('?node=node-1&state=disconnected')).toEqual(['a', 'b', 'c']);
    expect(await ids('?node=node-2')).toEqual([]);
  });

  test('goes on where a page ended', async () => {
    const first = await server.json('GET', '/v1/instances?limit=3');
    expect(first.items).toHaveLength(3);
    expect(await ids(`?limit=3&cursor=${encodeURIComponent(String(first.nextCursor))}`)).toEqual(['d']);
  });

  test.each([
    '?state=asleep',
    '?limit=0',
    '?limit=501',
    '?cursor=%F0%9F%98%80',
    '?cursor=not..a..cursor!',
    '?stat=ready',
  ])('refuses %s with 400', async (search) => {
    expect((await server.request('GET', `/v1/instances${search}`)).status).toBe(400);
  });
});

describe('one instance', () => {
  test('that nobody made is 404 at every address', async () => {
    for (const [method, path, body] of [
      ['GET', ''],
      ['PATCH', '', {}],
      ['DELETE', ''],
      ['POST', '/start'],
      ['POST', '/stop'],
      ['POST', '/restart'],
      ['POST', '/logout'],
      ['GET', '/qr'],
      ['POST', '/pairing-code', { phoneNumber: '4915123456789' }],
      ['GET', '/history'],
      ['GET', '/screenshot'],
      ['POST', '/messages', { to: '4915123456789', text: 'a' }],
      ['POST', '/polls', { to: '4915123456789', question: 'a', options: ['b', 'c'] }],
      ['GET', '/queue'],
      ['GET', '/queue/x'],
      ['DELETE', '/queue/x'],
      ['POST', '/queue/x/resolve', { as: 'sent' }],
    ] as const) {
      const response = await server.request(method, `/v1/instances/nobody${path}`, body);
      expect([method, path, response.status]).toEqual([method, path, 404]);
      expect(await response.json()).toMatchObject({ code: 'INSTANCE_NOT_FOUND' });
    }
  });

  test('is shown with its account when it is ready', async () => {
    await server.ready('shop');
    expect(await server.json('GET', '/v1/instances/shop')).toMatchObject({
      state: 'ready',
      me: { id: expect.stringMatching(/@c\.us$/), pushName: 'shop' },
    });
  });

  test('has new labels after PATCH, and keeps them without', async () => {
    await server.manager.create({ id: 'shop', start: false, labels: { a: '1' } });
    expect(await server.json('PATCH', '/v1/instances/shop', { proxy: 'http://proxy:8080' })).toMatchObject({
      labels: { a: '1' },
    });
    expect(await server.json('PATCH', '/v1/instances/shop', { labels: { b: '2' } })).toMatchObject({
      labels: { b: '2' },
    });
    expect(server.data.instances.get('shop')).toMatchObject({
      proxy: 'http://proxy:8080',
      labels: { b: '2' },
    });
  });

  test('never shows its proxy, which may hold a password', async () => {
    const response = await server.request('POST', '/v1/instances', {
      id: 'shop',
      start: false,
      proxy: 'http://u:hunter2@proxy:8080',
    });
    expect(await response.text()).not.toContain('hunter2');
  });

  test('is gone after DELETE, with its profile', async () => {
    await server.ready('shop');
    const response = await server.request('DELETE', '/v1/instances/shop');
    expect(response.status).toBe(204);
    expect((await server.request('GET', '/v1/instances/shop')).status).toBe(404);
    expect(server.driver.whatsapp.isPaired('shop')).toBe(false);
    expect(server.data.instances.has('shop')).toBe(false);
  });
});

describe('the verbs', () => {
  test('stop and start answer 202, and with ?wait the outcome', async () => {
    await server.ready('shop');
    const stopped = await server.request('POST', '/v1/instances/shop/stop?wait=10');
    expect(stopped.status).toBe(202);
    expect(await stopped.json()).toMatchObject({ state: 'disconnected', wanted: 'stopped' });
    const started = await server.request('POST', '/v1/instances/shop/start?wait=10');
    expect(started.status).toBe(202);
    expect(await started.json()).toMatchObject({ state: 'ready', wanted: 'running' });
  });

  test('are idempotent', async () => {
    await server.ready('shop');
    await server.request('POST', '/v1/instances/shop/start?wait=10');
    expect(server.driver.whatsapp.openings('shop')).toHaveLength(1);
    await server.request('POST', '/v1/instances/shop/stop?wait=10');
    expect((await server.request('POST', '/v1/instances/shop/stop?wait=10')).status).toBe(202);
  });

  test.each(['soft', 'hard'] as const)('restart %s does what it says', async (mode) => {
    await server.ready('shop');
    const response = await server.request('POST', '/v1/instances/shop/restart?wait=10', { mode });
    expect(await response.json()).toMatchObject({ state: 'ready', restarts: { used: 1 } });
    expect(server.driver.whatsapp.openings('shop').at(-1)?.rung).toBe(mode);
  });

  test('restart without budget is 429, says when to try again, and changes nothing', async () => {
    await server.close();
    server = await openApp({ manager: { maxRestartsPerWindow: 1 } });
    await server.ready('shop');
    await server.request('POST', '/v1/instances/shop/restart?wait=10');
    const response = await server.request('POST', '/v1/instances/shop/restart');
    expect(response.status).toBe(429);
    expect(await response.json()).toMatchObject({ code: 'RESTART_BUDGET_USED_UP' });
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(500);
    expect(await server.json('GET', '/v1/instances/shop')).toMatchObject({ state: 'ready' });
  });

  test('logout unlinks the account', async () => {
    await server.ready('shop');
    expect((await server.request('POST', '/v1/instances/shop/logout?wait=10')).status).toBe(202);
    expect(server.driver.whatsapp.isPaired('shop')).toBe(false);
  });

  test.each(['{"mode":"medium"}', '{"mod":"soft"}', '[]', '{'])('restart with %s is 400', async (body) => {
    await server.manager.create({ id: 'shop', start: false });
    const response = await server.app.request('/v1/instances/shop/restart', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect(response.status).toBe(400);
  });

  test('with ?wait answer by that deadline, however long it takes', async () => {
    server.driver.whatsapp.pair('shop');
    server.driver.whatsapp.faults('shop').always('open', 'hang');
    await server.manager.create({ id: 'shop' });
    const response = await server.request('POST', '/v1/instances/shop/start?wait=0.05');
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ state: 'connecting' });
  });
});

describe('a request that waits', () => {
  beforeEach(async () => {
    server.driver.whatsapp.faults('shop').always('open', 'hang');
    await server.manager.create({ id: 'shop' });
  });

  test('is answered with 503 when the server shuts down meanwhile', async () => {
    const waiting = server.request('POST', '/v1/instances/shop/start?wait=300');
    await server.close();
    const response = await waiting;
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: 'SHUTTING_DOWN' });
  });

  test('ends when the caller hangs up, and that is no fault of the server', async () => {
    const caller = new AbortController();
    const waiting = server.app.request('/v1/instances/shop/start?wait=300', {
      method: 'POST',
      signal: caller.signal,
    });
    caller.abort();
    expect((await waiting).status).toBe(504);
    expect(server.logged.join('')).not.toContain('unexpectedly');
  });
});

describe('GET /v1/instances/:id/history', () => {
  test('has WhatsApp Web’s own reason for a logout, and so has the last error of the instance', async () => {
    await server.ready('shop');
    const failure = { code: 'SESSION_ENDED', message: 'It ended.', logoutReason: 'account_locked' } as const;
    server.driver.whatsapp.browser('shop').say({ type: 'lost', failure });
    await server.manager.restart('shop');
    await server.manager.whenReady('shop');
    const { lastError } = await server.json('GET', '/v1/instances/shop');
    expect(lastError).toEqual({ ...failure, at: expect.any(String) });
    const { items } = (await server.json('GET', '/v1/instances/shop/history')) as {
      items: { logoutReason?: string; detail: string }[];
    };
    expect(items.map(({ logoutReason }) => logoutReason).filter(Boolean)).toEqual(['account_locked']);
    expect(items.find(({ detail }) => detail === 'healthy')).not.toHaveProperty('logoutReason');
  });

  test('has every transition with its cause, newest first, in pages', async () => {
    await server.ready('shop');
    const page = () => server.json('GET', '/v1/instances/shop/history');
    // The view changes at once, its fact is shown when it is on disk.
    await expect
      .poll(page)
      .toMatchObject({ items: expect.arrayContaining([expect.objectContaining({ state: 'ready' })]) });
    const { items, nextCursor } = (await page()) as {
      items: { at: string; state: string; previous: string | null; wanted: string }[];
      nextCursor: string | null;
    };
    expect(items[0]).toMatchObject({ state: 'ready', at: expect.stringMatching(ISO), wanted: 'running' });
    expect(items.map(({ state }) => state)).toContain('connecting');
    expect(nextCursor).toBeNull();
    const first = (await server.json('GET', '/v1/instances/shop/history?limit=1')) as {
      items: object[];
      nextCursor: string;
    };
    const second = (await server.json(
      'GET',
      `/v1/instances/shop/history?limit=1&cursor=${first.nextCursor}`,
    )) as { items: object[] };
    expect([...first.items, ...second.items]).toEqual(items.slice(0, 2));
  });

  test('with a bad cursor is 400', async () => {
    await server.manager.create({ id: 'shop', start: false });
    expect((await server.request('GET', '/v1/instances/shop/history?cursor=abc!')).status).toBe(400);
  });
});
