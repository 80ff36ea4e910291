import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Browsers, next } from './browser.js';
import { startWaWeb, type WaWeb } from './server.js';

let waWeb: WaWeb;
let browsers: Browsers;

beforeAll(async () => {
  waWeb = await startWaWeb();
  browsers = new Browsers(waWeb);
});
afterEach(async () => {
  await browsers.close();
  await waWeb.clearFaults();
});
afterAll(() => waWeb.close());

test('by QR, and from then on without one', async () => {
  const profile = await browsers.profile();
  const client = browsers.client(profile);
  const events: string[] = [];
  for (const event of ['qr', 'authenticated', 'ready', 'disconnected'])
    client.on(event, () => events.push(event));
  const qr = next<string>(client, 'qr');
  const ready = next(client, 'ready');
  await client.initialize();
  expect((await qr).split(',')).toHaveLength(5);
  await waWeb.scan(await qr, { phone: '15550001', name: 'Ada' });
  await ready;
  expect(events).toEqual(['qr', 'authenticated', 'ready']);
  expect(client.info).toMatchObject({ pushname: 'Ada', wid: { user: '15550001' } });
  await waWeb.waitFor('15550001', { connected: true, state: 'CONNECTED', synced: true });
  await client.destroy();

  const again = browsers.client(profile);
  again.on('qr', () => events.push('another qr'));
  const restored = next(again, 'ready');
  await again.initialize();
  await restored;
  expect(events).not.toContain('another qr');
  expect(waWeb.account('15550001').devices).toHaveLength(1);
});

test('by a scan so quick that initialize() has not ended yet', async () => {
  await waWeb.setFaults({ syncMs: 0 });
  const client = browsers.client(await browsers.profile());
  const ready = next(client, 'ready');
  client.once('qr', (qr) => void waWeb.scan(qr, { phone: '15550005' }));
  await client.initialize();
  await ready;
});

test('by the code that the page shows for a phone number', async () => {
  const profile = await browsers.profile();
  const client = browsers.client(profile, {
    pairWithPhoneNumber: { phoneNumber: '15550002', showNotification: true, intervalMs: 180_000 },
  });
  const code = next<string>(client, 'code');
  const ready = next(client, 'ready');
  await client.initialize();
  expect(await code).toMatch(/^[1-9A-Z]{8}$/);
  expect(await waWeb.enterPairingCode(await code)).toBe('15550002');
  await ready;
});

test('a code that WhatsApp refuses to give', async () => {
  await waWeb.setFaults({ pairingCode: 'refuse' });
  const client = browsers.client(await browsers.profile());
  await client.initialize();
  await expect(client.requestPairingCode('15550003')).rejects.toThrow('rate-overlimit');
});

test('the QR changes, and an old one is worth nothing', async () => {
  await waWeb.setFaults({ qrRefreshMs: 300 });
  const client = browsers.client(await browsers.profile());
  const first = next<string>(client, 'qr');
  await client.initialize();
  const second = next<string>(client, 'qr', { fits: () => true });
  expect(await second).not.toBe(await first);
  await expect(waWeb.scan(await first)).rejects.toThrow('no page shows this QR');
});

test('a QR that stops refreshing: nothing says so', async () => {
  await waWeb.setFaults({ qrRefreshMs: 0 });
  const client = browsers.client(await browsers.profile());
  await client.initialize();
  await expect(next(client, 'qr', { timeoutMs: 700 })).rejects.toThrow();
  expect(await client.getState()).toBe('UNPAIRED');
});

test('refs used up: UNPAIRED_IDLE, which the library answers with an error of its own', async () => {
  await waWeb.setFaults({ qrRefreshMs: 100, qrRefs: 2 });
  const client = browsers.client(await browsers.profile());
  let codes = 0;
  client.on('qr', () => {
    codes += 1;
  });
  await client.initialize();
  await expect.poll(() => client.getState(), { timeout: 15_000 }).toBe('UNPAIRED_IDLE');
  expect(codes).toBeLessThanOrEqual(2);
  // What the library meant to do: the page hands out refs again.
  const fresh = next(client, 'qr');
  await client.cancelPairingCode();
  await fresh;
});

test('the scan sets the ref to null, which the library takes for a QR', async () => {
  await waWeb.setFaults({ nullRefAfterScan: true });
  const client = browsers.client(await browsers.profile());
  const qr = next<string>(client, 'qr');
  const ready = next(client, 'ready');
  await client.initialize();
  const spurious = next<string>(client, 'qr', { fits: (text) => text.startsWith('null,') });
  await waWeb.scan(await qr, { phone: '15550004' });
  await spurious;
  await ready;
});

test('too many codes end the client, by its own rule', async () => {
  await waWeb.setFaults({ qrRefreshMs: 100 });
  const client = browsers.client(await browsers.profile(), { qrMaxRetries: 2 });
  const disconnected = next(client, 'disconnected');
  client.initialize().catch(() => {});
  expect(await disconnected).toBe('Max qrcode retries reached');
});
