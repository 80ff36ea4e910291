import { memoryStore } from '@wakeeper/lifecycle/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type OpenApp, openApp } from '../open-app.fixture.js';

let server: OpenApp;
beforeEach(async () => {
  server = await openApp({ app: { apiKeys: ['key'] } });
});
afterEach(() => server.close());

test.each(['/healthz', '/readyz'])('%s answers 200 without a key', async (path) => {
  const response = await server.request('GET', path);
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ status: 'ok' });
});

test('/readyz is 503 with the reason as soon as the server begins to close; /healthz stays 200', async () => {
  const closing = server.close();
  const response = await server.request('GET', '/readyz');
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({
    code: 'SHUTTING_DOWN',
    detail: expect.stringMatching(/shutting down/),
  });
  expect((await server.request('GET', '/healthz')).status).toBe(200);
  await closing;
});

test('/readyz is 503 with the reason when the store cannot be written', async () => {
  await memoryStore({ data: server.data }).open();
  const response = await server.request('GET', '/readyz');
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ detail: expect.stringMatching(/store/i) });
});

test('both are 503 with the reason once nothing can be stored by this process any more', async () => {
  await server.ready('shop');
  await memoryStore({ data: server.data }).open();
  await expect(server.manager.stop('shop')).rejects.toMatchObject({ code: 'STORE_LOCKED' });
  await server.manager.storeLost;
  for (const path of ['/healthz', '/readyz']) {
    const response = await server.request('GET', path);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      code: 'STORE_LOCKED',
      detail: expect.stringMatching(/Nothing can be stored by this process any more: Another owner/),
    });
  }
});

test('successful probes are not in the log', async () => {
  await server.request('GET', '/healthz');
  await server.request('GET', '/readyz');
  expect(server.logged.filter((line) => line.includes('"request"'))).toEqual([]);
});
