/** The commands as processes of their own, beside a server that runs: what a person does at a terminal. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sqliteStore } from '@wakeeper/lifecycle/sqlite';
import { beforeEach, describe, expect, test } from 'vitest';
import { type ServerProcess, simulatedServers } from '../server-process.fixture.js';

const PORT_OF = /:(\d+)$/;

const servers = simulatedServers({ SIMULATED_SCAN_AFTER_MS: '1500' });
let env: Record<string, string>;
beforeEach(() => {
  env = {};
});

async function serve(): Promise<ServerProcess> {
  const server = servers.start(env, ['serve']);
  // From here on the commands find it as they do on any machine: by its PORT.
  env = { ...env, PORT: PORT_OF.exec(await server.url())?.[1] ?? '' };
  return server;
}
async function command(...args: string[]) {
  const process = servers.start(env, args);
  const code = await process.exited;
  return { code, out: process.stdout.join(''), err: process.stderr.join('') };
}

describe('at a terminal beside a running server', () => {
  test('an instance is paired, listed and fed, the store is copied, and SIGTERM ends all', async () => {
    const server = await serve();
    expect(await command('qr', 'shop', '--create', '--wait', '60')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/▄[\s\S]*shop is ready as shop/),
    });
    expect(await command('instances')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^ID .*\nshop +ready\S* .*\nAll in all: 1 ready\.\n$/),
    });
    expect(await command('send', 'shop', '4915112345678', 'Hello')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^sent: /),
    });

    const copy = join(servers.folder, 'copy.db');
    expect(await command('backup', copy)).toMatchObject({
      code: 0,
      out: expect.stringContaining('1 instances, 1 messages and polls, 0 of them not settled'),
    });
    expect(await command('backup', copy)).toMatchObject({
      code: 1,
      err: expect.stringContaining('not overwritten'),
    });
    expect(await command('send', 'shop', '4915112345678', 'Afterwards')).toMatchObject({ code: 0 });
    const store = sqliteStore({ path: copy });
    await store.open();
    expect((await store.instances.load()).map(({ id }) => id)).toEqual(['shop']);
    expect(await store.queue.list({ instanceId: 'shop', limit: 10 })).toMatchObject([{ status: 'sent' }]);
    await store.close();

    expect(await command('doctor')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/A wakeeper answers at[\s\S]*has it open[\s\S]*Nothing is wrong/),
    });
    server.kill('SIGTERM');
    // One that misses DRAIN_TIMEOUT_MS and 1.5 s ends itself with 1.
    expect(await server.exited).toBe(0);
    expect(await command('instances')).toMatchObject({
      code: 1,
      err: expect.stringContaining('`wakeeper serve`'),
    });
  });

  test('an import waits for the server to be down, and says so', async () => {
    await mkdir(join(servers.folder, 'old', 'session-shop', 'Default'), { recursive: true });
    await writeFile(join(servers.folder, 'old', 'session-shop', 'Local State'), '{}');
    const from = ['import', '--from', join(servers.folder, 'old')];
    expect(await command(...from, '--dry-run')).toMatchObject({
      code: 0,
      out: expect.stringContaining('would be adopted'),
    });
    const server = await serve();
    env = { ...env, DRIVER: 'whatsapp-web' };
    expect(await command(...from)).toMatchObject({
      code: 1,
      err: expect.stringContaining('Stop it (SIGTERM)'),
    });
    server.kill('SIGTERM');
    await server.exited;
    expect(await command(...from)).toMatchObject({
      code: 0,
      out: expect.stringContaining('1 adopted by a copy'),
    });
  });
});

describe('called wrongly', () => {
  test('it ends with 2, and starts nothing', async () => {
    expect(await command('sevre')).toMatchObject({ code: 2, out: '', err: expect.stringContaining('serve') });
  });
});
