/** What the real library makes of what arrives, and what the page still has of it; and that through kills each message is told once. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Fact } from '../../domain/fact.js';
import { InstanceManager } from '../../manager/instance-manager.js';
import { DriverWorld, type OpenedGeneration, RECIPIENT } from '../../ports/driver-world.contract.js';
import { MemoryData } from '../../stores/memory/memory-data.js';
import { memoryStore } from '../../stores/memory/memory-store.js';
import { ChromeWorld, until } from './chrome-world.fixture.js';

const BO = '4915100000077';
let chrome: ChromeWorld;
beforeAll(async () => {
  chrome = await ChromeWorld.start();
});
afterEach(() => chrome.clearFaults());
afterAll(() => chrome.dispose());

describe('a page that is ready', () => {
  let world: DriverWorld;
  let shop: OpenedGeneration;
  let phone: string;
  beforeAll(async () => {
    world = new DriverWorld(chrome);
    await world.restart();
    shop = await world.pair('shop');
    phone = chrome.phone('shop');
  });
  afterAll(() => world.driver.shutdown());

  it('knows both names of a person, whichever WhatsApp writes under, and what a message answers', async () => {
    const asked = chrome.waWeb.receive(phone, { from: `9${BO}@lid`, name: 'Bo', body: 'From behind a lid' });
    const { message } = await shop.hears('inbound');
    expect(message).toMatchObject({
      id: asked,
      chatId: `9${BO}@lid`,
      phoneNumber: BO,
      lid: `9${BO}@lid`,
      pushName: 'Bo',
    });
    chrome.waWeb.receive(phone, { from: BO, body: 'And again', quotedId: asked });
    expect((await shop.hears('inbound', 2)).message).toMatchObject({
      phoneNumber: BO,
      lid: `9${BO}@lid`,
      quotedId: asked,
    });
  });

  it('tells a place by its coordinates, and no picture as text', async () => {
    const before = shop.all('inbound').length;
    chrome.waWeb.receive(phone, {
      from: BO,
      location: { latitude: 52.5, longitude: 13.4, description: 'Here' },
    });
    const { message } = await shop.hears('inbound', before + 1);
    expect(message).toMatchObject({
      type: 'location',
      body: '',
      location: { latitude: 52.5, longitude: 13.4, description: 'Here' },
    });
  });

  it('takes nothing for an edit but an edit', async () => {
    const before = shop.all('inbound').length;
    const data = Buffer.from('bytes').toString('base64');
    const picture = chrome.waWeb.receive(phone, {
      from: BO,
      media: { mimetype: 'image/png', data, caption: 'Look' },
    });
    await shop.hears('inbound', before + 1);
    chrome.waWeb.edit(phone, picture, 'Look here');
    expect((await shop.hears('edited')).edit).toMatchObject({
      messageId: picture,
      body: 'Look here',
      previousBody: 'Look',
    });
    chrome.waWeb.revokeMessage(phone, picture);
    await shop.hears('revoked');
    expect(shop.all('edited')).toHaveLength(1);
  });

  it('says that a file is gone, and does not wait for one that never comes', async () => {
    const before = shop.all('inbound').length;
    const data = Buffer.from('bytes').toString('base64');
    const id = chrome.waWeb.receive(phone, { from: BO, media: { mimetype: 'image/png', data } });
    await shop.hears('inbound', before + 1);
    await chrome.waWeb.setFaults({ download: 'gone' }, phone);
    expect(await shop.fetchMedia(id)).toEqual({ outcome: 'noMedia' });
    await chrome.waWeb.setFaults({ download: 'hang' }, phone);
    const ask = { ...shop.ref, messageId: id, maxBytes: 100, deadlineMs: 300 };
    expect((await world.failure(world.driver.fetchMedia(ask))).failure.code).toBe('PAGE_HUNG');
    await chrome.waWeb.clearFaults(phone, ['download']);
    expect(await shop.fetchMedia(id)).toMatchObject({ outcome: 'fetched' });
  });

  it('still has what it keeps in its database alone', async () => {
    const ids = ['First', 'Second', 'Third'].map((body) =>
      chrome.waWeb.receive(phone, { from: '4915100000055', body }),
    );
    await chrome.waWeb.waitFor(phone, { quiet: true });
    await world.close('shop', 'graceful');
    await chrome.waWeb.setFaults({ history: 'newest' }, phone);
    shop = await world.ready('shop');
    const { messages } = await shop.fetchMessages();
    const found = messages
      .filter(({ chatId }) => chatId === chrome.waWeb.chatId('4915100000055'))
      .map(({ id }) => id);
    expect(found.sort()).toEqual(ids.sort());
    // What nobody has written is not among them, nor what is deleted.
    expect(messages.every(({ type }) => type !== 'revoked')).toBe(true);
  });
});

describe('an instance on a real page', () => {
  const facts: Fact[] = [];
  const told = () =>
    facts.flatMap((fact) =>
      fact.type === 'message.received' || fact.type === 'message.created'
        ? [`${fact.type} ${fact.body.body} ${fact.body.source}${fact.body.backfilled ? ' backfilled' : ''}`]
        : [],
    );
  let manager: InstanceManager;
  const isReady = () => until(() => manager.get('store').state === 'ready', 'ready');

  beforeAll(async () => {
    const store = memoryStore({ data: new MemoryData() });
    const checkHost = async () => true;
    const driver = await chrome.makeDriver();
    manager = await InstanceManager.open({
      driver,
      store,
      checkHost,
      restartBackoffMs: 0,
      lookBackMs: 1_000,
      unreadableAfterMs: 2_000,
    });
    manager.subscribe((fact) => facts.push(fact));
    await manager.create({ id: 'store' });
    await until(() => facts.some(({ type }) => type === 'instance.qr'), 'a code');
    await chrome.scan('store');
    await isReady();
  });
  afterAll(() => manager.close());

  it('tells what is written from all sides, each message once', async () => {
    await chrome.receive('store', 'Hello');
    await chrome.write('store', 'By hand');
    await manager.send('store', { type: 'message', payload: { to: RECIPIENT, text: 'By program' } });
    await until(() => told().length >= 3, 'three messages');
    expect(told().sort()).toEqual([
      'message.created By hand phone',
      'message.created By program api',
      'message.received Hello phone',
    ]);
  });

  it('tells who has a message, and how people vote', async () => {
    const poll = { to: RECIPIENT, question: 'Tea or coffee?', options: ['Tea', 'Coffee'] };
    const { messageId, queueId } = await manager.send('store', { type: 'poll', payload: poll });
    await chrome.vote('store', String(messageId), 'Tea');
    await chrome.waWeb.ack(chrome.phone('store'), String(messageId), 3);
    const bodies = (type: Fact['type']) => facts.filter((fact) => fact.type === type).map(({ body }) => body);
    await until(() => bodies('poll.vote').length > 0 && bodies('message.ack').length > 0, 'vote and ack');
    expect(bodies('poll.vote')).toEqual([
      {
        messageId,
        chatId: chrome.recipientChat,
        voter: chrome.waWeb.chatId(BO),
        selectedOptions: ['Tea'],
        timestamp: expect.any(Number),
      },
    ]);
    expect(bodies('message.ack')).toMatchObject([{ messageId, queueId, ack: 3 }]);
  });

  it('tells votes by their names though the page has forgotten the poll, and a vote taken back as such', async () => {
    const poll = { to: RECIPIENT, question: 'Cake?', options: ['Yes', ' No '] };
    const { messageId } = await manager.send('store', { type: 'poll', payload: poll });
    await chrome.forgetHistory('store');
    await manager.stop('store');
    await until(() => manager.get('store').detail === 'stopped', 'stopped');
    await manager.start('store');
    await isReady();
    facts.length = 0;
    const votes = () => facts.flatMap((fact) => (fact.type === 'poll.vote' ? [fact.body] : []));
    for (const [told, options] of [['No'], []].entries()) {
      chrome.waWeb.vote(chrome.phone('store'), { poll: String(messageId), voter: BO, options });
      await until(() => votes().length > told, 'the vote');
    }
    expect(votes()).toMatchObject([
      {
        messageId,
        chatId: chrome.recipientChat,
        voter: chrome.waWeb.chatId(BO),
        selectedOptions: ['No'],
      },
      { messageId, selectedOptions: [] },
    ]);
    await chrome.waWeb.clearFaults(chrome.phone('store'));
  });

  it('tells late what the page stored without an event', async () => {
    facts.length = 0;
    await chrome.receiveSilently('store', 'Not a word');
    await until(() => told().length >= 1, 'the message');
    expect(told()).toEqual(['message.received Not a word phone backfilled']);
  });

  it('tells what cannot be read by its key, and once it can, after a kill and behind a newer one, the rest', async () => {
    facts.length = 0;
    const id = await chrome.receiveUnreadable('store', 'A secret');
    await chrome.receive('store', 'Newer');
    const unreadable = () => facts.filter(({ type }) => type === 'message.unreadable');
    await until(() => told().length >= 1 && unreadable().length >= 1, 'the key and the newer one');
    expect(unreadable()).toMatchObject([{ body: { id } }]);
    await chrome.killBrowser('store');
    await until(() => manager.get('store').state !== 'ready', 'the loss');
    await isReady();
    await chrome.decrypt('store', id);
    await until(() => told().length >= 2, 'the content');
    await chrome.receive('store', 'Newest');
    await until(() => told().length >= 3, 'the newest one');
    expect(told().map((line) => line.replace(' backfilled', ''))).toEqual([
      'message.received Newer phone',
      'message.received A secret phone',
      'message.received Newest phone',
    ]);
    expect(unreadable()).toHaveLength(1);
    expect(JSON.stringify(unreadable())).not.toContain('A secret');
  });

  it('fetches what came while it was stopped, and while its browser was dead, and repeats nothing', async () => {
    facts.length = 0;
    await manager.stop('store');
    await until(() => manager.get('store').detail === 'stopped', 'stopped');
    await chrome.receive('store', 'While stopped');
    await manager.start('store');
    await isReady();
    await until(() => told().length >= 1, 'the message');
    await chrome.killBrowser('store');
    await until(() => manager.get('store').state !== 'ready', 'the loss');
    await chrome.receive('store', 'While dead');
    await isReady();
    await until(() => told().length >= 2, 'the message');
    // The next one is heard after all that was fetched.
    await chrome.receive('store', 'Alive');
    await until(() => told().length >= 3, 'the message');
    expect(told()).toEqual([
      'message.received While stopped phone backfilled',
      'message.received While dead phone backfilled',
      'message.received Alive phone',
    ]);
  });
});
