/** The first minutes of a link and its end, as the unmodified library meets them. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Browsers, type Client, next } from './browser.js';
import { startWaWeb, type WaWeb } from './server.js';

let waWeb: WaWeb;
let browsers: Browsers;
let number = 15550700;

beforeAll(async () => {
  waWeb = await startWaWeb();
  browsers = new Browsers(waWeb);
});
afterEach(async () => {
  await browsers.close();
  await waWeb.clearFaults();
});
afterAll(() => waWeb.close());

async function paired(): Promise<{ phone: string; client: Client }> {
  number += 1;
  const phone = String(number);
  const { client } = await browsers.paired(phone);
  return { phone, client };
}
const dialogs = (phone: string) =>
  waWeb
    .raw(phone)
    .map(({ frame }) => frame as { t: string; is?: string })
    .filter(({ t }) => t === 'dialog')
    .map(({ is }) => is);
const previousCode = (client: Client): Promise<unknown> =>
  client.pupPage?.evaluate("window.require('WAWebLogoutReason').getPrevLogoutReasonCode()") ??
  Promise.reject(new Error('there is no page'));

describe('the dialog after a link', () => {
  test('ends the link unless its button is clicked', async () => {
    await waWeb.setFaults({ onboarding: { logoutMs: 1_500 } });
    const { phone, client } = await paired();
    expect(await next(client, 'disconnected')).toBe('LOGOUT');
    expect(dialogs(phone)).toEqual(['shown']);
    expect(waWeb.account(phone).devices).toEqual([]);
  });

  test('comes again after a reload until it is clicked, and then no more', async () => {
    await waWeb.setFaults({ onboarding: { label: 'Weiter' } });
    const { phone, client } = await paired();
    const reload = async () => {
      const ready = next(client, 'ready');
      await waWeb.pageCommand(phone, 'reload');
      await ready;
    };
    await reload();
    await expect.poll(() => dialogs(phone)).toEqual(['shown', 'shown']);
    await client.pupPage?.evaluate("document.querySelector('[role=dialog] button').click()");
    await reload();
    await expect.poll(() => dialogs(phone)).toEqual(['shown', 'shown', 'clicked']);
    expect(waWeb.account(phone).devices).toHaveLength(1);
  });

  test('is of a new link: a session that is restored has none', async () => {
    const profile = await browsers.profile();
    const client = browsers.client(profile);
    const [qr, ready] = [next<string>(client, 'qr'), next(client, 'ready')];
    await client.initialize();
    await waWeb.scan(await qr, { phone: '15550790' });
    await ready;
    await client.destroy();
    await waWeb.setFaults({ onboarding: {} });
    await browsers.restored(profile);
    expect(dialogs('15550790')).toEqual([]);
  });
});

test('a page that waits for a scan reloads, and shows another code', async () => {
  await waWeb.setFaults({ qrReloadMs: 1_000, qrRefreshMs: 0 });
  const client = browsers.client(await browsers.profile());
  const codes = new Set<string>();
  const third = next<string>(client, 'qr', { fits: (qr) => codes.add(qr).size === 3 });
  await client.initialize();
  await third;
});

describe('the reason for a logout', () => {
  test.each([
    ['account_locked', '3'],
    ['web_fail_storage_initialization', '0'],
    ['history_sync_timeout', '2'],
    ['lid_migration_state_discrepancy', null],
  ])('%s leaves %s behind', async (logoutReason, code) => {
    const { phone, client } = await paired();
    await waWeb.setFaults({ logoutReason }, phone);
    const again = next(client, 'qr');
    waWeb.unlink(phone);
    await again;
    expect(await previousCode(client)).toBe(code);
    expect(client.pupPage?.url()).toBe('https://web.whatsapp.com/');
  });
});

test('a pairing code for a number that is linked logs that device out', async () => {
  const { phone, client } = await paired();
  await waWeb.setFaults({ pairingRevokes: true });
  const lost = next(client, 'disconnected');
  const other = browsers.client(await browsers.profile(), {
    pairWithPhoneNumber: { phoneNumber: phone, showNotification: true, intervalMs: 180_000 },
  });
  const code = next<string>(other, 'code');
  await other.initialize();
  expect(await code).toHaveLength(8);
  expect(await lost).toBe('LOGOUT');
});

test('reading the status ends a link at the next reload', async () => {
  const { phone, client } = await paired();
  await waWeb.setFaults({ statusRead: true }, phone);
  waWeb.receive(phone, { from: '15559999', chat: 'status@broadcast', body: 'A day at the sea' });
  await waWeb.waitFor(phone, { quiet: true });
  await client.pupPage?.evaluate(`(() => {
    const chats = window.require('WAWebCollections').Chat.getModelsArray();
    const chat = chats.find(({ id }) => id.isStatus());
    return window.require('WAWebChatLoadMessages').loadEarlierMsgs({ chat }).then(() => undefined);
  })()`);
  const lost = next(client, 'disconnected');
  await waWeb.pageCommand(phone, 'reload');
  expect(await lost).toBe('LOGOUT');
});
