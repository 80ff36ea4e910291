import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type wwebjs from 'whatsapp-web.js';
import { Browsers, type Client, next } from './browser.js';
import { startWaWeb, type WaWeb } from './server.js';

/** What a page can be like whichever its edition, by the unmodified library on the last page that gives it ids. */
const ME = '15551110';
const YOU = '15559999';
const CHANNEL = '120363111@newsletter';

interface PageWorld {
  require(name: '__debug'): { modulesMap: Record<string, { defaultExport: unknown }> };
  require(name: string): unknown;
}

/** What stands in a page: it travels as its source. */
function whatIsThere() {
  const page = globalThis as unknown as PageWorld;
  const { modulesMap } = page.require('__debug');
  const names = ['WAWebSocketModel', 'WAWebCollections', 'WAWebNewsletterSendMessageJob'];
  const isThere = (name: string) => {
    try {
      return page.require(name) === modulesMap[name]?.defaultExport;
    } catch (error) {
      return (error as Error).message;
    }
  };
  return { count: Object.keys(modulesMap).length, there: names.map(isThere) };
}
type Loaded = ReturnType<typeof whatIsThere>;
const loaded = async (client: Client): Promise<Loaded | undefined> => client.pupPage?.evaluate(whatIsThere);

/** The page itself remembers each thing that it was: asked from outside, it may be past it. */
function rememberAll(look: typeof whatIsThere): void {
  const page = globalThis as unknown as { seen: Loaded[] };
  page.seen = [];
  setInterval(() => {
    try {
      const now = look();
      if (page.seen.at(-1)?.count !== now.count) page.seen.push(now);
    } catch {
      // The page has not begun.
    }
  }, 1);
}
const remembered = async (client: Client): Promise<readonly Loaded[]> =>
  (await client.pupPage?.evaluate(() => (globalThis as unknown as { seen: Loaded[] }).seen)) ?? [];

describe('chats are filed under lids', () => {
  let waWeb: WaWeb;
  let browsers: Browsers;
  let client: Client;
  beforeAll(async () => {
    waWeb = await startWaWeb({ edition: '2026-05', lid: true });
    browsers = new Browsers(waWeb);
    ({ client } = await browsers.paired(ME));
  });
  afterAll(async () => {
    await browsers.close();
    await waWeb.close();
  });

  test('what is sent to a number has a key with its lid, and the test sees the number', async () => {
    const message = await client.sendMessage(`${YOU}@c.us`, 'hello');
    await waWeb.waitFor(ME, { sent: 1 });
    expect(message.id._serialized).toMatch(new RegExp(`^true_9${YOU}@lid_3EB0`));
    expect(waWeb.sent(ME)).toMatchObject([{ id: message.id._serialized, to: `${YOU}@c.us`, body: 'hello' }]);
    const chats = await client.getChats();
    expect(chats.map(({ id }) => id._serialized)).toEqual([`9${YOU}@lid`]);
  });

  test('what comes from a number comes from its lid, by a contact who has the number', async () => {
    const heard = next<wwebjs.Message>(client, 'message');
    const id = waWeb.receive(ME, { from: YOU, body: 'hi', name: 'Bo' });
    const message = await heard;
    expect(id).toMatch(new RegExp(`^false_9${YOU}@lid_`));
    expect(message).toMatchObject({ from: `9${YOU}@lid`, id: { _serialized: id } });
    expect((await message.getContact()).id._serialized).toBe(`${YOU}@c.us`);
  });

  test('a lid that does not begin with 9 has no number', async () => {
    const heard = next<wwebjs.Message>(client, 'message');
    waWeb.receive(ME, { from: '70707@lid', body: 'no number' });
    expect(await (await heard).getContact()).toMatchObject({
      id: { _serialized: '70707@lid' },
      name: undefined,
    });
    const number = await client.pupPage?.evaluate(() => {
      type Asked = { getPhoneNumber(lid: unknown): unknown };
      const page = globalThis as unknown as PageWorld;
      const { createWid } = page.require('WAWebWidFactory') as { createWid(id: string): unknown };
      return String((page.require('WAWebApiContact') as Asked).getPhoneNumber(createWid('70707@lid')));
    });
    expect(number).toBe('undefined');
  });

  test('participants of a group go by lid, the account itself among them', async () => {
    const heard = next<wwebjs.Message>(client, 'message');
    const id = waWeb.receive(ME, { from: YOU, chat: '120363000@g.us', body: 'all' });
    expect(await heard).toMatchObject({ author: `9${YOU}@lid`, id: { _serialized: id } });
    const sent = waWeb.waitFor(ME, { sent: 2 });
    const message = await client.sendMessage('120363000@g.us', 'you');
    await sent;
    expect(message.id._serialized).toMatch(new RegExp(`^true_120363000@g\\.us_.*_9${ME}@lid$`));
  });

  test('who is not on WhatsApp is not there by lid either', async () => {
    await waWeb.setFaults({ unregistered: ['15550000'] });
    await expect(client.sendMessage('15550000@c.us', 'hello?')).rejects.toThrow('No LID for user');
    await expect(client.sendMessage('915550000@lid', 'hello?')).rejects.toThrow('No LID for user');
  });
});

describe('modules come late', () => {
  test('what the page stands on before it is synchronised, channels by themselves later', async () => {
    const waWeb = await startWaWeb({ edition: '2026-05', lazy: true });
    const browsers = new Browsers(waWeb);
    try {
      const { client: first, profile } = await browsers.paired(ME);
      await first.destroy();
      const client = browsers.client(profile);
      const prepare = client as unknown as { initWebVersionCache(): Promise<void> };
      prepare.initWebVersionCache = async () => {
        await client.pupPage?.evaluateOnNewDocument(`(${rememberAll})(${whatIsThere})`);
      };
      const ready = next(client, 'ready');
      await client.initialize();
      await ready;
      expect((await loaded(client))?.there.at(1)).toBe(true);
      await expect
        .poll(async () => (await loaded(client))?.there, { timeout: 5_000 })
        .toEqual([true, true, true]);
      const seen = await remembered(client);
      expect(seen.map(({ there }) => there)).toContainEqual([
        true,
        'Requiring unknown module "WAWebCollections"',
        'Requiring unknown module "WAWebNewsletterSendMessageJob"',
      ]);
      expect(seen.at(-1)?.count).toBeGreaterThan(seen.at(0)?.count ?? 0);
      expect((await client.sendMessage(CHANNEL, 'news')).ack).toBe(1);
    } finally {
      await browsers.close();
      await waWeb.close();
    }
  });

  test('or some not before they are asked for', async () => {
    const lazy = { modules: ['WAWebNewsletterSendMessageJob'], afterMs: null };
    const waWeb = await startWaWeb({ edition: '2026-05', lazy });
    const browsers = new Browsers(waWeb);
    try {
      const { client } = await browsers.paired(ME);
      const before = await loaded(client);
      await expect(client.sendMessage(CHANNEL, 'news')).rejects.toThrow(
        'Requiring unknown module "WAWebNewsletterSendMessageJob"',
      );
      await waWeb.pageCommand(ME, 'loadModules');
      await expect.poll(async () => (await loaded(client))?.there).toEqual([true, true, true]);
      expect((await loaded(client))?.count).toBe((before?.count ?? 0) + 1);
      expect((await client.sendMessage(CHANNEL, 'news again')).ack).toBe(1);
    } finally {
      await browsers.close();
      await waWeb.close();
    }
  });
});
