/** The short form of `npm run fuzz`: every route many times, and none may answer what is not described. */
import { Validator } from '@seriousme/openapi-schema-validator';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DescribedApi, type Document } from './described-api.js';
import { fuzz } from './fuzz.js';
import { type FuzzedServer, KEY, openFuzzedServer } from './fuzzed-server.js';
import { INSTANCES, Pool } from './pool.js';
import { reportOf, totalsOf } from './report.js';
import { requestTo } from './request-arbitrary.js';

const ROUNDS = 12;
const SEED = 20261122;

let server: FuzzedServer;
beforeAll(async () => {
  server = await openFuzzedServer();
});
afterAll(() => server.close());

const run = (document: Document, rounds: number) =>
  fuzz(document, {
    ...server,
    key: KEY,
    pool: new Pool(INSTANCES),
    seed: SEED,
    requests: rounds * new DescribedApi(document).operations.length,
    deadlineMs: 10_000,
  });

describe('requests out of the description', () => {
  test('get answers that are in it, in time, and no 5xx', async () => {
    const report = await run(server.document, ROUNDS);
    expect(report.faults, reportOf(report)).toEqual([]);
    const { routes, byClass } = totalsOf(report);
    expect(routes).toBe(new DescribedApi(server.document).operations.length);
    expect(byClass['2xx']).toBeGreaterThan(report.requests / 4);
    expect(byClass['4xx']).toBeGreaterThan(report.requests / 10);
  });

  test('find a status, a field and a body that the description lacks', async () => {
    const spoilt = structuredClone(server.document) as {
      paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
      components: { schemas: Record<string, { properties: Record<string, unknown> }> };
    };
    delete spoilt.paths['/metrics']?.get?.responses['200'];
    delete spoilt.components.schemas.InstancePage?.properties.counts;
    const { faults } = await run(spoilt as unknown as Document, 5);
    expect(faults.join('\n')).toMatch(/GET \/metrics answers 200, which is not described/);
    expect(faults.join('\n')).toMatch(/GET \/v1\/instances answers 200 with a body that is not as described/);
  });
});

test('messages are sent as forms too, and their media are at no place but this machine and a refused one', () => {
  const api = new DescribedApi(server.document);
  const send = api.operations.find(({ operationId }) => operationId === 'sendMessage');
  if (!send) throw new Error('Nothing sends messages.');
  const aim = { key: KEY, sink: server.sink, pool: new Pool(INSTANCES) };
  const requests = fc.sample(requestTo(api, aim, send), { seed: SEED, numRuns: 300 });
  expect(requests.filter(({ form }) => form).length).toBeGreaterThan(50);
  const urls = requests.flatMap(({ body = '' }) =>
    [...body.matchAll(/"url":"(http[^"]*)"/g)].map(([, url]) => url),
  );
  expect(new Set(urls)).toEqual(
    new Set([`${server.sink}/cat.png`, `${server.sink}/refuses`, 'https://10.0.0.1/cat.png']),
  );
});

test('the description is valid OpenAPI 3.1', async () => {
  expect(await new Validator().validate(JSON.parse(JSON.stringify(server.document)))).toMatchObject({
    valid: true,
  });
});
