import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenApp, openApp } from '../open-app.fixture.js';
import { walkRoutes } from './route-walk.js';

interface Described {
  readonly openapi: string;
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>;
}

let server: OpenApp;
let document: Described;
beforeAll(async () => {
  server = await openApp({ app: { apiKeys: ['a-key'] } });
  document = (await server.json('GET', '/openapi.json')) as unknown as Described;
});
afterAll(() => server.close());

const operations = () => Object.values(document.paths).flatMap((methods) => Object.values(methods));

describe('the description', () => {
  test('has every route', () => {
    const { undescribed } = walkRoutes(server.app);
    const remedy = 'Wrap the first handler of each of these routes in described({...}) of http/described.ts.';
    expect(undescribed, remedy).toEqual([]);
  });

  test('names each operation once', () => {
    const ids = operations().map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(30);
  });

  test('is told to callers without a key, and is the same every time', async () => {
    const [first, second] = await Promise.all([
      server.app.request('/openapi.json'),
      server.app.request('/openapi.json'),
    ]);
    expect(first.status).toBe(200);
    expect(first.headers.get('content-type')).toBe('application/json');
    expect(await first.text()).toBe(await second.text());
  });
});
