import type { Log } from '@wakeeper/lifecycle';
import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import type { AppEnv } from './app-env.js';
import { gate } from './gate.js';
import { isLoopback, localCallersOnly } from './loopback.js';
import { answerProblem } from './problem.js';

const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };
const app = new Hono<AppEnv>()
  .onError(answerProblem(quiet))
  .use(gate([localCallersOnly], 1024))
  .post('/', (c) => c.text('in'));
const statusWith = async (headers: Record<string, string>) =>
  (await app.request('http://127.0.0.1:3000/', { method: 'POST', headers })).status;

describe('a server without keys', () => {
  test.each([
    [{}],
    [{ host: '127.0.0.1:3000' }],
    [{ host: 'localhost:3000' }],
    [{ host: '[::1]:3000' }],
    [{ host: 'localhost:3000', origin: 'http://localhost:3000' }],
  ])('answers a local caller with %o', async (headers) => {
    expect(await statusWith(headers)).toBe(200);
  });

  test.each([
    ['a name that was rebound to this machine', { host: 'evil.example:3000' }],
    ['a name that begins like a local one', { host: 'localhost.evil.example' }],
    ['a page of another site', { host: '127.0.0.1:3000', origin: 'https://evil.example' }],
    ['a page of another local server', { host: '127.0.0.1:3000', origin: 'http://127.0.0.1:8080' }],
    [
      'a picture in a page of another site',
      { host: '127.0.0.1:3000', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    ],
    [
      'a form of another site',
      { host: '127.0.0.1:3000', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
    ],
    ['a sandboxed page', { host: '127.0.0.1:3000', origin: 'null' }],
  ])('refuses %s', async (_, headers) => {
    expect(await statusWith(headers)).toBe(403);
  });
});

test('a link that somebody follows from another site is answered', async () => {
  const headers = { host: '127.0.0.1:3000', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
  const response = await app.request('http://127.0.0.1:3000/', { headers });
  expect(response.status).toBe(404);
});

test.each(['127.0.0.1', '127.255.0.1', 'localhost', 'LOCALHOST', '::1', '[::1]'])(
  '%s is loopback',
  (host) => {
    expect(isLoopback(host)).toBe(true);
  },
);
test.each(['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.example.org', '1127.0.0.1', 'localhost.example.org', ''])(
  '%s is not loopback',
  (host) => {
    expect(isLoopback(host)).toBe(false);
  },
);
