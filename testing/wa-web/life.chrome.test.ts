import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Browsers, type Client, end, next } from './browser.js';
import { type SocketState, startWaWeb, type WaWeb } from './server.js';

const YOU = '15559999@c.us';

let waWeb: WaWeb;
let browsers: Browsers;
let number = 15550300;

beforeAll(async () => {
  waWeb = await startWaWeb();
  browsers = new Browsers(waWeb);
});
afterEach(async () => {
  await browsers.close();
  await waWeb.clearFaults();
});
afterAll(() => waWeb.close());

async function paired() {
  number += 1;
  const phone = String(number);
  return { phone, ...(await browsers.paired(phone)) };
}

test('client.logout() ends the pairing, removes the profile, and says nothing', async () => {
  const { phone, client, profile } = await paired();
  let said = false;
  client.on('disconnected', () => {
    said = true;
  });
  await client.logout();
  const { devices } = await waWeb.waitFor(phone, { connected: false });
  expect(devices).toEqual([]);
  expect(existsSync(join(profile, 'session'))).toBe(false);
  expect(said).toBe(false);
});

test('client.logout() where the page navigates at once: it rejects, although the pairing has ended', async () => {
  const { phone, client } = await paired();
  await waWeb.setFaults({ logoutNavigationMs: 0 }, phone);
  await expect(client.logout()).rejects.toThrow('Execution context was destroyed');
  const { devices } = await waWeb.waitFor(phone, { connected: false });
  expect(devices).toEqual([]);
});

test('the phone logs the device out: disconnected LOGOUT, and a new QR in the same browser', async () => {
  const { phone, client } = await paired();
  const disconnected = next(client, 'disconnected');
  const qr = next<string>(client, 'qr');
  waWeb.unlink(phone);
  expect(await disconnected).toBe('LOGOUT');
  await qr;
  await end(client);
  expect(waWeb.account(phone).devices).toEqual([]);
});

test('a page that never boots after the logout', async () => {
  const { phone, client } = await paired();
  await waWeb.setFaults({ pageAfterLogout: 'blank' });
  client.options.authTimeoutMs = 500;
  const disconnected = next(client, 'disconnected');
  waWeb.unlink(phone);
  expect(await disconnected).toBe('LOGOUT');
  await expect(next(client, 'qr', { timeoutMs: 1500 })).rejects.toThrow();
  await end(client);
  await expect.poll(() => browsers.leaked, { timeout: 15_000 }).toContain('auth timeout');
});

test('revoked while the page was away: initialize() rejects, the next one asks for a QR', async () => {
  const { phone, client, profile } = await paired();
  await client.destroy();
  waWeb.revoke(phone);
  const again = browsers.client(profile);
  await expect(again.initialize()).rejects.toThrow('Execution context was destroyed');
  await end(again);
  const third = browsers.client(profile);
  const qr = next(third, 'qr');
  await third.initialize();
  await qr;
});

test('a connection that is cut comes back by itself', async () => {
  const { phone, client } = await paired();
  const states: string[] = [];
  client.on('change_state', (state) => states.push(state));
  waWeb.kick(phone);
  await expect.poll(() => states, { timeout: 15_000 }).toEqual(['OPENING', 'CONNECTED']);
  expect(await client.getState()).toBe('CONNECTED');
});

describe('socket states', () => {
  test('TIMEOUT, OPENING and PAIRING: the client stays, sends are held, CONNECTED releases them', async () => {
    const { phone, client } = await paired();
    for (const state of ['TIMEOUT', 'OPENING', 'PAIRING'] as const) {
      const changed = next(client, 'change_state');
      waWeb.socketState(phone, state);
      expect(await changed).toBe(state);
    }
    await client.sendMessage(YOU, 'held');
    expect(waWeb.sent(phone)).toEqual([]);
    waWeb.socketState(phone, 'CONNECTED');
    await waWeb.waitFor(phone, { sent: 1, state: 'CONNECTED' });
  });

  const ends: SocketState[] = [
    'CONFLICT',
    'UNPAIRED',
    'UNPAIRED_IDLE',
    'DEPRECATED_VERSION',
    'PROXYBLOCK',
    'TOS_BLOCK',
    'SMB_TOS_BLOCK',
    'UNLAUNCHED',
  ];
  test.each(ends)('%s: the client disconnects and closes its browser, the profile stays', async (state) => {
    const { phone, client, profile } = await paired();
    const disconnected = next(client, 'disconnected');
    const gone = waWeb.waitFor(phone, { connected: false });
    waWeb.socketState(phone, state);
    expect(await disconnected).toBe(state);
    await gone;
    expect(await readdir(join(profile, 'session'))).not.toEqual([]);
    expect(waWeb.account(phone).devices).toHaveLength(1);
  });

  test('CONFLICT that the client takes over', async () => {
    number += 1;
    const phone = String(number);
    const { client } = await browsers.paired(phone, { takeoverOnConflict: true, takeoverTimeoutMs: 10 });
    const states: string[] = [];
    client.on('change_state', (state) => states.push(state));
    waWeb.socketState(phone, 'CONFLICT');
    await expect.poll(() => states, { timeout: 15_000 }).toEqual(['CONFLICT', 'OPENING', 'CONNECTED']);
  });
});

/** The end of the next injection, which the library keeps to itself. */
function injection(client: Client): Promise<void> {
  const injecting = client as unknown as { inject(): Promise<void> };
  const { inject } = injecting;
  return new Promise((resolve, reject) => {
    injecting.inject = async () => {
      injecting.inject = inject;
      const injected = inject.call(client);
      injected.then(resolve, reject);
      await injected;
    };
  });
}

describe('the page', () => {
  test('crashes: no event of the client, calls hang, a reload heals', async () => {
    const { phone, client } = await paired();
    const crashed = new Promise<Error>((resolve) => client.pupPage?.once('error', resolve));
    await waWeb.pageCommand(phone, 'crash');
    expect((await crashed).message).toBe('Page crashed!');
    await waWeb.waitFor(phone, { connected: false });
    const ready = next(client, 'ready');
    await client.pupPage?.reload();
    await ready;
    await client.sendMessage(YOU, 'back');
    await waWeb.waitFor(phone, { sent: 1 });
  });

  test('hangs for a while: a call waits, and is made in the end', async () => {
    const { phone, client } = await paired();
    await waWeb.pageCommand(phone, 'hang', 800);
    await waWeb.waitFor(phone, { connected: true });
    await client.sendMessage(YOU, 'late');
    await waWeb.waitFor(phone, { sent: 1 });
  });

  test('hangs for ever: the browser can still be closed', async () => {
    const { phone, client } = await paired();
    await waWeb.pageCommand(phone, 'hang');
    const probe = client.getState().then(
      () => 'answered',
      () => 'rejected',
    );
    const deadline = new Promise((resolve) => setTimeout(resolve, 1_000, 'silent'));
    expect(await Promise.race([probe, deadline])).toBe('silent');
    await end(client);
    expect(await probe).toBe('rejected');
  });

  test('reloads: authenticated and ready once more', async () => {
    const { phone, client } = await paired();
    const events: string[] = [];
    for (const event of ['authenticated', 'ready']) client.on(event, () => events.push(event));
    await waWeb.pageCommand(phone, 'reload');
    await expect.poll(() => events, { timeout: 15_000 }).toEqual(['authenticated', 'ready']);
  });

  test('goes elsewhere: nothing there to inject into', async () => {
    const { phone, client } = await paired();
    client.options.authTimeoutMs = 300;
    const injected = injection(client);
    await waWeb.pageCommand(phone, 'navigateAway');
    await expect(injected).rejects.toBe('auth timeout');
    await waWeb.waitFor(phone, { connected: false });
  });

  test('adds a frame and a history entry: the library injects itself again, ready comes threefold', async () => {
    const { phone, client } = await paired();
    for (const command of ['addFrame', 'pushState'] as const) {
      const injected = injection(client);
      await waWeb.pageCommand(phone, command);
      await injected;
    }
    let readies = 0;
    client.on('ready', () => {
      readies += 1;
    });
    await waWeb.setFaults({ resyncOnReconnect: true }, phone);
    waWeb.kick(phone);
    // Two changes of hasSynced, each heard three times.
    await expect.poll(() => readies, { timeout: 15_000 }).toBe(6);
  });

  test('has an error and an unhandled rejection of its own', async () => {
    const { phone, client } = await paired();
    for (const command of ['throwError', 'rejectPromise'] as const) {
      const failed = new Promise<unknown>((resolve) => client.pupPage?.once('pageerror', resolve));
      await waWeb.pageCommand(phone, command);
      expect(String(await failed)).toContain('of the page');
    }
  });
});
