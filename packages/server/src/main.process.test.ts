import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { simulatedServers } from './server-process.fixture.js';

const servers = simulatedServers();
const { start } = servers;
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
    expect(await first.until('shop', 'ready')).toMatchObject({ me: { pushName: 'shop' } });
    expect(await first.ask('POST', '/v1/instances/shop/messages', hello)).toMatchObject({
      status: 200,
      body: { status: 'sent', instanceState: 'ready', queueDepth: 0, error: null },
    });

    first.kill('SIGTERM');
    // One that misses DRAIN_TIMEOUT_MS and 1.5 s ends itself with 1.
    expect(await first.exited).toBe(0);

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
    await server.until('shop', 'ready');
    await server.ask('POST', '/v1/instances/shop/messages', hello);
    server.kill('SIGTERM');
    await server.exited;
    expect(server.output).toContain('"instanceId":"shop"');
    expect(server.output).not.toMatch(/Hello|49151|4915123456789/);
  });

  test('exits at once on a second signal', async () => {
    const server = start({ STORE_URL: 'memory:' });
    await server.ask('POST', '/v1/instances', { id: 'shop' });
    await server.until('shop', 'ready');
    // Both are there when it goes on, so that the first cannot have ended it before the second comes.
    for (const signal of ['SIGSTOP', 'SIGTERM', 'SIGINT', 'SIGCONT'] as const) server.kill(signal);
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
    expect(existsSync(join(servers.folder, 'data'))).toBe(false);
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
    const server = start({ DRIVER: 'whatsapp-web', CHROME_PATH: join(servers.folder, 'no-chromium-here') });
    expect(await server.ask('GET', '/readyz')).toMatchObject({ status: 200 });
    expect(server.output).toMatch(/CHROME_PATH is .* Install one/);
    await server.ask('POST', '/v1/instances', { id: 'shop' });
    const instance = await server.until('shop', 'error');
    expect(instance).toMatchObject({
      detail: 'halted',
      retryAt: null,
      lastError: { code: 'BROWSER_NOT_FOUND' },
    });
    expect(String(instance.reason)).toMatch(/CHROME_PATH/);
    expect(await server.ask('POST', '/v1/instances/shop/messages', hello)).toMatchObject({
      status: 409,
      body: { status: 'failed', errorCode: 'INSTANCE_ERROR' },
    });
    server.kill('SIGTERM');
    expect(await server.exited).toBe(0);
  });
});
