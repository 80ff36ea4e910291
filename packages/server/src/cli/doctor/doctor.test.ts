import { chmod, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteStore } from '@wakeeper/lifecycle/sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { call } from '../command-line.fixture.js';
import { sandboxCheck } from './browser-check.js';
import { type ClockEvidence, clockFinding, networkCheck } from './clock-check.js';
import { inLines } from './doctor.js';
import type { Finding } from './finding.js';
import { memoryCheck, sharedMemoryCheck } from './memory-check.js';
import { portCheck } from './port-check.js';
import { profilesCheck } from './profiles-check.js';
import { spoolCheck } from './spool-check.js';
import { storeCheck } from './store-check.js';

let folder: string;
let servers: Server[];
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'wakeeper-doctor-')));
  servers = [];
});
afterEach(async () => {
  for (const server of servers) server.close();
  await rm(folder, { recursive: true });
});

async function portOf(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
const anywhere = { host: '127.0.0.1', apiKeys: [] };

describe('the doctor', () => {
  const env = () => ({
    DRIVER: 'simulated',
    PORT: '0',
    HOST_CHECK: 'none',
    STORE_URL: `sqlite:${join(folder, 'data', 'wakeeper.db')}`,
    AUTH_BASE_DIR: join(folder, 'auth'),
  });

  test('finds nothing wrong where all is well, and leaves no trace', async () => {
    const { code, out } = await call(['doctor'], env());
    expect(code).toBe(0);
    expect(out).toMatch(/^ok {5}node /);
    expect(out.trimEnd()).toMatch(/Nothing is wrong\.$/);
    expect(await readdir(folder)).toEqual([]);
  });

  test('ends with 1 where something is wrong, with the remedy below it, and tells programs the same', async () => {
    await writeFile(join(folder, 'data'), 'a file where a folder should be');
    const { code, out } = await call(['doctor'], env());
    expect(code).toBe(1);
    expect(out).toMatch(/^wrong {2}store .*\n +-> Make .* a directory that this user can write to\.$/m);
    expect(out.trimEnd()).toMatch(/1 thing is wrong\.$/);
    const json = await call(['doctor', '--json'], env());
    const said = JSON.parse(json.out) as { ok: boolean; findings: Finding[] };
    expect([json.code, said.ok]).toEqual([1, false]);
    expect(said.findings.filter(({ level }) => level === 'wrong')).toMatchObject([{ check: 'store' }]);
  });

  test('tells of a variable that breaks its rule, and looks no further', async () => {
    const { code, out } = await call(['doctor'], { ...env(), PORT: 'eighty' });
    expect(code).toBe(1);
    expect(out).toMatch(/^wrong {2}configuration {2}PORT must be a whole number/);
    expect(out).not.toContain('store');
  });

  test('prints a finding without a remedy in one line', () => {
    expect(inLines({ check: 'node', level: 'ok', message: 'Fine.', remedy: null })).toBe(
      'ok     node           Fine.\n',
    );
  });
});

describe('the port', () => {
  test('is well when it is free', async () => {
    expect(await portCheck({ ...anywhere, port: 0 })).toMatchObject({
      isServing: false,
      finding: { level: 'ok', message: expect.stringContaining('free') },
    });
  });

  test('is wrong when another program has it', async () => {
    const port = await portOf(createHttpServer((_, response) => response.end('{"status":"ok"}')));
    expect(await portCheck({ ...anywhere, port })).toMatchObject({
      isServing: false,
      finding: {
        level: 'wrong',
        message: expect.stringContaining('EADDRINUSE'),
        remedy: expect.stringContaining('ss -ltnp'),
      },
    });
  });

  test('is wrong when something there only hangs up', async () => {
    const silent = createServer((socket) => socket.end());
    expect((await portCheck({ ...anywhere, port: await portOf(silent) })).finding.level).toBe('wrong');
  });

  test('is wrong on an address that is not of this machine', async () => {
    expect(await portCheck({ ...anywhere, host: '192.0.2.1', port: 0 })).toMatchObject({
      finding: { level: 'wrong', remedy: expect.stringContaining('127.0.0.1') },
    });
  });
});

describe('the store', () => {
  const location = () => ({ kind: 'sqlite' as const, path: join(folder, 'wakeeper.db') });

  test('is well before there is one, and when nobody has it open', async () => {
    expect((await storeCheck(location(), false)).finding).toMatchObject({
      level: 'ok',
      message: expect.stringContaining('can be made'),
    });
    const store = sqliteStore(location());
    await store.open();
    await store.close();
    expect((await storeCheck(location(), false)).finding).toMatchObject({
      level: 'ok',
      message: expect.stringContaining('nobody has it open'),
    });
  });

  test('is wrong when somebody has it open and no server answers, with the name of the process', async () => {
    const store = sqliteStore(location());
    await store.open();
    const { finding } = await storeCheck(location(), false);
    expect(finding).toMatchObject({
      level: 'wrong',
      message: expect.stringContaining(`process ${process.pid} `),
    });
    expect((await storeCheck(location(), true)).finding.level).toBe('ok');
    await store.close();
  });

  test('is wrong when it is no store', async () => {
    await writeFile(location().path, 'no database, whatever its name says. '.repeat(10));
    expect(await storeCheck(location(), false)).toMatchObject({
      finding: { level: 'wrong' },
      inspection: null,
    });
  });

  test('is worth a note in memory', async () => {
    expect((await storeCheck({ kind: 'memory' }, false)).finding.level).toBe('note');
  });
});

test('media can be spooled where MEDIA_SPOOL_DIR is a folder, or can be made', async () => {
  expect(await spoolCheck(folder)).toMatchObject({ level: 'ok' });
  expect(await spoolCheck(join(folder, 'spool'))).toMatchObject({
    level: 'ok',
    message: expect.stringContaining('can be made'),
  });
  expect(await spoolCheck('/proc/self/spool')).toMatchObject({
    level: 'wrong',
    remedy: expect.stringContaining('MEDIA_SPOOL_DIR'),
  });
});

describe('AUTH_BASE_DIR', () => {
  test('is well when it can be made, and for its owner alone to read', async () => {
    const path = join(folder, 'auth');
    expect(await profilesCheck(path, false)).toMatchObject({ level: 'ok' });
    await mkdir(path, { mode: 0o700 });
    await mkdir(join(path, 'shop'));
    expect(await profilesCheck(path, false)).toMatchObject({
      level: 'ok',
      message: expect.stringContaining('holds 1 folders'),
    });
    expect(await readdir(path)).toEqual(['shop']);
  });

  test('is worth a note when others can read it', async () => {
    await chmod(folder, 0o755);
    expect(await profilesCheck(folder, false)).toMatchObject({
      level: 'note',
      remedy: `chmod 700 ${folder}`,
    });
  });

  test('is wrong where nothing can be written', async () => {
    await writeFile(join(folder, 'file'), '');
    expect(await profilesCheck(join(folder, 'file', 'auth'), false)).toMatchObject({
      level: 'wrong',
      remedy: expect.stringContaining('AUTH_BASE_DIR'),
    });
    expect(await profilesCheck('/proc/self/auth', false)).toMatchObject({ level: 'wrong' });
  });
});

describe('the sandbox', () => {
  const host = (isRoot = false, chromeArgs: readonly string[] = []) => ({
    isRoot,
    chromeArgs,
    sysctls: folder,
  });
  const allow = async (name: string, value: string) => {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), `${value}\n`);
  };

  test('is well where user namespaces are allowed, or nothing is known against them', async () => {
    expect(await sandboxCheck(host())).toMatchObject({ level: 'ok' });
    await allow('user/max_user_namespaces', '15000');
    await allow('kernel/unprivileged_userns_clone', '1');
    await allow('kernel/apparmor_restrict_unprivileged_userns', '0');
    expect(await sandboxCheck(host())).toMatchObject({ level: 'ok' });
  });

  test.each([
    ['user/max_user_namespaces', '0', 'sysctl -w user.max_user_namespaces'],
    ['kernel/unprivileged_userns_clone', '0', 'sysctl -w kernel.unprivileged_userns_clone=1'],
    ['kernel/apparmor_restrict_unprivileged_userns', '1', 'AppArmor'],
  ])('is worth a note with its remedy where %s is %s', async (name, value, remedy) => {
    await allow(name, value);
    expect(await sandboxCheck(host())).toMatchObject({
      level: 'note',
      remedy: expect.stringContaining(remedy),
    });
  });

  test('is off for root, and where CHROME_ARGS says so', async () => {
    expect(await sandboxCheck(host(true))).toMatchObject({
      level: 'note',
      message: expect.stringContaining('root'),
    });
    expect(await sandboxCheck(host(false, ['--no-sandbox']))).toMatchObject({ level: 'note' });
  });
});

describe('shared memory', () => {
  test('is the temporary folder, whatever /dev/shm holds', async () => {
    expect(await sharedMemoryCheck(join(folder, 'no-shm'), folder)).toMatchObject({
      level: 'ok',
      message: expect.stringContaining('missing'),
    });
  });

  test('is wrong where there is no such folder, or no room in it', async () => {
    expect(await sharedMemoryCheck(folder, join(folder, 'none'))).toMatchObject({
      level: 'wrong',
      remedy: expect.stringContaining('TMPDIR'),
    });
    // A file system that has no room by its nature.
    expect(await sharedMemoryCheck(folder, '/proc')).toMatchObject({
      level: 'wrong',
      message: expect.stringContaining('0 B left'),
    });
  });

  test('memory is worth a note when no further instance fits', () => {
    expect(memoryCheck(100 * 1024 * 1024)).toMatchObject({ level: 'note' });
    expect(memoryCheck(8 * 1024 ** 3)).toMatchObject({
      level: 'ok',
      message: expect.stringContaining('16 further'),
    });
  });
});

describe('the clock', () => {
  const NOW = Date.UTC(2026, 10, 22);
  const HOUR = 3_600_000;
  const finding = (evidence: Partial<ClockEvidence>) =>
    clockFinding({ now: NOW, storeAt: null, elsewhere: null, isSynchronised: null, ...evidence });

  test('is wrong when it is far from that of the other host, by its direction', () => {
    expect(finding({ elsewhere: NOW - HOUR })).toMatchObject({
      level: 'wrong',
      message: expect.stringContaining('3600 s ahead'),
      remedy: expect.stringContaining('set-ntp'),
    });
    expect(finding({ elsewhere: NOW + HOUR }).message).toContain('3600 s behind');
    expect(finding({ elsewhere: NOW + 5000 }).level).toBe('ok');
  });

  test('is wrong when the store has entries of the future', () => {
    expect(finding({ storeAt: NOW + HOUR, elsewhere: NOW })).toMatchObject({ level: 'wrong' });
    expect(finding({ storeAt: NOW - HOUR, elsewhere: NOW }).level).toBe('ok');
  });

  test('is what the system says when nobody else can be asked', () => {
    expect(finding({ isSynchronised: true }).level).toBe('ok');
    expect(finding({ isSynchronised: false })).toMatchObject({ level: 'note', remedy: expect.any(String) });
    expect(finding({}).message).toContain('could not be asked');
  });

  test('of the other host is read from the head of its answer', async () => {
    const port = await portOf(
      createHttpServer((_, response) => response.setHeader('date', new Date(NOW).toUTCString()).end()),
    );
    const address = { host: '127.0.0.1', port };
    expect(await networkCheck(address, `http://127.0.0.1:${port}/`)).toMatchObject({
      date: NOW,
      finding: { level: 'ok' },
    });
    // Whoever answers but has no clock to show is reached all the same.
    const mute = await portOf(createServer((socket) => socket.end()));
    expect(await networkCheck({ host: '127.0.0.1', port: mute })).toMatchObject({
      date: null,
      finding: { level: 'ok' },
    });
    expect(await networkCheck({ host: '127.0.0.1', port: 1 }, 'http://127.0.0.1:1/')).toMatchObject({
      date: null,
      finding: { level: 'wrong', remedy: expect.stringContaining('HOST_CHECK') },
    });
  });
});
