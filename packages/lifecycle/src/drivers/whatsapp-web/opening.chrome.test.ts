import { readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Driver, DriverEvent } from '../../ports/driver.js';
import { DriverWorld, newId } from '../../ports/driver-world.contract.js';
import { ChromeWorld, until } from './chrome-world.fixture.js';
import { endChromium, startChromium } from './chromium.fixture.js';
import { processesOn } from './process-table.js';

let chrome: ChromeWorld;
let world: DriverWorld;
const unhandled: unknown[] = [];
const listener = (reason: unknown) => unhandled.push(reason);
beforeAll(async () => {
  process.on('unhandledRejection', listener);
  chrome = await ChromeWorld.start({ initializeTimeoutMs: 20_000 });
  world = new DriverWorld(chrome);
  await world.restart();
});
afterEach(async () => {
  await world.sweep();
  await chrome.clearFaults();
  expect(unhandled).toEqual([]);
});
afterAll(async () => {
  await chrome.dispose();
  process.off('unhandledRejection', listener);
});

/** An instance that is paired and closed. */
async function paired(name: string): Promise<string> {
  const id = newId(name);
  await world.pair(id);
  await world.close(id, 'graceful');
  return id;
}

describe('becoming ready', () => {
  it('is not lost where the page was synchronised before the library listened, with three at once', async () => {
    const ids = [await paired('nudged'), await paired('nudged'), await paired('nudged')];
    for (const id of ids) await chrome.waWeb.setFaults({ loseReady: true }, chrome.phone(id));
    const opened = ids.map((id) => world.open(id));
    for (const generation of opened) {
      await generation.hears('ready');
      expect(generation.types.filter((type) => type === 'ready' || type === 'authenticated')).toEqual([
        'authenticated',
        'ready',
      ]);
    }
  });

  it('is said once, however often the library says it', async () => {
    const id = await paired('folded');
    await chrome.waWeb.setFaults({ readyTimes: 3 }, chrome.phone(id));
    const generation = await world.ready(id);
    await chrome.waWeb.waitFor(chrome.phone(id), { synced: true });
    await chrome.receive(id, 'after all of them');
    await generation.hears('inbound');
    expect(generation.all('ready')).toHaveLength(1);
    expect(generation.all('authenticated')).toHaveLength(1);
  });

  it('waits until the page has received everything, though the library says so before', async () => {
    const id = await paired('early');
    await chrome.waWeb.setFaults({ earlyReady: true, syncMs: null }, chrome.phone(id));
    const generation = world.open(id);
    await generation.hears('authenticated');
    // The library listens to messages just before it says `ready`: once it hears one, and after one more exchange with
    // the page, its `ready` has come and was held back.
    await until(async () => {
      await chrome.receive(id, 'Do you hear me?');
      return generation.types.includes('inbound');
    }, 'the first message');
    await chrome.waWeb.pageCommand(chrome.phone(id), 'throwError');
    await generation.hears('pageError');
    expect(generation.types).not.toContain('ready');
    await chrome.waWeb.pageCommand(chrome.phone(id), 'finishSync');
    await generation.hears('ready');
  });

  it('is said again after the page has loaded itself anew, with the session marked as interrupted between', async () => {
    const id = await paired('reloaded');
    const generation = await world.ready(id);
    await chrome.waWeb.pageCommand(chrome.phone(id), 'reload');
    await generation.hears('ready', 2);
    const types = generation.types.slice(generation.types.indexOf('ready'));
    expect(types.indexOf('socketState')).toBeLessThan(types.lastIndexOf('ready'));
    expect(generation.all('socketState')[0]?.state).toBe('OPENING');
    await world.settled(generation.probe());
  });

  it('is not lost after a reload either', async () => {
    const id = await paired('reloaded');
    const generation = await world.ready(id);
    await chrome.waWeb.setFaults({ loseReady: true }, chrome.phone(id));
    await chrome.waWeb.pageCommand(chrome.phone(id), 'reload');
    await generation.hears('ready', 2);
  });

  it('is untouched by frames and by navigation within the page, and each message is still heard once', async () => {
    const id = await paired('frames');
    const generation = await world.ready(id);
    for (const command of ['pushState', 'addFrame', 'pushState'] as const)
      await chrome.waWeb.pageCommand(chrome.phone(id), command);
    await chrome.receive(id, 'once');
    await chrome.receive(id, 'twice');
    await generation.hears('inbound', 2);
    expect(generation.all('inbound').map(({ message }) => message.body)).toEqual(['once', 'twice']);
    expect(generation.all('ready')).toHaveLength(1);
  });

  it.each([
    ['after', {}],
    ['before', { loseReady: true }],
  ])(
    'never comes from a page that lacks a module, and the page says which: synchronised %s the library listened',
    async (_when, fault) => {
      const id = await paired('incompatible');
      await chrome.waWeb.setFaults({ missingModules: ['WAWebCollections'], ...fault });
      const generation = world.open(id);
      await generation.hears('authenticated');
      const { message } = await generation.hears('pageError');
      expect(message).toContain('WAWebCollections');
      expect(generation.types).not.toContain('ready');
    },
  );
});

describe('asking for a scan', () => {
  it('tells the scan itself, and does not take the code that is missing afterwards for a new one', async () => {
    await chrome.waWeb.setFaults({ nullRefAfterScan: true, syncMs: 1_000 });
    const id = newId('scanned');
    const generation = world.open(id);
    await generation.hears('qr');
    await world.settled(generation.opened);
    await chrome.scan(id);
    await generation.hears('scanned');
    expect(generation.types).not.toContain('authenticated');
    await generation.hears('ready');
    const scanned = generation.types.indexOf('scanned');
    expect(generation.types.slice(scanned)).not.toContain('qr');
    for (const { qr } of generation.all('qr')) expect(qr).not.toMatch(/^(null|undefined)?,/);
  });

  it('goes on when the page has used up its codes', async () => {
    await chrome.waWeb.setFaults({ qrRefs: 1, qrRefreshMs: 300 });
    const generation = world.open(newId('idle'));
    await generation.hears('qr', 3);
    expect(new Set(generation.all('qr').map(({ qr }) => qr)).size).toBeGreaterThanOrEqual(3);
  });

  it('follows the opening of a session that was unlinked meanwhile, in the same browser', async () => {
    const id = await paired('revoked');
    await chrome.unlink(id);
    const generation = world.open(id);
    await generation.hears('qr');
    await world.settled(generation.opened);
    await chrome.scan(id);
    await generation.hears('ready');
  });
});

describe('an opening that fails', () => {
  it('says NETWORK where WhatsApp cannot be reached, and leaves nothing running', async () => {
    await chrome.waWeb.setFaults({ page: 'refuse' });
    const id = newId('offline');
    expect((await world.failure(world.open(id).opened)).failure.code).toBe('NETWORK');
    expect(await chrome.browsers(id)).toBe(0);
  });

  it('ends at its deadline where the page never finishes loading', async () => {
    await chrome.waWeb.setFaults({ page: 'hang' });
    const authBaseDir = join(chrome.directory, 'impatient');
    const driver = await chrome.makeDriver({ initializeTimeoutMs: 4_000, authBaseDir });
    expect((await world.failure(openWith(driver, 'a').opened)).failure.code).toBe('READY_TIMEOUT');
    expect(await processesOn(join(authBaseDir, 'a', 'session-a'))).toEqual([]);
    await driver.shutdown();
  });

  it.each([0, 100, 300, 1_000])(
    'says BROWSER_EXITED where the browser is killed %i ms after its start',
    async (ms) => {
      await chrome.waWeb.setFaults({ page: 'hang' });
      const id = newId('killed');
      const generation = world.open(id);
      await until(async () => (await chrome.browsers(id)) > 0, 'the browser');
      // The moment within the launch is what is tested.
      if (ms > 0) await wait(ms);
      await chrome.killBrowser(id);
      expect((await world.failure(generation.opened)).failure.code).toBe('BROWSER_EXITED');
      expect(await chrome.browsers(id)).toBe(0);
    },
  );

  it.each([
    [
      'chromium: error while loading shared libraries: libnss3.so: cannot open',
      127,
      'LAUNCH_FAILED',
      'package',
    ],
    [
      '[1:1:FATAL:zygote_host_impl_linux.cc(127)] No usable sandbox!',
      133,
      'LAUNCH_FAILED',
      'user namespaces',
    ],
    ['The profile appears to be in use by another Chromium process', 21, 'PROFILE_IN_USE', 'profile'],
    ['Something nobody knows', 3, 'LAUNCH_FAILED', 'code 3 while it was starting: Something nobody knows'],
  ] as const)(
    'says what the browser printed where it ends by itself: %s',
    async (line, code, expected, remedy) => {
      const chromePath = join(chrome.directory, `failing-${code}`);
      await writeFile(chromePath, `#!/bin/sh\necho '${line}' >&2\nexit ${code}\n`, { mode: 0o755 });
      const driver = await chrome.makeDriver({
        chromePath,
        authBaseDir: join(chrome.directory, `base-${code}`),
      });
      const { failure } = await world.failure(openWith(driver, 'a').opened);
      expect(failure).toMatchObject({ code: expected, message: expect.stringContaining(remedy) });
      await driver.shutdown();
    },
  );

  it('is told as given up where it was closed meanwhile', async () => {
    await chrome.waWeb.setFaults({ page: 'hang' });
    const id = newId('closed');
    const generation = world.open(id);
    await until(async () => (await processesOn(chrome.profile(id))).length >= 5, 'the browser');
    await world.close(id, 'graceful');
    expect((await world.failure(generation.opened)).failure.code).toBe('ABORTED');
    expect(await processesOn(chrome.profile(id))).toEqual([]);
  });

  it.each([0, 50, 200, 400])('leaves no process when it is given up after %i ms', async (ms) => {
    // A launch that was quick would have ended by then.
    await chrome.waWeb.setFaults({ page: 'hang' });
    const id = newId('aborted');
    const generation = world.open(id);
    // The moment within the launch is what is tested.
    if (ms > 0) await wait(ms);
    generation.abort();
    expect((await world.failure(generation.opened)).failure.code).toBe('ABORTED');
    expect(await processesOn(chrome.profile(id))).toEqual([]);
  });

  it('names the executable that is not there', async () => {
    const driver = await chrome.makeDriver({
      chromePath: '/nowhere/chrome',
      authBaseDir: join(chrome.directory, 'none'),
    });
    const { failure } = await world.failure(openWith(driver, 'a').opened);
    expect(failure).toMatchObject({
      code: 'BROWSER_NOT_FOUND',
      message: expect.stringContaining('CHROME_PATH'),
    });
  });
});

describe('the profile', () => {
  it('is opened though another host has left its lock', async () => {
    const id = await paired('moved');
    await symlink('container-that-is-gone-7', join(chrome.profile(id), 'SingletonLock'));
    const generation = await world.ready(id);
    expect(generation.types).not.toContain('qr');
  });

  it('is freed of a browser that was left behind, before the next one starts', async () => {
    const id = await paired('orphaned');
    const orphan = await startChromium(chrome.profile(id));
    try {
      const generation = await world.ready(id);
      expect(generation.types).not.toContain('qr');
      expect((await processesOn(chrome.profile(id))).map(({ pid }) => pid)).not.toContain(orphan.pid);
    } finally {
      endChromium(orphan);
    }
  });

  it('belongs to one driver: a second one on the directory opens nothing', async () => {
    const id = await paired('mine');
    const second = await chrome.makeDriver({ lockWaitMs: 0 });
    const { failure } = await world.failure(openWith(second, id).opened);
    expect(failure).toMatchObject({
      code: 'PROFILE_IN_USE',
      message: expect.stringContaining(chrome.directory),
    });
  });

  it('keeps pages that worked, and opens one of them when it is pinned', async () => {
    const id = await paired('pinned');
    const [file = ''] = await readdir(join(chrome.directory, '.web-versions'));
    expect(file).toMatch(/\.html$/);
    await world.driver.shutdown();
    // A page that was not loaded from the network may not speak to this host, where the simulated WhatsApp is.
    const chromeArgs = [...chrome.waWeb.chromeArgs, '--disable-features=LocalNetworkAccessChecks'];
    const pinned = await chrome.makeDriver({ chromeArgs, webVersion: file.replace(/\.html$/, '') });
    const { opened, heard } = openWith(pinned, id);
    await world.settled(opened);
    await world.harness.until(() => heard.includes('ready'));
    expect(heard).not.toContain('qr');
    await pinned.shutdown();
    const missing = await chrome.makeDriver({ webVersion: '2.0.0' });
    const { failure } = await world.failure(openWith(missing, id).opened);
    expect(failure).toMatchObject({
      code: 'VERSION_NOT_SUPPORTED',
      message: expect.stringContaining('2.0.0.html'),
    });
    await missing.shutdown();
    await world.restart();
  });
});

/** An opening by a driver that is not the world's. */
function openWith(driver: Driver, instanceId: string): { opened: Promise<void>; heard: string[] } {
  const heard: string[] = [];
  const { signal } = new AbortController();
  const hear = ({ type }: DriverEvent) => heard.push(type);
  const opened = driver.open({ instanceId, generation: 1, rung: 'hard', proxy: null, signal, hear });
  return { opened, heard };
}
