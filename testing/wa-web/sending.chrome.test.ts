import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import wwebjs from 'whatsapp-web.js';
import { Browsers, type Client, next } from './browser.js';
import { startWaWeb, type WaWeb } from './server.js';

const ME = '15550100';
const YOU = '15559999@c.us';
const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const { Location, MessageMedia, Poll } = wwebjs;

let waWeb: WaWeb;
let browsers: Browsers;
let client: Client;

beforeAll(async () => {
  // The last page on which the unmodified library gives a message its id.
  waWeb = await startWaWeb({ edition: '2026-05' });
  browsers = new Browsers(waWeb);
  ({ client } = await browsers.paired(ME));
});
afterEach(async () => {
  await waWeb.clearFaults();
  await waWeb.clearFaults(ME);
});
afterAll(async () => {
  await browsers.close();
  await waWeb.close();
});

const last = () => waWeb.sent(ME).at(-1);
const taken = () => waWeb.waitFor(ME, { sent: waWeb.sent(ME).length + 1 });
/** A frame with a message has come, whatever became of it. */
const framed = () => {
  const frames = waWeb.raw(ME).filter(({ frame }) => (frame as { t?: string }).t === 'send').length;
  return waWeb.waitFor(ME, { frames: frames + 1 });
};
const acked = (level: number, body: string) =>
  next<wwebjs.Message>(client, 'message_ack', {
    fits: (message) => message.ack === level && message.body === body,
  });

test('a text: added to the chat at once, acknowledged when the server takes it', async () => {
  const [arrived, ack] = [taken(), acked(1, 'hello')];
  const message = await client.sendMessage(YOU, 'hello');
  expect(message).toMatchObject({ body: 'hello', fromMe: true, to: YOU, type: 'chat' });
  await arrived;
  expect(await ack).toMatchObject({ id: { _serialized: message.id._serialized } });
  expect(last()).toMatchObject({ id: message.id._serialized, to: YOU, body: 'hello', frames: 1 });
});

test('a poll, with a secret of our choice', async () => {
  const arrived = taken();
  const messageSecret = Array.from({ length: 32 }, (_, index) => index);
  await client.sendMessage(
    YOU,
    new Poll('Tea?', ['yes', 'no'], { allowMultipleAnswers: true, messageSecret }),
  );
  await arrived;
  expect(last()).toMatchObject({
    type: 'poll_creation',
    poll: {
      question: 'Tea?',
      options: ['yes', 'no'],
      multiple: true,
      secret: Buffer.from(messageSecret).toString('hex'),
    },
  });
});

test('a picture with a caption', async () => {
  const arrived = taken();
  const message = await client.sendMessage(YOU, new MessageMedia('image/png', PIXEL, 'pixel.png'), {
    caption: 'one',
  });
  await arrived;
  expect(last()).toMatchObject({
    type: 'image',
    caption: 'one',
    body: '',
    media: { mimetype: 'image/png', size: 70 },
  });
  expect(waWeb.mediaOf(ME, message.id._serialized)).toBe(PIXEL);
  expect((await message.downloadMedia())?.data).toBe(PIXEL);
});

test('a document keeps its name', async () => {
  const [arrived, uploaded] = [taken(), next(client, 'media_uploaded')];
  const data = Buffer.from('a, b\n').toString('base64');
  await client.sendMessage(YOU, new MessageMedia('text/csv', data, 'list.csv'), {
    sendMediaAsDocument: true,
  });
  await Promise.all([arrived, uploaded]);
  expect(last()).toMatchObject({
    type: 'document',
    media: { mimetype: 'text/csv', filename: 'list.csv', size: 5 },
  });
});

test('a sound as a voice message', async () => {
  const arrived = taken();
  const media = new MessageMedia('audio/ogg; codecs=opus', Buffer.from('not really').toString('base64'));
  await client.sendMessage(YOU, media, { sendAudioAsVoice: true });
  await arrived;
  expect(last()).toMatchObject({ type: 'ptt' });
});

test('media that the server does not take rejects, and nothing is sent', async () => {
  await waWeb.setFaults({ upload: 'refuse' }, ME);
  const before = waWeb.raw(ME).filter(({ frame }) => (frame as { t: string }).t === 'send').length;
  await expect(client.sendMessage(YOU, new MessageMedia('image/png', PIXEL))).rejects.toThrow(
    'upload failed',
  );
  expect(waWeb.raw(ME).filter(({ frame }) => (frame as { t: string }).t === 'send')).toHaveLength(before);
});

test('a location', async () => {
  const arrived = taken();
  await client.sendMessage(YOU, new Location(52.5, 13.4, { name: 'Here', address: 'Street 1' }));
  await arrived;
  expect(last()).toMatchObject({
    type: 'location',
    location: { latitude: 52.5, longitude: 13.4, description: 'Here\nStreet 1' },
  });
});

test('a contact, as a model and as a vCard text', async () => {
  const first = taken();
  await client.sendMessage(YOU, await client.getContactById('15551234@c.us'));
  await first;
  expect(last()).toMatchObject({ type: 'vcard', vcards: [expect.stringContaining('waid=15551234')] });
  const second = taken();
  await client.sendMessage(YOU, 'BEGIN:VCARD\nVERSION:3.0\nFN:Bo\nEND:VCARD');
  await second;
  expect(last()).toMatchObject({ type: 'vcard', vcards: [expect.stringContaining('FN:Bo')] });
});

test('a message that quotes another, and one that mentions', async () => {
  const asked = taken();
  const first = await client.sendMessage(YOU, 'question');
  await asked;
  const arrived = taken();
  const reply = await client.sendMessage(YOU, 'answer @15551234', {
    quotedMessageId: first.id._serialized,
    mentions: ['15551234@c.us'],
  });
  await arrived;
  expect(last()).toMatchObject({
    body: 'answer @15551234',
    quotedId: first.id.id,
    mentions: ['15551234@c.us'],
  });
  expect(reply.hasQuotedMsg).toBe(true);
  expect((await reply.getQuotedMessage()).body).toBe('question');
});

test('to a group, and to a lid', async () => {
  const group = taken();
  await client.sendMessage('120363000@g.us', 'all');
  await group;
  expect(last()).toMatchObject({ to: '120363000@g.us', id: expect.stringMatching(`_${ME}@c.us$`) });
  const lid = taken();
  await client.sendMessage('915559999@lid', 'you');
  await lid;
  expect(last()).toMatchObject({ to: '915559999@lid', body: 'you' });
});

test('to a channel', async () => {
  const arrived = taken();
  const message = await client.sendMessage('120363111@newsletter', 'news');
  await arrived;
  expect(message.ack).toBe(1);
  expect(last()).toMatchObject({ to: '120363111@newsletter', body: 'news' });
});

test('a sticker', async () => {
  const arrived = taken();
  await client.sendMessage(YOU, new MessageMedia('image/png', PIXEL), { sendMediaAsSticker: true });
  await arrived;
  expect(last()).toMatchObject({ type: 'sticker', media: { mimetype: 'image/webp' } });
});

test('a link whose preview takes long is overtaken by the next message', async () => {
  await waWeb.setFaults({ linkPreviewMs: 300 }, ME);
  const before = waWeb.sent(ME).length;
  await Promise.all([client.sendMessage(YOU, 'see https://example.org'), client.sendMessage(YOU, 'plain')]);
  await waWeb.waitFor(ME, { sent: before + 2 });
  expect(last()?.body).toBe('see https://example.org');
});

test('the id of a message can be chosen, and a message be found by it', async () => {
  const arrived = taken();
  await client.pupPage?.evaluate(() => {
    const page = globalThis as unknown as { require(name: string): { newId(): Promise<string> } };
    const key = page.require('WAWebMsgKey');
    const original = key.newId;
    key.newId = async () => {
      key.newId = original;
      return '3EB0CHOSEN';
    };
  });
  const message = await client.sendMessage(YOU, 'mine');
  await arrived;
  expect(message.id._serialized).toBe(`true_${YOU}_3EB0CHOSEN`);
  expect(last()?.id).toBe(message.id._serialized);
  expect((await client.getMessageById(message.id._serialized)).body).toBe('mine');
});

test('many at once keep the order of the calls', async () => {
  const before = waWeb.sent(ME).length;
  const bodies = Array.from({ length: 30 }, (_, index) => `number ${index}`);
  await Promise.all(bodies.map((body) => client.sendMessage(YOU, body)));
  await waWeb.waitFor(ME, { sent: before + bodies.length });
  expect(
    waWeb
      .sent(ME)
      .slice(before)
      .map(({ body }) => body),
  ).toEqual(bodies);
});

test('a message that the server refuses ends with -1', async () => {
  await waWeb.setFaults({ refuse: 1 }, ME);
  const [before, refused] = [waWeb.sent(ME).length, acked(-1, 'no')];
  const message = await client.sendMessage(YOU, 'no');
  await refused;
  expect((await client.getMessageById(message.id._serialized)).ack).toBe(-1);
  expect(waWeb.sent(ME)).toHaveLength(before);
});

test('a recipient can be refused', async () => {
  await waWeb.setFaults({ refuseTo: ['15550404'] }, ME);
  const refused = acked(-1, 'no');
  await client.sendMessage('15550404@c.us', 'no');
  await refused;
});

test('a withheld acknowledgement comes when the test says so', async () => {
  await waWeb.setFaults({ withholdAcks: true }, ME);
  const arrived = taken();
  const message = await client.sendMessage(YOU, 'silence');
  await arrived;
  expect((await client.getMessageById(message.id._serialized)).ack).toBe(0);
  const ack = acked(1, 'silence');
  waWeb.ack(ME, message.id._serialized, 1);
  await ack;
});

test('a late acknowledgement, and a call that waits for it', async () => {
  await waWeb.setFaults({ ackMs: 400 }, ME);
  const start = performance.now();
  await client.sendMessage(YOU, 'slowly', { waitUntilMsgSent: true });
  expect(performance.now() - start).toBeGreaterThan(390);
});

test('a message lost on the way is sent again with the same id after the connection was cut', async () => {
  await waWeb.setFaults({ drop: 1 }, ME);
  const [before, lost] = [waWeb.sent(ME).length, framed()];
  const message = await client.sendMessage(YOU, 'lost and found');
  await lost;
  expect(waWeb.sent(ME)).toHaveLength(before);
  waWeb.kick(ME);
  await waWeb.waitFor(ME, { sent: before + 1 });
  expect(last()).toMatchObject({ id: message.id._serialized, frames: 1 });
});

test('a message taken but not acknowledged is sent again, and delivered once', async () => {
  await waWeb.setFaults({ withholdAcks: 1 }, ME);
  const [before, arrived, ack] = [waWeb.sent(ME).length, taken(), acked(1, 'once')];
  await client.sendMessage(YOU, 'once');
  await arrived;
  waWeb.kick(ME);
  await ack;
  expect(waWeb.sent(ME)).toHaveLength(before + 1);
  expect(last()).toMatchObject({ body: 'once', frames: 2 });
});

test('while WhatsApp cannot be reached messages wait, and go out in order', async () => {
  const before = waWeb.sent(ME).length;
  await waWeb.setFaults({ offline: true }, ME);
  await waWeb.waitFor(ME, { connected: false });
  for (const body of ['first', 'second']) {
    expect((await client.sendMessage(YOU, body)).ack).toBe(0);
  }
  expect(waWeb.sent(ME)).toHaveLength(before);
  await waWeb.clearFaults(ME);
  await waWeb.waitFor(ME, { sent: before + 2 });
  expect(
    waWeb
      .sent(ME)
      .slice(before)
      .map(({ body }) => body),
  ).toEqual(['first', 'second']);
});

test('a call that rejects proves nothing', async () => {
  await waWeb.setFaults({ sendCall: 'rejectUnsent' }, ME);
  const before = waWeb.sent(ME).length;
  await expect(client.sendMessage(YOU, 'never')).rejects.toThrow('refused to send');
  await waWeb.setFaults({ sendCall: 'rejectSent' }, ME);
  await expect(client.sendMessage(YOU, 'gone all the same')).rejects.toThrow('Promise was collected');
  await waWeb.waitFor(ME, { sent: before + 1 });
  expect(
    waWeb
      .sent(ME)
      .slice(before)
      .map(({ body }) => body),
  ).toEqual(['gone all the same']);
});

test('a call that never returns, with and without a message sent', async () => {
  const before = waWeb.sent(ME).length;
  await waWeb.setFaults({ sendCall: 'hangSent' }, ME);
  const calls = [client.sendMessage(YOU, 'went out')];
  await waWeb.waitFor(ME, { sent: before + 1 });
  await waWeb.setFaults({ sendCall: 'hangUnsent' }, ME);
  calls.push(client.sendMessage(YOU, 'did not'));
  const deadline = new Promise((resolve) => setTimeout(resolve, 300, 'still waiting'));
  expect(await Promise.race([...calls, deadline])).toBe('still waiting');
  expect(waWeb.sent(ME)).toHaveLength(before + 1);
  expect(last()?.body).toBe('went out');
  // They end when the browser does, or at puppeteer's own deadline.
  for (const call of calls) call.catch(() => {});
});

test('questions and uploads that are never answered', async () => {
  await waWeb.setFaults({ exists: 'hang', upload: 'hang' }, ME);
  const calls = [
    client.getNumberId('15551111'),
    client.sendMessage(YOU, new MessageMedia('image/png', PIXEL)),
  ];
  const deadline = new Promise((resolve) => setTimeout(resolve, 300, 'still waiting'));
  expect(await Promise.race([...calls, deadline])).toBe('still waiting');
  for (const call of calls) call.catch(() => {});
});

test('a call that returns late, after the acknowledgement', async () => {
  await waWeb.setFaults({ sendDelayMs: 300 }, ME);
  const ack = acked(1, 'late answer');
  let returned = false;
  const call = client.sendMessage(YOU, 'late answer').then(() => {
    returned = true;
  });
  await ack;
  expect(returned).toBe(false);
  await call;
});

test('numbers that are not on WhatsApp', async () => {
  await waWeb.setFaults({ unregistered: ['15550000'] });
  expect(await client.isRegisteredUser('15559999')).toBe(true);
  expect(await client.isRegisteredUser('15550000')).toBe(false);
  await waWeb.setFaults({ registeredAs: { '5531987654321': '553187654321' } });
  expect(await client.getNumberId('5531987654321')).toMatchObject({ user: '553187654321' });
  await expect(client.sendMessage('15550000@c.us', 'hello?')).rejects.toThrow('No LID for user');
  await waWeb.setFaults({ exists: 'refuse' }, ME);
  await expect(client.isRegisteredUser('15559999')).rejects.toThrow('rate-overlimit');
});

test('a number whose lid is not known yet can be written to after asking whether it exists', async () => {
  await waWeb.setFaults({ noLid: 'untilAsked' }, ME);
  await expect(client.sendMessage('15557777@c.us', 'hello?')).rejects.toThrow('No LID for user');
  expect(await client.getNumberId('15557777')).toMatchObject({ user: '15557777' });
  const arrived = taken();
  await client.sendMessage('15557777@c.us', 'hello!');
  await arrived;
  await waWeb.setFaults({ noLid: 'always' }, ME);
  await client.getNumberId('15556666');
  await expect(client.sendMessage('15556666@c.us', 'hello?')).rejects.toThrow('No LID for user');
});
