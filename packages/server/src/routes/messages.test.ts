import { memoryStore } from '@wakeeper/lifecycle/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type OpenApp, openApp } from '../open-app.fixture.js';

let server: OpenApp;
beforeEach(async () => {
  server = await openApp();
});
afterEach(() => server.close());

const hello = { to: '+49 151 2345-6789', text: 'Hello' };
const poll = { to: '4915123456789', question: 'Lunch?', options: ['Pizza', 'Soup'] };
const send = (body: object = hello, search = '', headers: Record<string, string> = {}) =>
  server.request('POST', `/v1/instances/shop/messages${search}`, body, headers);

describe('a send to a ready instance', () => {
  beforeEach(() => server.ready('shop'));

  test('answers 200 with the receipt once WhatsApp has it', async () => {
    const response = await send();
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      status: 'sent',
      instanceState: 'ready',
      queueDepth: 0,
      messageId: expect.stringMatching(/4915123456789@c\.us/),
      queueId: expect.any(String),
      error: null,
      errorCode: null,
    });
    expect(server.driver.whatsapp.deliveries('shop').map(({ content }) => content)).toMatchObject([
      { type: 'message', payload: { to: '4915123456789@c.us', text: 'Hello' } },
    ]);
  });

  test.each([
    ['media', { media: { mimetype: 'image/png', data: 'iVBORw0KGgo=', caption: 'Look' } }],
    ['location', { location: { latitude: 52.5, longitude: 13.4 } }],
    ['contact', { contact: { name: 'Ann', phoneNumber: '4915123456780' } }],
  ])('takes %s', async (_, content) => {
    expect((await send({ to: hello.to, ...content })).status).toBe(200);
    expect(server.driver.whatsapp.deliveries('shop')[0]?.content.payload).toEqual({
      to: '4915123456789@c.us',
      ...content,
    });
  });

  test('takes a poll', async () => {
    const response = await server.request('POST', '/v1/instances/shop/polls', {
      ...poll,
      allowMultipleAnswers: true,
    });
    expect(response.status).toBe(200);
    expect(server.driver.whatsapp.deliveries('shop')[0]?.content).toMatchObject({
      type: 'poll',
      payload: {
        to: '4915123456789@c.us',
        question: 'Lunch?',
        options: ['Pizza', 'Soup'],
        allowMultipleAnswers: true,
      },
    });
  });

  test('with ?wait=0 answers 202 at once, and is sent all the same', async () => {
    const response = await send(hello, '?wait=0');
    expect(response.status).toBe(202);
    const receipt = (await response.json()) as { status: string; queueId: string };
    expect(receipt).toMatchObject({ status: 'queued', queueDepth: 1 });
    await expect
      .poll(() => server.manager.queueItem('shop', receipt.queueId))
      .toMatchObject({ status: 'sent' });
  });

  test('waits no longer than ?wait says', async () => {
    server.driver.whatsapp.faults('shop').next('ack', 'withhold');
    expect((await send(hello, '?wait=0.05')).status).toBe(202);
  });

  test('to somebody who is not on WhatsApp is 422', async () => {
    server.driver.whatsapp.faults('shop').next('send', { refused: 'RECIPIENT_NOT_FOUND' });
    const response = await send();
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ status: 'failed', errorCode: 'RECIPIENT_NOT_FOUND' });
  });

  test('carries metadata and a time to live of its own', async () => {
    const { queueId } = (await (
      await send({ ...hello, metadata: { order: [7] }, ttlMs: 60_000 })
    ).json()) as { queueId: string };
    const item = await server.json('GET', `/v1/instances/shop/queue/${queueId}`);
    expect(item.metadata).toEqual({ order: [7] });
    expect(Date.parse(String(item.expiresAt)) - Date.parse(String(item.createdAt))).toBe(60_000);
  });

  test('that nobody could send is 400, and nothing is stored', async () => {
    expect((await send({ ...hello, to: '12' })).status).toBe(400);
    expect((await send({ to: hello.to })).status).toBe(400);
    expect(
      (await server.request('POST', '/v1/instances/shop/polls', { ...poll, options: ['a'] })).status,
    ).toBe(400);
    expect(server.data.itemIds.size).toBe(0);
  });

  test.each([
    ['groupinvite@g.us', 'chat id'],
    ['abc@c.us', 'chat id'],
    ['4915112345678:12@s.whatsapp.net', '4915112345678@c.us'],
    ['+49 (0) 151 12345678', '"(0)"'],
  ])('to %s is 400, and the answer says what to write', async (to, words) => {
    const response = await send({ ...hello, to });
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { code: 'RECIPIENT_INVALID', errors: [{ path: 'to', message: expect.stringContaining(words) }] },
    ]);
    expect(server.data.itemIds.size).toBe(0);
  });

  test.each(['###', 'QUJ', 'data:image/png;base64,QUJD', ''])(
    'whose bytes are no base64 ("%s") is 400 like every other fault of its content',
    async (data) => {
      const response = await send({ to: hello.to, media: { mimetype: 'image/png', data } });
      expect([response.status, await response.json()]).toMatchObject([
        400,
        { code: 'INVALID_INPUT', errors: [{ path: 'media.data', message: expect.stringMatching(/^must /) }] },
      ]);
      expect(server.data.itemIds.size).toBe(0);
    },
  );

  test('is told everything that is wrong with it', async () => {
    const response = await send({
      to: 'nobody',
      location: { latitude: 999, longitude: 1 },
      linkPreview: true,
    });
    expect([response.status, await response.json()]).toMatchObject([
      400,
      {
        code: 'INVALID_INPUT',
        errors: [
          { path: 'to' },
          { path: 'location.latitude', message: 'must be a number from -90 to 90' },
          { path: 'linkPreview', message: 'goes with a text' },
        ],
      },
    ]);
  });
});

describe('with recipients looked up before', () => {
  test('somebody who is not on WhatsApp is 422, and nothing is stored', async () => {
    const resolving = await openApp({ manager: { resolveRecipients: true } });
    try {
      await resolving.ready('shop');
      for (const [path, content] of [
        ['messages', { text: 'Hello' }],
        ['polls', { question: 'Lunch?', options: ['Pizza', 'Soup'] }],
      ] as const) {
        const body = { to: '999123456789', ...content };
        const response = await resolving.request('POST', `/v1/instances/shop/${path}?wait=0`, body);
        expect(response.status).toBe(422);
        expect(await response.json()).toMatchObject({
          status: 'failed',
          queueId: null,
          errorCode: 'RECIPIENT_NOT_FOUND',
        });
      }
      expect(resolving.data.itemIds.size).toBe(0);
    } finally {
      await resolving.close();
    }
  });
});

describe('an idempotency key', () => {
  beforeEach(() => server.ready('shop'));
  const keyed = { 'idempotency-key': 'order-7' };

  test('given twice sends once, and answers with the same item', async () => {
    const [first, second] = [await send(hello, '', keyed), await send(hello, '', keyed)];
    expect(await second.json()).toEqual(await first.json());
    expect(second.status).toBe(200);
    expect(server.driver.whatsapp.deliveries('shop')).toHaveLength(1);
  });

  test('may stand in the header, in the body, or in both', async () => {
    const inBody = { ...hello, idempotencyKey: 'order-7' };
    for (const response of [await send(hello, '', keyed), await send(inBody), await send(inBody, '', keyed)])
      expect(response.status).toBe(200);
    expect(server.driver.whatsapp.deliveries('shop')).toHaveLength(1);
  });

  test('that differs in header and body is 400', async () => {
    const response = await send({ ...hello, idempotencyKey: 'order-8' }, '', keyed);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ path: 'Idempotency-Key' }] });
  });

  test('with another body is 422', async () => {
    await send(hello, '', keyed);
    const response = await send({ ...hello, text: 'Other' }, '', keyed);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
  });

  test.each(['', 'x'.repeat(256), 'two words', 'caf\u00e9'])('that is none ("%s") is 400', async (key) => {
    expect((await send(hello, '', { 'idempotency-key': key })).status).toBe(400);
  });
});

describe('a send to an instance that is not ready', () => {
  test('is 202 while it connects, and goes out when it is ready', async () => {
    await server.close();
    server = await openApp({ times: { openMs: 200 } });
    server.driver.whatsapp.pair('shop');
    await server.manager.create({ id: 'shop' });
    const response = await send();
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ status: 'queued', queueDepth: 1, messageId: null });
    await server.manager.whenReady('shop', { timeoutMs: 5000 });
    await expect.poll(() => server.driver.whatsapp.deliveries('shop').length).toBe(1);
  });

  test('is 409 NEEDS_QR while it must be paired', async () => {
    await server.unpaired('shop');
    const response = await send();
    expect(response.status).toBe(409);
    expect(await response.json()).toEqual({
      status: 'failed',
      instanceState: 'needs_qr',
      queueDepth: 0,
      messageId: null,
      queueId: null,
      error: expect.any(String),
      errorCode: 'NEEDS_QR',
    });
  });

  test('is 409 INSTANCE_STOPPED when a person stopped it', async () => {
    await server.manager.create({ id: 'shop', start: false });
    const response = await send();
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ status: 'failed', errorCode: 'INSTANCE_STOPPED' });
  });

  test('is 409 INSTANCE_ERROR when only a person can mend it', async () => {
    server.driver.whatsapp.faults('shop').always('open', { reject: 'BROWSER_NOT_FOUND' });
    await server.manager.create({ id: 'shop' });
    await server.manager.whenSettled('shop', { timeoutMs: 5000 });
    const response = await send();
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ instanceState: 'error', errorCode: 'INSTANCE_ERROR' });
  });
});

test('a send to somebody new is 422 while WhatsApp lets the account open no new chats', async () => {
  await server.ready('shop');
  const until = Date.parse('2100-01-02T03:04:05.000Z');
  server.driver.whatsapp.restrict('shop', { kind: 'RESTRICT_ALL_COMPANIONS', until });
  const response = await send();
  expect(response.status).toBe(422);
  expect(await response.json()).toMatchObject({
    status: 'failed',
    errorCode: 'RECIPIENT_TIMELOCKED',
    error: expect.stringContaining('2100-01-02T03:04:05.000Z'),
  });
  const restriction = { kind: 'RESTRICT_ALL_COMPANIONS', until: '2100-01-02T03:04:05.000Z' };
  expect(await server.json('GET', '/v1/instances/shop')).toMatchObject({ state: 'ready', restriction });
  server.driver.whatsapp.restrict('shop', null);
  expect((await send()).status).toBe(200);
  expect(await server.json('GET', '/v1/instances/shop')).toMatchObject({ restriction: null });
});

test('a full queue is 429 and says when to try again', async () => {
  await server.close();
  server = await openApp({ manager: { maxQueueSize: 1 } });
  server.driver.whatsapp.pair('shop');
  server.driver.whatsapp.faults('shop').always('open', 'hang');
  await server.manager.create({ id: 'shop' });
  expect((await send()).status).toBe(202);
  const response = await send();
  expect(response.status).toBe(429);
  expect(response.headers.get('retry-after')).toBe(
    String(Math.ceil(server.manager.retryAfterMs('shop') / 1000)),
  );
  expect(await response.json()).toMatchObject({ status: 'failed', errorCode: 'QUEUE_FULL', queueDepth: 1 });
});

test('a store that cannot be written is 503, and nothing is sent', async () => {
  await server.ready('shop');
  // Another owner opens the data: whatever this one writes is refused from then on.
  await memoryStore({ data: server.data }).open();
  const response = await send();
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ status: 'failed' });
  expect(server.driver.whatsapp.deliveries('shop')).toEqual([]);
});
