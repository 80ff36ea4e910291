import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import wwebjs from 'whatsapp-web.js';
import { Browsers, type Client, next } from './browser.js';
import { startWaWeb, type WaWeb } from './server.js';

const ME = '15550200';
const YOU = '15559999';

let waWeb: WaWeb;
let browsers: Browsers;
let client: Client;
let profile: string;

beforeAll(async () => {
  // The last page on which the unmodified library gives a message its id.
  waWeb = await startWaWeb({ edition: '2026-05' });
  browsers = new Browsers(waWeb);
  ({ client, profile } = await browsers.paired(ME));
});
afterEach(() => waWeb.clearFaults(ME));
afterAll(async () => {
  await browsers.close();
  await waWeb.close();
});

const message = () => next<wwebjs.Message>(client, 'message');

test('a text', async () => {
  const [heard, unread] = [message(), next<wwebjs.Chat>(client, 'unread_count')];
  const id = waWeb.receive(ME, { from: YOU, body: 'hello', name: 'Bo' });
  const received = await heard;
  expect(received).toMatchObject({ body: 'hello', from: `${YOU}@c.us`, to: `${ME}@c.us`, fromMe: false });
  expect(received.id._serialized).toBe(id);
  expect((await received.getContact()).pushname).toBe('Bo');
  expect((await unread).unreadCount).toBe(1);
  await waWeb.waitFor(ME, { quiet: true });
});

test('a reply quotes it', async () => {
  const heard = message();
  waWeb.receive(ME, { from: YOU, body: 'question' });
  const received = await heard;
  const sent = waWeb.waitFor(ME, { sent: waWeb.sent(ME).length + 1 });
  await received.reply('answer');
  await sent;
  expect(waWeb.sent(ME).at(-1)).toMatchObject({ body: 'answer', quotedId: received.id.id });
});

test('a message that quotes one of ours', async () => {
  const ours = await client.sendMessage(`${YOU}@c.us`, 'ours');
  const heard = message();
  waWeb.receive(ME, { from: YOU, body: 'about that', quotedId: ours.id._serialized });
  expect((await (await heard).getQuotedMessage()).body).toBe('ours');
});

test('a file, which can be downloaded', async () => {
  const heard = message();
  const data = Buffer.from('bytes').toString('base64');
  waWeb.receive(ME, { from: YOU, media: { mimetype: 'image/png', data, caption: 'look' } });
  const received = await heard;
  expect(received).toMatchObject({ type: 'image', hasMedia: true, body: 'look' });
  expect(await received.downloadMedia()).toMatchObject({ mimetype: 'image/png', data });
});

test('a location, and a message in a group', async () => {
  const located = message();
  waWeb.receive(ME, { from: YOU, location: { latitude: 1, longitude: 2, description: 'There' } });
  expect((await located).location).toMatchObject({ latitude: 1, longitude: 2 });
  const grouped = message();
  const id = waWeb.receive(ME, { from: YOU, chat: '120363000@g.us', body: 'all' });
  expect(await grouped).toMatchObject({ from: '120363000@g.us', author: `${YOU}@c.us`, body: 'all' });
  expect((await client.getMessageById(id)).body).toBe('all');
});

test('what the phone itself wrote is created, not received', async () => {
  const created = next<wwebjs.Message>(client, 'message_create', { fits: ({ body }) => body === 'by hand' });
  let received = false;
  client.once('message', () => {
    received = true;
  });
  waWeb.receive(ME, { from: ME, chat: `${YOU}@c.us`, body: 'by hand' });
  expect(await created).toMatchObject({ fromMe: true, to: `${YOU}@c.us` });
  expect(received).toBe(false);
});

test('delivered and read', async () => {
  const sent = await client.sendMessage(`${YOU}@c.us`, 'read me');
  await waWeb.waitFor(ME, { delivered: sent.id._serialized });
  for (const level of [2, 3] as const) {
    const acked = next<wwebjs.Message>(client, 'message_ack', { fits: ({ ack }) => ack === level });
    waWeb.ack(ME, sent.id._serialized, level);
    expect((await acked).id._serialized).toBe(sent.id._serialized);
  }
  expect((await client.getMessageById(sent.id._serialized)).ack).toBe(3);
});

test('votes, changed and taken back', async () => {
  const poll = await client.sendMessage(`${YOU}@c.us`, new wwebjs.Poll('Tea?', ['yes', 'no']));
  await waWeb.waitFor(ME, { delivered: poll.id._serialized });
  for (const options of [['yes'], ['no'], []]) {
    const voted = next<wwebjs.PollVote>(client, 'vote_update');
    waWeb.vote(ME, { poll: poll.id._serialized, voter: YOU, options });
    const vote = await voted;
    expect(vote.selectedOptions.map(({ name }) => name)).toEqual(options);
    expect(vote.parentMessage.id._serialized).toBe(poll.id._serialized);
  }
  waWeb.vote(ME, { poll: poll.id._serialized, voter: '15558888', options: ['yes'] });
  await waWeb.waitFor(ME, { quiet: true });
  const votes = await client.getPollVotes(poll.id._serialized);
  expect(votes.map(({ selectedOptions }) => selectedOptions.map(({ name }) => name))).toEqual([[], ['yes']]);
});

test('what came while the page was away: kept, counted as unread, and without an event', async () => {
  await client.destroy();
  await waWeb.waitFor(ME, { connected: false });
  const id = waWeb.receive(ME, { from: '15557777', body: 'while you were out' });
  expect(waWeb.account(ME).waiting).toBe(1);
  client = browsers.client(profile);
  const bodies: string[] = [];
  client.on('message', ({ body }) => bodies.push(body));
  const ready = next(client, 'ready');
  await client.initialize();
  await ready;
  expect((await client.getMessageById(id)).body).toBe('while you were out');
  expect((await client.getChatById('15557777@c.us')).unreadCount).toBe(1);
  expect(bodies).toEqual([]);
});

test('the same, told after the page is ready', async () => {
  await client.destroy();
  await waWeb.setFaults({ offlineMessages: 'afterReady' }, ME);
  waWeb.receive(ME, { from: '15557777', body: 'late' });
  client = browsers.client(profile);
  const heard = message();
  await client.initialize();
  expect((await heard).body).toBe('late');
});
