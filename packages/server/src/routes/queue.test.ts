import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type OpenApp, openApp } from '../open-app.fixture.js';

let server: OpenApp;
beforeEach(async () => {
  server = await openApp();
  // A browser that never opens: what is sent stays in the queue.
  server.driver.whatsapp.pair('shop');
  server.driver.whatsapp.faults('shop').always('open', 'hang');
  await server.manager.create({ id: 'shop' });
});
afterEach(() => server.close());

const enqueue = async (content: object): Promise<string> =>
  String(
    (await server.json('POST', '/v1/instances/shop/messages', { to: '4915123456789', ...content })).queueId,
  );
const idsOf = (page: Record<string, unknown>) => (page.items as { id: string }[]).map(({ id }) => id);

describe('GET /v1/instances/:id/queue', () => {
  test('lists what waits in the order of acceptance, in pages', async () => {
    const ids = [await enqueue({ text: 'a' }), await enqueue({ text: 'b' }), await enqueue({ text: 'c' })];
    const first = await server.json('GET', '/v1/instances/shop/queue?limit=2');
    expect(idsOf(first)).toEqual(ids.slice(0, 2));
    const second = await server.json('GET', `/v1/instances/shop/queue?limit=2&cursor=${first.nextCursor}`);
    expect(idsOf(second)).toEqual(ids.slice(2));
    expect(second.nextCursor).toBeNull();
  });

  test('finds by one status or several', async () => {
    const [first, second] = [await enqueue({ text: 'a' }), await enqueue({ text: 'b' })];
    await server.request('DELETE', `/v1/instances/shop/queue/${first}`);
    expect(idsOf(await server.json('GET', '/v1/instances/shop/queue?status=cancelled'))).toEqual([first]);
    expect(idsOf(await server.json('GET', '/v1/instances/shop/queue?status=queued,sending'))).toEqual([
      second,
    ]);
  });

  test.each([
    'status=lost',
    'status=',
    'status=queued,',
    'cursor=zero',
    'limit=1000',
    'state=queued',
    'held=yes',
  ])('refuses ?%s with 400', async (search) => {
    expect((await server.request('GET', `/v1/instances/shop/queue?${search}`)).status).toBe(400);
  });
});

describe('one item', () => {
  test('is shown whole, times in ISO 8601', async () => {
    const id = await enqueue({ text: 'a', metadata: { order: 7 } });
    const item = await server.json('GET', `/v1/instances/shop/queue/${id}`);
    expect(item).toEqual({
      id,
      instanceId: 'shop',
      type: 'message',
      status: 'queued',
      held: false,
      account: null,
      waitsFor: null,
      payload: { to: '4915123456789@c.us', text: 'a' },
      metadata: { order: 7 },
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      expiresAt: expect.stringMatching(/^\d{4}-.*Z$/),
      attemptCount: 0,
      attemptedAt: null,
      settledAt: null,
      messageId: null,
      ack: null,
      error: null,
      errorCode: null,
    });
  });

  test('shows media by their size', async () => {
    const id = await enqueue({ media: { mimetype: 'image/png', data: 'iVBORw0KGgo=', filename: 'a.png' } });
    expect((await server.json('GET', `/v1/instances/shop/queue/${id}`)).payload).toEqual({
      to: '4915123456789@c.us',
      media: { mimetype: 'image/png', filename: 'a.png', bytes: 8 },
    });
  });

  test('that is not there is 404, also with an id that none can have', async () => {
    for (const id of ['nothing', 'x'.repeat(5000), '%00', '..%2F..'])
      expect([id, (await server.request('GET', `/v1/instances/shop/queue/${id}`)).status]).toEqual([id, 404]);
  });

  test('of another instance is 404', async () => {
    const id = await enqueue({ text: 'a' });
    await server.manager.create({ id: 'other', start: false });
    expect((await server.request('GET', `/v1/instances/other/queue/${id}`)).status).toBe(404);
    expect((await server.request('DELETE', `/v1/instances/other/queue/${id}`)).status).toBe(404);
  });

  test('is cancelled by DELETE, once', async () => {
    const id = await enqueue({ text: 'a' });
    const response = await server.request('DELETE', `/v1/instances/shop/queue/${id}`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ id, status: 'cancelled', settledAt: expect.any(String) });
    expect((await server.request('DELETE', `/v1/instances/shop/queue/${id}`)).status).toBe(409);
    expect(await server.json('GET', '/v1/instances/shop')).toMatchObject({ queueDepth: 0 });
  });

  test('that is not uncertain cannot be resolved', async () => {
    const id = await enqueue({ text: 'a' });
    const response = await server.request('POST', `/v1/instances/shop/queue/${id}/resolve`, { as: 'sent' });
    expect(response.status).toBe(409);
  });

  test.each([{}, { as: 'lost' }, { as: 'sent', why: 'x' }])('is not resolved with %j', async (body) => {
    const id = await enqueue({ text: 'a' });
    expect((await server.request('POST', `/v1/instances/shop/queue/${id}/resolve`, body)).status).toBe(400);
  });
});

describe('an uncertain item', () => {
  const uncertain = async (): Promise<string> => {
    await server.close();
    server = await openApp({ manager: { ackTimeoutMs: 20 } });
    await server.ready('bakery');
    server.driver.whatsapp.faults('bakery').next('ack', 'withhold');
    const body = { to: '4915123456789', text: 'a' };
    const { queueId } = await server.json('POST', '/v1/instances/bakery/messages', body);
    const item = () => server.manager.queueItem('bakery', String(queueId));
    await expect.poll(item, { timeout: 10_000 }).toMatchObject({ status: 'uncertain' });
    return String(queueId);
  };

  test.each([
    ['sent', 'sent'],
    ['failed', 'failed'],
  ])('that a person calls %s is %s', async (as, status) => {
    const id = await uncertain();
    const response = await server.request('POST', `/v1/instances/bakery/queue/${id}/resolve`, { as });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ id, status });
  });
});

describe('what is held, as it was accepted for another account', () => {
  const A = '4915100000011';
  const B = '4915100000012';
  /** Three items of A, while B is paired. */
  async function held(): Promise<string[]> {
    await server.close();
    server = await openApp({ manager: { sendIntervalMs: 0, queueAcceptStates: ['ready', 'needs_qr'] } });
    const { whatsapp } = server.driver;
    whatsapp.pairAs('bakery', A);
    await server.ready('bakery');
    whatsapp.phone('bakery').unlink();
    const showing = () => server.manager.get('bakery').detail;
    await expect.poll(showing, { timeout: 10_000 }).toBe('showing');
    const ids: string[] = [];
    for (const text of ['1', '2', '3']) {
      const body = { to: '4915123456789', text };
      ids.push(String((await server.json('POST', '/v1/instances/bakery/messages', body)).queueId));
    }
    whatsapp.phone('bakery').scan({ number: B });
    await expect.poll(() => server.manager.get('bakery').heldCount, { timeout: 10_000 }).toBe(3);
    return ids;
  }

  test('is listed, counted, released and dropped', async () => {
    const ids = await held();
    expect(await server.json('GET', '/v1/instances/bakery')).toMatchObject({
      queueDepth: 0,
      heldCount: 3,
      me: { phoneNumber: B },
      account: { phoneNumber: B },
      expectedAccount: null,
    });
    expect(idsOf(await server.json('GET', '/v1/instances/bakery/queue?held=true'))).toEqual(ids);
    expect(idsOf(await server.json('GET', '/v1/instances/bakery/queue?held=false'))).toEqual([]);
    expect(await server.json('GET', `/v1/instances/bakery/queue/${ids[0]}`)).toMatchObject({
      status: 'queued',
      held: true,
      account: `${A}@c.us`,
    });
    const first = await server.request('POST', '/v1/instances/bakery/queue/drop', { items: [ids[1]] });
    expect([first.status, await first.json()]).toEqual([200, { count: 1, heldCount: 2 }]);
    const rest = await server.request('POST', '/v1/instances/bakery/queue/release', { items: 'all' });
    expect([rest.status, await rest.json()]).toEqual([200, { count: 2, heldCount: 0 }]);
    const delivered = () => server.driver.whatsapp.deliveries('bakery').map(({ from }) => from);
    await expect.poll(delivered, { timeout: 10_000 }).toEqual([`${B}@c.us`, `${B}@c.us`]);
  });

  test('is not touched by the id of an item that is not there, nor by an empty wish', async () => {
    const ids = await held();
    for (const verb of ['release', 'drop']) {
      const path = `/v1/instances/bakery/queue/${verb}`;
      expect((await server.request('POST', path, { items: [ids[0], 'nothing'] })).status).toBe(404);
      for (const body of [{}, { items: [] }, { items: 'some' }, { items: 'all', why: 'x' }])
        expect((await server.request('POST', path, body)).status).toBe(400);
    }
    expect(await server.json('GET', '/v1/instances/bakery')).toMatchObject({ heldCount: 3 });
  });
});
