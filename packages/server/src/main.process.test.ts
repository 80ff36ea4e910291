import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { killServers, ServerProcess } from './server-process.fixture.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wakeeper-server-'));
});
afterEach(async () => {
  killServers();
  await rm(folder, { recursive: true, force: true });
});

const start = (env: Record<string, string> = {}) =>
  new ServerProcess({
    DRIVER: 'simulated',
    SIMULATED_SCAN_AFTER_MS: '50',
    STORE_URL: `sqlite:${join(folder, 'data', 'wakeeper.db')}`,
    AUTH_BASE_DIR: join(folder, 'auth'),
    ...env,
  });
const hello = { to: '+49 151 2345-6789', text: 'Hello' };

describe('the simulated server', () => {
  test('goes from a new instance to a sent message, ends on SIGTERM, and knows the instance afterwards', async () => {
    const first = start();
    expect(await first.ask('GET', '/readyz')).toMatchObject({ status: 200 });
    expect(await first.ask('POST', '/v1/instances', { id: 'shop', labels: { team: 'sales' } })).toMatchObject(
      { status: 202 },
    );
    const { body: code } = await first.ask('GET', '/v1/instances/shop/qr?wait=20');
    expect(code.qr).toMatch(/^2@/);
    const { body: instance } = await waitForState(first, 'ready');
    expect(instance).toMatchObject({ state: 'ready', me: { pushName: 'shop' } });
    expect(await first.ask('POST', '/v1/instances/shop/messages', hello)).toMatchObject({
      status: 200,
      body: { status: 'sent', instanceState: 'ready', queueDepth: 0, error: null },
    });

    const asked = Date.now();
    first.kill('SIGTERM');
    expect(await first.exited).toBe(0);
    expect(Date.now() - asked).toBeLessThan(8000);

    const second = start();
    expect(await second.ask('GET', '/v1/instances/shop')).toMatchObject({
      status: 200,
      body: { wanted: 'running', labels: { team: 'sales' } },
    });
    const { body: queue } = await second.ask('GET', '/v1/instances/shop/queue?status=sent');
    expect(queue.items).toHaveLength(1);
    second.kill('SIGINT');
    expect(await second.exited).toBe(0);
  });

  test('logs no message and no phone number at the default level', async () => {
    const server = start({ STORE_URL: 'memory:' });
    await server.ask('POST', '/v1/instances', { id: 'shop' });
    await waitForState(server, 'ready');
    await server.ask('POST', '/v1/instances/shop/messages', hello);
    server.kill('SIGTERM');
    await server.exited;
    expect(server.output).toContain('"instanceId":"shop"');
    expect(server.output).not.toMatch(/Hello|49151|4915123456789/);
  });

  test('exits at once on a second signal', async () => {
    const server = start({ STORE_URL: 'memory:' });
    await server.ask('POST', '/v1/instances', { id: 'shop' });
    await waitForState(server, 'ready');
    server.kill('SIGTERM');
    server.kill('SIGINT');
    expect(await server.exited).toBe(1);
    expect(server.output).toContain('a second signal');
  });

  test('does not start on a port that is taken, and leaves its store alone', async () => {
    const first = start({ STORE_URL: 'memory:' });
    const port = new URL(await first.url()).port;
    const second = start({ PORT: port });
    expect(await second.exited).toBe(1);
    expect(second.stderr.join('').trimEnd()).toMatch(
      new RegExp(`^[^\\n]*PORT ${port}[^\\n]*EADDRINUSE[^\\n]*$`),
    );
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });

  test('does not start on a store that another process has, and says so in one line', async () => {
    const first = start();
    await first.url();
    const second = start();
    expect(await second.exited).toBe(1);
    expect(second.stderr.join('').trimEnd()).toMatch(/^wakeeper cannot start\. [^\n]+$/);
    expect(await first.ask('GET', '/readyz')).toMatchObject({ status: 200 });
  });
});

describe('a bad environment', () => {
  test.each([
    [{ PORT: 'eighty' }, 'PORT must be a whole number from 0 to 65535, and is "eighty".'],
    [{ HOST: '0.0.0.0' }, 'HOST must be a loopback address'],
    [{ STORE_URL: 'redis://cache:6379' }, 'redis:// is not in this version'],
  ])('of %o stops the start with one line and exit code 1', async (env, line) => {
    const server = start(env);
    expect(await server.exited).toBe(1);
    expect(server.stdout.join('')).toBe('');
    const [first, ...rest] = server.stderr.join('').trimEnd().split('\n');
    expect(first).toContain(line);
    expect(rest).toEqual([]);
  });
});

describe('without a browser', () => {
  test('the server starts all the same, and the instance says what to do', async () => {
    const server = start({ DRIVER: 'whatsapp-web', CHROME_PATH: join(folder, 'no-chromium-here') });
    expect(await server.ask('GET', '/readyz')).toMatchObject({ status: 200 });
    expect(server.output).toMatch(/CHROME_PATH is .* Install one/);
    await server.ask('POST', '/v1/instances', { id: 'shop' });
    const { body } = await waitForState(server, 'error');
    expect(body).toMatchObject({ detail: 'halted', retryAt: null, lastError: { code: 'BROWSER_NOT_FOUND' } });
    expect(String(body.reason)).toMatch(/CHROME_PATH/);
    expect(await server.ask('POST', '/v1/instances/shop/messages', hello)).toMatchObject({
      status: 409,
      body: { status: 'failed', errorCode: 'INSTANCE_ERROR' },
    });
    server.kill('SIGTERM');
    expect(await server.exited).toBe(0);
  });
});

/** The instance, as soon as it is in that state. */
async function waitForState(server: ServerProcess, state: string) {
  await expect
    .poll(() => server.ask('GET', '/v1/instances/shop'), { timeout: 20_000, interval: 100 })
    .toMatchObject({ body: { state } });
  return server.ask('GET', '/v1/instances/shop');
}
