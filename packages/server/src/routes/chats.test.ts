import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type OpenApp, openApp } from '../open-app.fixture.js';

let server: OpenApp;
beforeEach(async () => {
  server = await openApp();
});
afterEach(() => server.close());

const received = () => server.driver.whatsapp.phone('shop').receive().id;
const react = (messageId: string, body: object) =>
  server.request('POST', `/v1/instances/shop/messages/${encodeURIComponent(messageId)}/reaction`, body);
const read = (chatId: string) =>
  server.request('POST', `/v1/instances/shop/chats/${encodeURIComponent(chatId)}/read`);
const problemOf = async (response: Response) => [response.status, await response.json()];

describe('a reaction', () => {
  beforeEach(() => server.ready('shop'));

  test('is made, replaced and taken back', async () => {
    const messageId = received();
    const standing = () => server.driver.whatsapp.reactions('shop').get(messageId);
    for (const emoji of ['👍', '❤️', '👍🏽', '👨‍👩‍👧', '🇩🇪', '1️⃣']) {
      expect((await react(messageId, { emoji })).status).toBe(204);
      expect(standing()).toBe(emoji);
    }
    expect((await react(messageId, { emoji: '' })).status).toBe(204);
    expect(standing()).toBeUndefined();
  });

  test.each(['ok', '👍👍', '1', ' ', '👍 ', 'x'.repeat(65), 7, null, undefined])(
    'is never %s',
    async (emoji) => {
      expect(await problemOf(await react(received(), { emoji }))).toMatchObject([
        400,
        { code: 'INVALID_INPUT', errors: [{ path: 'emoji' }] },
      ]);
    },
  );

  test('to a message that is not there is 404', async () => {
    for (const messageId of ['false_1@c.us_A', 'nonsense', 'x'.repeat(256)])
      expect(await problemOf(await react(messageId, { emoji: '👍' }))).toMatchObject([
        404,
        { code: 'MESSAGE_NOT_FOUND' },
      ]);
  });

  test('that the page does not make is 504, and the instance goes on', async () => {
    const messageId = received();
    server.driver.whatsapp.faults('shop').next('react', { reject: 'PAGE_HUNG' });
    expect(await problemOf(await react(messageId, { emoji: '👍' }))).toMatchObject([
      504,
      { code: 'TIMEOUT' },
    ]);
    expect((await react(messageId, { emoji: '👍' })).status).toBe(204);
  });
});

describe('marking a chat as read', () => {
  test('happens when it is asked for, by number or by id, and never by itself', async () => {
    await server.ready('shop');
    received();
    await server.request('POST', '/v1/instances/shop/messages', { to: '4915100000001', text: 'Yes' });
    expect(server.driver.whatsapp.readChats('shop')).toEqual([]);
    for (const chat of ['4915100000001@c.us', '+49 151 00000001'])
      expect((await read(chat)).status).toBe(204);
    expect(server.driver.whatsapp.readChats('shop')).toEqual(['4915100000001@c.us', '4915100000001@c.us']);
  });

  test('happens in the chat of WhatsApp itself, which can only be read', async () => {
    await server.ready('shop');
    server.driver.whatsapp.phone('shop').receive({ from: '0@c.us' });
    expect((await read('0@c.us')).status).toBe(204);
    expect(server.driver.whatsapp.readChats('shop')).toEqual(['0@c.us']);
  });

  test.each(['4915100000002@c.us', '12', 'nonsense', 'groupinvite@g.us', '120363000000000000@newsletter'])(
    'of a chat that is not there (%s) is 404',
    async (chat) => {
      await server.ready('shop');
      expect(await problemOf(await read(chat))).toMatchObject([404, { code: 'CHAT_NOT_FOUND' }]);
    },
  );
});

describe('in an instance that is not ready', () => {
  test.each([
    ['NEEDS_QR', () => server.unpaired('shop')],
    ['INSTANCE_STOPPED', () => server.manager.create({ id: 'shop', start: false })],
    ['INSTANCE_NOT_READY', () => connecting()],
  ] as const)('both are 409 %s', async (code, prepare) => {
    await prepare();
    for (const response of [await react('false_1@c.us_A', { emoji: '👍' }), await read('4915100000001@c.us')])
      expect(await problemOf(response)).toMatchObject([409, { code }]);
  });
  const connecting = async () => {
    server.driver.whatsapp.pair('shop');
    server.driver.whatsapp.faults('shop').always('open', 'hang');
    await server.manager.create({ id: 'shop' });
  };

  test('that does not exist both are 404', async () => {
    for (const response of [await react('false_1@c.us_A', { emoji: '👍' }), await read('4915100000001@c.us')])
      expect(await problemOf(response)).toMatchObject([404, { code: 'INSTANCE_NOT_FOUND' }]);
  });
});
