import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, ExampleProcess, removeFolder, temporaryFolder } from '../example-process.fixture.js';

const KEY = { 'x-api-key': 'open-sesame' };
let folder: string;
let example: ExampleProcess;
let url: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  const env = { DRIVER: 'simulated', API_KEY: KEY['x-api-key'], PORT: '0' };
  example = await ExampleProcess.start({ example: 'express', folder, env });
  url = (await example.prints(/listening on (\S+)/))[1] ?? '';
});
afterAll(async () => {
  await example?.kill();
  await removeFolder(folder);
});

describe('wakeeper in an Express application', () => {
  test('answers under its path, and there alone', async () => {
    expect(await ask('GET', `${url}/wa/readyz`)).toMatchObject({ status: 200 });
    expect((await fetch(`${url}/readyz`)).status).toBe(404);
  });

  test('asks for the key', async () => {
    expect(await ask('GET', `${url}/wa/v1/instances`)).toMatchObject({
      status: 401,
      body: { code: 'UNAUTHORIZED' },
    });
    expect(await ask('GET', `${url}/wa/v1/instances`, undefined, KEY)).toMatchObject({
      status: 200,
      body: { items: [] },
    });
  });

  test('reads bodies although the application has a parser of its own', async () => {
    expect(await ask('POST', `${url}/wa/v1/instances?wait=30`, { id: 'shop' }, KEY)).toMatchObject({
      status: 202,
      body: { id: 'shop' },
    });
    await expect
      .poll(() => ask('GET', `${url}/wa/v1/instances/shop`, undefined, KEY), { timeout: 20_000 })
      .toMatchObject({ body: { state: 'ready' } });
    const hello = { to: '4915112345678', text: 'Hello' };
    expect(await ask('POST', `${url}/wa/v1/instances/shop/messages`, hello, KEY)).toMatchObject({
      status: 200,
      body: { status: 'sent' },
    });
  });

  test('leaves the routes of the application alone, which sends without HTTP', async () => {
    expect(await (await fetch(url)).text()).toBe('The shop');
    const order = { customer: '4915112345678', item: 'tea' };
    expect(await ask('POST', `${url}/orders`, order)).toEqual({
      status: 201,
      body: { item: 'tea', told: 'sent' },
    });
  });

  test('leaves what nobody answers to whom it belongs', async () => {
    expect(await ask('GET', `${url}/wa/nothing`, undefined, KEY)).toMatchObject({
      status: 404,
      body: { code: 'ROUTE_NOT_FOUND' },
    });
    const own = await fetch(`${url}/nothing`);
    expect(own.headers.get('content-type')).toMatch(/html/);
    expect(await own.text()).toContain('Cannot GET /nothing');
  });

  test('ends on SIGTERM', async () => {
    expect(await example.stop()).toBe(0);
  });
});
