/** Whatever is sent, the answer is the right refusal or the right result: never a 500, and nothing refused is stored. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bodies } from './field-arbitrary.fixture.js';
import { type OpenApp, openApp } from './open-app.fixture.js';
import { type FuzzedRequest, type FuzzedRoute, hostile, KEY, valid } from './request-arbitrary.fixture.js';
import { webhookBodies } from './webhook-arbitrary.fixture.js';

const WAITS = ['', '?wait=0', '?wait=0.001'];
const PAGES = ['', '?limit=1', '?limit=500'];
const route = (
  method: FuzzedRoute['method'],
  path: string,
  queries: string[] = [],
  ...fields: FuzzedRoute['bodies']
): FuzzedRoute => ({ method, path, queries, bodies: fields });
const ONE = '/v1/instances/:id';
const EVENTS = '/v1/events';
const HOOKS = '/v1/webhooks';
const HOOK = '/v1/webhooks/:id';

/** Every route, and the statuses of a valid request to an instance that shows a code, is ready, or is new. */
const routes: readonly (readonly [FuzzedRoute, readonly number[]])[] = [
  [route('GET', '/v1/instances', [...PAGES, '?state=ready', '?label=a:b&node=n']), [200]],
  [route('POST', '/v1/instances', WAITS, bodies.create), [202, 409]],
  [route('GET', ONE), [200]],
  [route('PATCH', ONE, [], bodies.change), [200]],
  [route('GET', `${ONE}/history`, PAGES), [200]],
  [route('GET', `${ONE}/qr`, WAITS), [200]],
  [route('POST', `${ONE}/pairing-code`, [], bodies.pairing), [200]],
  [route('GET', `${ONE}/screenshot`), [200]],
  [
    route('POST', `${ONE}/messages`, ['?wait=0'], bodies.text, bodies.media, bodies.location, bodies.contact),
    [202],
  ],
  [route('POST', `${ONE}/polls`, ['?wait=0'], bodies.poll), [202]],
  [route('POST', `${ONE}/messages/:messageId/reaction`, [], bodies.reaction), [404]],
  [route('POST', `${ONE}/chats/:chatId/read`), [404]],
  [route('GET', `${ONE}/queue`, [...PAGES, '?status=queued,sent']), [200]],
  [route('GET', `${ONE}/queue/:queueId`), [404]],
  [route('DELETE', `${ONE}/queue/:queueId`), [404]],
  [route('POST', `${ONE}/queue/:queueId/resolve`, [], bodies.resolve), [404]],
  [route('GET', `${ONE}/numbers/4915123456789`), [200]],
  [route('GET', `${ONE}/chats`, PAGES), [200]],
  [route('POST', `${ONE}/start`, WAITS), [202]],
  [route('POST', `${ONE}/restart`, WAITS, bodies.restart), [202]],
  [route('POST', `${ONE}/stop`, WAITS), [202]],
  [route('POST', `${ONE}/logout`, WAITS), [202]],
  [route('DELETE', ONE), [204]],
  [route('GET', `${ONE}/qr`, ['?follow=true', '?follow=true&wait=1&token=x']), [200]],
  [route('GET', EVENTS, ['', '?since=0', '?type=message.*&instance=paired', '?token=x']), [200]],
  [route('POST', `${EVENTS}/tokens`, [], bodies.token), [201]],
  [route('GET', HOOKS, PAGES), [200]],
  [route('GET', HOOK), [200]],
  [route('PATCH', HOOK, [], webhookBodies.change), [200]],
  [route('POST', `${HOOK}/rotate-secret`, [], webhookBodies.rotate), [200]],
  [route('POST', `${HOOK}/ping`), [200]],
  [route('POST', `${HOOK}/redeliver`, [], webhookBodies.redeliver), [202]],
  [route('GET', `${HOOK}/deliveries`, [...PAGES, '?status=dead,pending']), [200]],
  [route('GET', `${HOOK}/deliveries/:deliveryId`), [404]],
  [route('POST', `${HOOK}/deliveries/:deliveryId/redeliver`), [404]],
  [route('DELETE', HOOK), [204]],
  [route('POST', HOOKS, [], webhookBodies.create), [201, 409]],
];
const nameOf = ({ method, path }: FuzzedRoute) => `${method} ${path}`;

/** The seed makes a failure repeatable; the cases are at least two hundred a route. */
const RUNS = { seed: 20261121, numRuns: 250 };
const TIMEOUT_MS = 60_000;

let server: OpenApp;
let webhookId: string;
beforeAll(async () => {
  server = await openApp({
    app: { apiKeys: [KEY], maxBodyBytes: 3_000_000 },
    manager: { maxQueueSize: 1_000_000, maxRestartsPerWindow: 1_000_000, qrTimeoutMs: 3_600_000 },
    webhooks: { post: async () => ({ status: 204, error: null }) },
  });
  webhookId = await makeWebhook();
  await server.ready('paired');
  await server.unpaired('unpaired');
}, TIMEOUT_MS);
afterAll(() => server.close());

const ask = ({ method, path, body, headers }: FuzzedRequest) =>
  server.app.request(path, { method, headers, ...(body === undefined ? {} : { body }) });
/** What is removed in every case must be there in every case. */
const makeAgain = async () => {
  if (!server.data.instances.has('paired')) await server.manager.create({ id: 'paired', start: false });
};
/** One that hears nothing. */
const makeWebhook = async (): Promise<string> => {
  const settings = { description: '', events: ['*'], instances: ['nobody'], headers: {}, retries: null };
  return (await server.webhooks.create({ url: 'https://example.org', ...settings })).webhook.id;
};
/** The account, or the webhook, that the route is about. */
const subject = ({ path }: FuzzedRoute) =>
  path.startsWith(HOOKS) ? webhookId : /qr|pairing/.test(path) ? 'unpaired' : 'paired';

const stored = () =>
  JSON.stringify([
    [...server.data.instances.values()],
    [...server.data.queues].map(([id, queue]) => [id, [...queue.items.values()], [...queue.idempotency]]),
    server.data.lastFact,
    [...server.data.webhooks.values()].map(({ webhook, standing }) => [webhook, standing]),
  ]);

describe('a request that breaks a rule is refused with a problem, and leaves nothing behind', () => {
  test.each(routes.map(([each]) => [nameOf(each), each] as const))(
    '%s',
    async (_, each) => {
      const before = stored();
      await fc.assert(
        fc.asyncProperty(hostile(each, subject(each)), async (request) => {
          const response = await ask(request);
          const text = await response.text();
          expect([400, 401, 404, 405, 413, 415]).toContain(response.status);
          if (request.method === 'HEAD') return;
          expect(response.headers.get('content-type')).toBe('application/problem+json');
          expect(JSON.parse(text)).toMatchObject({
            status: response.status,
            code: expect.any(String),
            requestId: expect.any(String),
          });
          expect(text.length).toBeLessThan(10_000);
          expect(stored()).toBe(before);
        }),
        RUNS,
      );
    },
    TIMEOUT_MS,
  );
});

describe('a request that keeps the rules passes', () => {
  test.each(routes.map(([each, statuses]) => [nameOf(each), each, statuses] as const))(
    '%s',
    async (_, each, statuses) => {
      await fc.assert(
        fc.asyncProperty(valid(each, subject(each)), async (request) => {
          const isRemoval = each.method === 'DELETE';
          if (isRemoval && each.path === ONE) await makeAgain();
          const another = isRemoval && each.path === HOOK ? await makeWebhook() : webhookId;
          const response = await ask({ ...request, path: request.path.replace(webhookId, another) });
          if (!statuses.includes(response.status))
            expect([response.status, await response.text()]).toEqual([statuses, '']);
          // Some answers go on for as long as somebody reads them.
          else await response.body?.cancel();
        }),
        RUNS,
      );
    },
    TIMEOUT_MS,
  );
});

test('an address that is none, in any method, is 404', async () => {
  const nowhere = fc.tuple(
    fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'BREW'),
    fc.array(fc.stringMatching(/^[a-z0-9%.-]{1,20}$/), { maxLength: 5 }),
  );
  await fc.assert(
    fc.asyncProperty(nowhere, async ([method, steps]) => {
      const response = await ask({ method, path: `/v3/${steps.join('/')}`, headers: { 'x-api-key': KEY } });
      expect(response.status).toBe(404);
    }),
    RUNS,
  );
});
