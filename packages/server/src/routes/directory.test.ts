import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenApp, openApp } from '../open-app.fixture.js';

let server: OpenApp;
beforeAll(async () => {
  server = await openApp();
  for (const id of ['shop', 'group', 'list']) await server.ready(id);
});
afterAll(() => server.close());

const numberOf = (phone: string, id = 'shop') =>
  server.request('GET', `/v1/instances/${id}/numbers/${encodeURIComponent(phone)}`);
const chats = (id: string, search = '') => server.request('GET', `/v1/instances/${id}/chats${search}`);
const problem = async (response: Response) => ({
  status: response.status,
  code: ((await response.json()) as { code: string }).code,
});

describe('a number', () => {
  test.each(['4915123456789', '+49 151 2345-6789', '+49 (151) 23456789'])(
    'written %s is looked up',
    async (phone) => {
      const response = await numberOf(phone);
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({
        exists: true,
        chatId: '4915123456789@c.us',
        phoneNumber: '4915123456789',
        lid: '94915123456789@lid',
      });
    },
  );

  test('is told as WhatsApp has it, where that is not how it was written', async () => {
    expect(await (await numberOf('+55 31 98765-4321')).json()).toMatchObject({
      chatId: '553187654321@c.us',
      phoneNumber: '553187654321',
    });
  });

  test('that is not on WhatsApp is no error', async () => {
    const response = await numberOf('+999 123456789');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      exists: false,
      chatId: null,
      phoneNumber: '999123456789',
      lid: null,
    });
  });

  test.each(['12', 'ann', '0049151234567', '4915123456789@c.us', '1'.repeat(16)])(
    'that cannot be one (%s) is 400, and names its place',
    async (phone) => {
      const response = await numberOf(phone);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: 'INVALID_INPUT', errors: [{ path: 'phone' }] });
    },
  );

  test('that WhatsApp does not want to tell is 502, and a page that hangs 504', async () => {
    server.driver.whatsapp.faults('shop').next('lookupNumber', { reject: 'PROBE_FAILED' });
    expect(await problem(await numberOf('4915123456789'))).toEqual({ status: 502, code: 'LOOKUP_FAILED' });
    server.driver.whatsapp.faults('shop').next('lookupNumber', { reject: 'PAGE_HUNG' });
    expect(await problem(await numberOf('4915123456789'))).toEqual({ status: 504, code: 'TIMEOUT' });
  });
});

describe('chats', () => {
  test('are listed newest first, with what a person sees of them', async () => {
    const { whatsapp } = server.driver;
    whatsapp.phone('group').receive({ from: '4915100000001@c.us' });
    whatsapp.phone('group').receive({ from: '4915100000001@c.us' });
    await server.json('POST', '/v1/instances/group/messages', { to: '120363041234567890@g.us', text: 'Hi' });
    const { items, nextCursor } = (await (await chats('group')).json()) as {
      items: object[];
      nextCursor: unknown;
    };
    expect(nextCursor).toBeNull();
    const seen = { isMarkedUnread: false, isArchived: false, isPinned: false, isMuted: false };
    expect(items).toEqual(
      [
        { id: '120363041234567890@g.us', name: expect.any(String), isGroup: true, unreadCount: 0 },
        { id: '4915100000001@c.us', name: '+4915100000001', isGroup: false, unreadCount: 2 },
      ].map((chat) => ({ ...chat, ...seen, timestamp: expect.stringMatching(/^\d{4}-.*Z$/) })),
    );
  });

  test('come page by page, each once', async () => {
    const { whatsapp } = server.driver;
    const from = ['4915100000001@c.us', '4915100000002@c.us', '4915100000003@c.us'];
    for (const sender of from) whatsapp.phone('list').receive({ from: sender });
    const ids: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page = (await (await chats('list', `?limit=1${cursor && `&cursor=${cursor}`}`)).json()) as {
        items: { id: string }[];
        nextCursor: string | null;
      };
      expect(page.items).toHaveLength(1);
      ids.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect(ids.toSorted()).toEqual(from);
  });

  test.each([
    '?limit=0',
    '?limit=501',
    '?limit=x',
    '?cursor=',
    '?cursor=nonsense',
    '?cursor=MTo',
    '?unknown=1',
  ])('asked for by %s are 400', async (search) => {
    expect(await problem(await chats('shop', search))).toEqual({ status: 400, code: 'INVALID_INPUT' });
  });

  test('of a page that hangs are 504', async () => {
    server.driver.whatsapp.faults('shop').next('listChats', { reject: 'PAGE_HUNG' });
    expect(await problem(await chats('shop'))).toEqual({ status: 504, code: 'TIMEOUT' });
  });
});

describe('an instance that is not ready', () => {
  test('is 409, with the reason', async () => {
    await server.unpaired('unpaired');
    expect(await problem(await chats('unpaired'))).toEqual({ status: 409, code: 'NEEDS_QR' });
    expect(await problem(await numberOf('4915123456789', 'unpaired'))).toEqual({
      status: 409,
      code: 'NEEDS_QR',
    });
    await server.json('POST', '/v1/instances', { id: 'stopped', start: false });
    expect(await problem(await numberOf('4915123456789', 'stopped'))).toEqual({
      status: 409,
      code: 'INSTANCE_STOPPED',
    });
    server.driver.whatsapp.faults('slow').always('ready', 'silent');
    server.driver.whatsapp.pair('slow');
    await server.json('POST', '/v1/instances', { id: 'slow' });
    expect(await problem(await numberOf('4915123456789', 'slow'))).toEqual({
      status: 409,
      code: 'INSTANCE_NOT_READY',
    });
  });

  test('is 404 where there is none', async () => {
    expect(await problem(await chats('nobody'))).toEqual({ status: 404, code: 'INSTANCE_NOT_FOUND' });
    expect(await problem(await numberOf('4915123456789', 'nobody'))).toEqual({
      status: 404,
      code: 'INSTANCE_NOT_FOUND',
    });
  });
});
