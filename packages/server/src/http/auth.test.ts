import type { Log } from '@wakeeper/lifecycle';
import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import type { AppEnv } from './app-env.js';
import { requireApiKey } from './auth.js';
import { gate } from './gate.js';
import { answerProblem } from './problem.js';

const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };
const app = new Hono<AppEnv>()
  .onError(answerProblem(quiet))
  .use(gate([requireApiKey(['first-key', 'second-key'])], 1024))
  .get('/', (c) => c.text('in'));
const statusWith = async (headers: Record<string, string>) => (await app.request('/', { headers })).status;

describe('a request', () => {
  test.each([
    [{ 'x-api-key': 'first-key' }],
    [{ 'x-api-key': 'second-key' }],
    [{ authorization: 'Bearer second-key' }],
    [{ authorization: 'bearer  first-key' }],
    [{ 'x-api-key': 'wrong', authorization: 'Bearer first-key' }],
  ])('with %o is let in', async (headers) => {
    expect(await statusWith(headers)).toBe(200);
  });

  test.each([
    [{}],
    [{ 'x-api-key': '' }],
    [{ 'x-api-key': 'first-key,second-key' }],
    [{ 'x-api-key': 'First-Key' }],
    [{ 'x-api-key': 'first-ke' }],
    [{ 'x-api-key': 'first-keyy' }],
    [{ authorization: 'first-key' }],
    [{ authorization: 'Basic first-key' }],
    [{ authorization: 'Bearer' }],
    [{ authorization: 'Bearer ' }],
    [{ authorization: 'Bearer undefined' }],
  ])('with %o is refused with 401', async (headers) => {
    expect(await statusWith(headers)).toBe(401);
  });

  test('that is refused hears how to authenticate, and not which keys there are', async () => {
    const response = await app.request('/', { headers: { 'x-api-key': 'wrong-key' } });
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    const body = await response.text();
    expect(JSON.parse(body)).toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
    expect(body).not.toMatch(/first-key|second-key|wrong-key/);
  });
});
