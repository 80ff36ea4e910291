import { afterEach, describe, expect, test } from 'vitest';
import { Browsers, killBrowser, next } from './browser.js';
import { startWaWeb, type WaWeb } from './server.js';

const ME = '15550700';
const YOU = '15559999@c.us';
let waWeb: WaWeb;
let browsers: Browsers;

async function start(storage: 'indexeddb' | 'localstorage') {
  // The last page on which the unmodified library gives a message its id.
  waWeb = await startWaWeb({ edition: '2026-05', storage });
  browsers = new Browsers(waWeb);
}
afterEach(async () => {
  await browsers.close();
  await waWeb.close();
});

describe('IndexedDB', () => {
  test('credentials survive a kill -9 right after ready', async () => {
    await start('indexeddb');
    const { client, profile } = await browsers.paired(ME);
    await killBrowser(client);
    await browsers.restored(profile);
    expect(waWeb.account(ME).devices).toHaveLength(1);
  });

  test('what was not sent survives a kill -9, and goes out with the same ids, in order', async () => {
    await start('indexeddb');
    const { client, profile } = await browsers.paired(ME);
    await waWeb.setFaults({ drop: true }, ME);
    const ids: string[] = [];
    for (const body of ['one', 'two']) ids.push((await client.sendMessage(YOU, body)).id._serialized);
    await killBrowser(client);
    await waWeb.clearFaults(ME);
    expect(waWeb.sent(ME)).toEqual([]);
    await browsers.restored(profile);
    expect(waWeb.sent(ME).map(({ id }) => id)).toEqual(ids);
  });

  test('or is forgotten', async () => {
    await start('indexeddb');
    const { client, profile } = await browsers.paired(ME);
    await waWeb.setFaults({ drop: true, outbox: 'forgotten' }, ME);
    const { id } = await client.sendMessage(YOU, 'gone');
    await killBrowser(client);
    await waWeb.clearFaults(ME, ['drop']);
    const again = await browsers.restored(profile);
    expect(await again.getMessageById(id._serialized)).toBeNull();
    expect(waWeb.sent(ME)).toEqual([]);
  });

  test.each([
    ['loaded', true, true],
    ['stored', false, true],
    ['forgotten', false, false],
  ] as const)('sent messages after a restart: %s', async (history, inMemory, found) => {
    await start('indexeddb');
    const { client, profile } = await browsers.paired(ME);
    const acked = next(client, 'message_ack');
    const { id } = await client.sendMessage(YOU, 'remember me');
    await acked;
    await client.destroy();
    await waWeb.setFaults({ history }, ME);
    const again = await browsers.restored(profile);
    const seen = await again.pupPage?.evaluate(async (key) => {
      type Messages = {
        get(key: string): unknown;
        getMessagesById(keys: string[]): Promise<{ messages: { ack: number }[] }>;
      };
      const page = globalThis as unknown as { require(name: string): { Msg: Messages } };
      const { Msg } = page.require('WAWebCollections');
      const { messages } = await Msg.getMessagesById([key]);
      return { inMemory: Boolean(Msg.get(key)), acks: messages.map(({ ack }) => ack) };
    }, id._serialized);
    expect(seen).toEqual({ inMemory, acks: found ? [1] : [] });
  });

  test('an acknowledgement that came while the page was away is there afterwards, without an event', async () => {
    await start('indexeddb');
    const { client, profile } = await browsers.paired(ME);
    const { id } = await client.sendMessage(YOU, 'read it');
    await waWeb.waitFor(ME, { sent: 1 });
    await client.destroy();
    waWeb.ack(ME, id._serialized, 3);
    const again = await browsers.restored(profile);
    expect((await again.getMessageById(id._serialized)).ack).toBe(3);
  });

  test('two browsers with one pairing: the older one is in conflict', async () => {
    await start('indexeddb');
    const { client, profile } = await browsers.paired(ME);
    await client.destroy();
    const copy = await browsers.copyOf(profile);
    const first = await browsers.restored(profile);
    const disconnected = next(first, 'disconnected');
    await browsers.restored(copy);
    expect(await disconnected).toBe('CONFLICT');
  });
});

test('a page holds as much ballast as it is told to', async () => {
  waWeb = await startWaWeb({ ballastMb: 3 });
  browsers = new Browsers(waWeb);
  const { client } = await browsers.paired(ME);
  const held = await client.pupPage?.evaluate(() => {
    const { ballast } = globalThis as unknown as { ballast: Uint8Array[] };
    return ballast.map((piece) => piece.byteLength);
  });
  expect(held).toEqual([1_000_000, 1_000_000, 1_000_000]);
});

describe('localStorage', () => {
  test('restores after an orderly end', async () => {
    await start('localstorage');
    const { client, profile } = await browsers.paired(ME);
    await client.destroy();
    await browsers.restored(profile);
  });

  test('loses a fresh pairing to a kill -9', async () => {
    await start('localstorage');
    const profile = await browsers.profile();
    const client = browsers.client(profile);
    const code = next<string>(client, 'qr');
    await client.initialize();
    await waWeb.scan(await code, { phone: ME });
    await killBrowser(client);
    const again = browsers.client(profile);
    const qr = next(again, 'qr');
    await again.initialize();
    await qr;
  });
});
