import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventually } from '../../../testing/fleet/eventually.js';
import { hangingDisk } from './hanging-disk.fixture.js';
import { type ServerProcess, simulatedServers } from './server-process.fixture.js';

const hello = { to: '4915123456789', text: 'Hello' };
const servers = simulatedServers({ STORE_STALL_TIMEOUT_MS: '1000', DRAIN_TIMEOUT_MS: '200' });

/** A server that took a message, and then lost its disk in the middle of a commit; and the way to bring the disk back. */
async function stalled(): Promise<{ server: ServerProcess; comeBack: () => void }> {
  const pipe = join(servers.folder, 'pipe');
  const disk = join(servers.folder, 'disk.cjs');
  writeFileSync(disk, hangingDisk);
  const server = servers.start({ HANGING_DISK: pipe, NODE_OPTIONS: `--require ${disk}` });
  await server.ask('POST', '/v1/instances', { id: 'shop', start: false });
  await server.ask('POST', '/v1/instances', { id: 'market' });
  await server.until('market', 'ready');
  expect((await server.ask('POST', '/v1/instances/market/messages', hello)).status).toBe(200);
  execFileSync('mkfifo', [pipe]);
  expect(await server.ask('POST', '/v1/instances/shop/start')).toMatchObject({
    status: 503,
    body: { code: 'STORE_UNAVAILABLE' },
  });
  const comeBack = () => {
    closeSync(openSync(pipe, 'w'));
    rmSync(pipe);
  };
  return { server, comeBack };
}

test('a server whose disk stalled says so, ends with 74, and the next one has all that was accepted', async () => {
  const { server, comeBack } = await stalled();
  expect(await server.ask('GET', '/healthz')).toMatchObject({
    status: 503,
    body: { code: 'STORE_UNAVAILABLE', detail: expect.stringContaining('has not answered a commit') },
  });
  await eventually(
    () => server.stderr.length > 0 || undefined,
    10_000,
    () => server.output,
  );
  comeBack();
  expect(await server.exited).toBe(74);
  expect(server.stderr.join('').trimEnd()).toMatch(/^wakeeper ends with exit code 74, [^\n]+$/);
  expect(server.output).toContain('the store is lost to this process');

  const next = servers.start();
  const { body: queue } = await next.ask('GET', '/v1/instances/market/queue?status=sent');
  expect(queue.items).toHaveLength(1);
});

test('a disk that never answers holds no process: Node would wait for it for ever', async () => {
  const { server } = await stalled();
  expect(await server.exited).toBe('SIGKILL');
  expect(server.stderr.join('').trimEnd()).toMatch(/^wakeeper ends with exit code 74, [^\n]+$/);
});
