import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Browsers, type Client, end, next } from './browser.js';
import { startWaWeb, type WaWeb } from './server.js';

/** Every test restores a session that was paired before, with one fault at a time. */
const ME = '15550500';

let waWeb: WaWeb;
let browsers: Browsers;
let profile: string;
let client: Client;
let events: string[];

beforeAll(async () => {
  waWeb = await startWaWeb();
  browsers = new Browsers(waWeb);
  const first = await browsers.paired(ME);
  profile = first.profile;
  await end(first.client);
});
beforeEach(() => {
  client = browsers.client(profile, { authTimeoutMs: 20_000 });
  events = [];
  for (const event of ['qr', 'loading_screen', 'authenticated', 'ready']) {
    client.on(event, () => events.push(event));
  }
});
afterEach(async () => {
  await end(client);
  await waWeb.clearFaults();
  await waWeb.clearFaults(ME);
});
afterAll(async () => {
  await browsers.close();
  await waWeb.close();
});

/** The library is past the launch of its browser, and on its way to the page. */
const launched = () => expect.poll(() => client.pupPage, { timeout: 20_000 }).toBeTruthy();

/** Whether a promise is still pending after the page had ample time. */
async function stays(promise: Promise<unknown>, ms = 700): Promise<boolean> {
  const pending = Symbol();
  const ended = promise.then(
    () => undefined,
    () => undefined,
  );
  return (
    (await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, ms, pending))])) === pending
  );
}

test('reports the progress of the synchronisation', async () => {
  await waWeb.setFaults({ syncMs: 2_000, progressSteps: 8 }, ME);
  const percents: number[] = [];
  client.on('loading_screen', (percent) => percents.push(Number(percent)));
  const ready = next(client, 'ready');
  await client.initialize();
  await ready;
  expect(percents.at(-1)).toBe(100);
  expect(percents).toEqual([...percents].sort((a, b) => a - b));
  expect(events.slice(-2)).toEqual(['authenticated', 'ready']);
});

test('a synchronisation that does not end before it is told to', async () => {
  await waWeb.setFaults({ syncMs: null }, ME);
  const ready = next(client, 'ready');
  await client.initialize();
  expect(await stays(ready, 700)).toBe(true);
  expect(waWeb.account(ME)).toMatchObject({ state: 'CONNECTED', synced: false });
  await waWeb.pageCommand(ME, 'finishSync');
  await ready;
});

test('the lost ready of a restored session, and what cures it', async () => {
  await waWeb.setFaults({ loseReady: true }, ME);
  const ready = next(client, 'ready');
  await client.initialize();
  expect(await stays(ready, 700)).toBe(true);
  expect(await client.getState()).toBe('CONNECTED');
  await client.pupPage?.evaluate(() => {
    const page = globalThis as unknown as { onAppStateHasSyncedEvent(): void };
    page.onAppStateHasSyncedEvent();
  });
  await ready;
});

test('a ready that comes too early, and the real one after it', async () => {
  await waWeb.setFaults({ earlyReady: true, syncMs: null }, ME);
  const first = next(client, 'ready');
  await client.initialize();
  await first;
  expect(waWeb.account(ME).synced).toBe(false);
  const second = next(client, 'ready');
  await waWeb.pageCommand(ME, 'finishSync');
  await second;
  await waWeb.waitFor(ME, { synced: true });
});

test('ready more than once', async () => {
  await waWeb.setFaults({ readyTimes: 3 }, ME);
  await client.initialize();
  await expect.poll(() => events.filter((event) => event === 'ready'), { timeout: 15_000 }).toHaveLength(3);
});

test('a connection that comes back and synchronises again', async () => {
  await waWeb.setFaults({ resyncOnReconnect: true }, ME);
  const ready = next(client, 'ready');
  await client.initialize();
  await ready;
  waWeb.kick(ME);
  await expect.poll(() => events.filter((event) => event === 'ready'), { timeout: 15_000 }).toHaveLength(3);
});

test('an incompatible WhatsApp: authenticated, an error in the page, and never ready', async () => {
  await waWeb.setFaults({ missingModules: ['WAWebSyncGatingUtils'] }, ME);
  const ready = next(client, 'ready');
  const authenticated = next(client, 'authenticated');
  const initialized = client.initialize();
  const failed = new Promise<unknown>((resolve) => {
    const attach = setInterval(() => client.pupPage?.once('pageerror', resolve) && clearInterval(attach), 10);
  });
  await initialized;
  await authenticated;
  expect(String(await failed)).toContain('WAWebSyncGatingUtils');
  expect(await stays(ready, 500)).toBe(true);
});

test('a module missing before that: initialize() rejects', async () => {
  await waWeb.setFaults({ missingModules: ['WAWebCmd'] });
  await expect(client.initialize()).rejects.toThrow('WAWebCmd');
});

test('a page in which WhatsApp never boots', async () => {
  await waWeb.setFaults({ page: 'blank' }, ME);
  client.options.authTimeoutMs = 500;
  await expect(client.initialize()).rejects.toBe('auth timeout');
});

test('a page that never finishes loading, for one account', async () => {
  await waWeb.setFaults({ page: 'hang' }, ME);
  const initialized = client.initialize();
  initialized.catch(() => {});
  await launched();
  await expect.poll(() => client.pupPage?.url(), { timeout: 20_000 }).toContain('web.whatsapp.com');
  expect(await stays(initialized)).toBe(true);
  await end(client);
  await expect(initialized).rejects.toThrow();
});

test('a server that does not answer, and one that hangs up', async () => {
  await waWeb.setFaults({ page: 'hang' });
  const initialized = client.initialize();
  initialized.catch(() => {});
  await launched();
  expect(await stays(initialized)).toBe(true);
  await end(client);
  await expect(initialized).rejects.toThrow();
  await waWeb.setFaults({ page: 'refuse' });
  await expect(client.initialize()).rejects.toThrow('net::ERR_');
});

test.each([true, 'silent'] as const)(
  'WhatsApp cannot be reached (%s): OPENING, until it can',
  async (offline) => {
    await waWeb.setFaults({ offline }, ME);
    const ready = next(client, 'ready');
    const initialized = client.initialize();
    const state = () => client.getState().catch(() => null);
    await expect.poll(state, { timeout: 20_000 }).toBe('OPENING');
    expect(await stays(initialized)).toBe(true);
    await waWeb.clearFaults(ME);
    await initialized;
    await ready;
  },
);
