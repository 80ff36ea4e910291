import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Client, createClient, ProblemError } from './client.js';
import { type OpenApp, openApp } from './open-app.fixture.js';

let app: OpenApp;
let http: Server;
let url: string;
let client: Client;
beforeAll(async () => {
  app = await openApp({ app: { apiKeys: ['right'] } });
  http = createServer(getRequestListener(app.app.fetch, { overrideGlobalObjects: false }));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  client = createClient(url, { apiKey: 'right' });
  await app.ready('shop');
});
afterAll(async () => {
  http.closeAllConnections();
  http.close();
  await app.close();
});

const problemOf = async (call: Promise<unknown>): Promise<ProblemError> => {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof ProblemError) return error;
  throw new Error(`It is no problem: ${String(error)}`);
};

describe('the client', () => {
  test('has every kind of route, with the types of its answers', async () => {
    const instance = await (
      await client.v1.instances[':id'].$get({ param: { id: 'shop' }, query: {} })
    ).json();
    const state: 'ready' | 'connecting' | 'disconnected' | 'needs_qr' | 'error' = instance.state;
    expect(state).toBe('ready');
    expect(await (await client.healthz.$get()).json()).toEqual({ status: 'ok' });
    const { counts } = await (await client.v1.instances.$get({ query: { limit: '1' } })).json();
    expect(counts.ready).toBe(1);
    const { token } = await (
      await client.v1.events.tokens.$post({ query: {}, json: { ttlSeconds: 60 } })
    ).json();
    expect(token).toContain('.');
    const json = { url: 'https://example.org' };
    const webhook = await (await client.v1.webhooks.$post({ query: {}, json })).json();
    expect(webhook.secret).toMatch(/^whsec_/);
    expect(await (await client.metrics.$get()).text()).toContain('wakeeper_');
  });

  test('sends, and has the receipt of what is refused too', async () => {
    const json = { to: '4915112345678', text: 'Hello' };
    const sent = await client.v1.instances[':id'].messages.$post({ param: { id: 'shop' }, query: {}, json });
    expect(await sent.json()).toMatchObject({ status: 'sent', errorCode: null });
    await app.unpaired('new');
    const refused = await client.v1.instances[':id'].messages.$post({
      param: { id: 'new' },
      query: {},
      json,
    });
    expect(refused.status).toBe(409);
    const receipt = await refused.json();
    expect(receipt).toMatchObject({ status: 'failed', errorCode: 'NEEDS_QR' });
  });

  test('acts in chats', async () => {
    const { id: messageId } = app.driver.whatsapp.phone('shop').receive();
    const { messages, chats } = client.v1.instances[':id'];
    const reacted = await messages[':messageId'].reaction.$post({
      param: { id: 'shop', messageId },
      query: {},
      json: { emoji: '👍' },
    });
    expect(reacted.status).toBe(204);
    const param = { id: 'shop', chatId: '4915100000001@c.us' };
    expect((await chats[':chatId'].read.$post({ param, query: {}, json: {} })).status).toBe(204);
  });

  test('throws problems with their code, their fields and the id of the request', async () => {
    const problem = await problemOf(client.v1.instances[':id'].$get({ param: { id: 'nobody' }, query: {} }));
    expect(problem).toMatchObject({ status: 404, code: 'INSTANCE_NOT_FOUND', retryAfterMs: null });
    expect(problem.message).toContain('nobody');
    expect(problem.requestId).not.toBe('');
    const json = { to: '4915112345678', text: '' };
    const invalid = await problemOf(
      client.v1.instances[':id'].messages.$post({ param: { id: 'shop' }, query: {}, json }),
    );
    expect(invalid.errors).toEqual([{ path: 'text', message: expect.any(String) }]);
  });

  test('shows its key', async () => {
    const stranger = createClient(url, { apiKey: 'wrong' });
    const problem = await problemOf(stranger.v1.instances.$get({ query: {} }));
    expect(problem.code).toBe('UNAUTHORIZED');
  });

  test('reads streams for longer than an answer may take to begin', async () => {
    const hasty = createClient(url, { apiKey: 'right', timeoutMs: 200 });
    const response = await hasty.v1.events.$get({ query: { since: '0' } });
    const reader = response.body?.getReader();
    let text = '';
    while (!text.includes('instance.state')) {
      const { value, done } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) break;
      text += new TextDecoder().decode(value);
    }
    expect(text).toContain('"instanceId":"shop"');
    await reader?.cancel();
  });

  test('gives up when the server does not begin to answer', async () => {
    const hasty = createClient(url, { apiKey: 'right', timeoutMs: 30 });
    app.driver.whatsapp.pair('late');
    app.driver.whatsapp.faults('late').always('ready', 'never');
    await app.manager.create({ id: 'late' });
    const late = hasty.v1.instances[':id'].qr.$get({ param: { id: 'late' }, query: { wait: '60' } });
    await expect(late).rejects.toThrow('did not begin to answer within 30 ms');
  });
});
