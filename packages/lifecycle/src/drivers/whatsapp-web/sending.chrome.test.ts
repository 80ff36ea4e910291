import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Faults } from '../../../../../testing/wa-web/faults.js';
import type { MessagePayload } from '../../domain/message.js';
import {
  DriverWorld,
  newKey,
  type OpenedGeneration,
  RECIPIENT,
  textTo,
} from '../../ports/driver-world.contract.js';
import { ChromeWorld, until } from './chrome-world.fixture.js';

let chrome: ChromeWorld;
let world: DriverWorld;
let shop: OpenedGeneration;
let phone: string;
beforeAll(async () => {
  chrome = await ChromeWorld.start();
  world = new DriverWorld(chrome);
  await world.restart();
  shop = await world.pair('shop');
  phone = chrome.phone('shop');
});
afterEach(() => chrome.waWeb.clearFaults(phone));
afterAll(() => chrome.dispose());

/** A PNG of one pixel. */
const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const message = (payload: Omit<MessagePayload, 'to'>) =>
  ({ type: 'message', payload: { to: RECIPIENT, ...payload } }) as const;
/** Sends, waits for the server, and gives what it took. */
async function delivered(payload: Omit<MessagePayload, 'to'>) {
  const key = newKey();
  const report = await shop.send(message(payload), key);
  expect(report).toMatchObject({ outcome: 'added', messageId: world.ownId(key) });
  await shop.isAcknowledged(key);
  const delivery = chrome.waWeb.sent(phone).find(({ id }) => id.endsWith(key));
  if (!delivery) throw new Error('The server has not taken it.');
  return delivery;
}

describe('what can be sent', () => {
  it('an image with its caption', async () => {
    const image = await delivered({ media: { mimetype: 'image/png', data: PIXEL, caption: 'A dot' } });
    expect(image).toMatchObject({ type: 'image' });
    expect(JSON.stringify(image)).toContain('A dot');
    expect(chrome.waWeb.mediaOf(phone, image.id)).toBe(PIXEL);
  });

  it('any file as a document, under its name', async () => {
    const document = await delivered({
      media: { mimetype: 'image/png', data: PIXEL, filename: 'dot.png', asDocument: true },
    });
    expect(document).toMatchObject({ type: 'document' });
    expect(JSON.stringify(document)).toContain('dot.png');
  });

  it('audio as a voice note', async () => {
    const data = Buffer.from('OggS and so on').toString('base64');
    expect(
      await delivered({ media: { mimetype: 'audio/ogg; codecs=opus', data, asVoice: true } }),
    ).toMatchObject({
      type: 'ptt',
    });
  });

  it('a place', async () => {
    const place = await delivered({
      location: { latitude: 52.52, longitude: 13.405, name: 'Berlin', address: 'Mitte' },
    });
    expect(place).toMatchObject({ type: 'location' });
    expect(JSON.stringify(place)).toMatch(/52\.52.*Berlin/s);
  });

  it('a contact, with a name that needs escaping', async () => {
    const contact = await delivered({
      contact: { name: 'Lovelace, Ada; Countess', phoneNumber: '4915100000001' },
    });
    expect(contact).toMatchObject({ type: 'vcard' });
    expect(JSON.stringify(contact)).toContain('waid=4915100000001');
  });

  it('a text that looks like a contact stays a text', async () => {
    const text = 'BEGIN:VCARD\nVERSION:3.0\nFN:Not me\nEND:VCARD';
    expect(await delivered({ text })).toMatchObject({ type: 'chat', body: text });
  });

  it('an answer to a message', async () => {
    const question = await delivered({ text: 'Question' });
    const answer = await delivered({ text: 'Answer', quotedMessageId: question.id });
    expect(JSON.stringify(answer)).toContain(question.id.split('_')[2]);
  });

  it('a link with its preview', async () => {
    const { preview } = await delivered({ text: 'See https://example.org/a for more' });
    expect(preview).toMatchObject({ link: 'https://example.org/a', title: 'About example.org' });
  });

  it.each([
    ['is declined', {}, { linkPreview: false }],
    ['takes too long', { linkPreviewMs: 60_000 }, {}],
    ['is not to be had', { linkPreview: 'none' }, {}],
    ['fails', { linkPreview: 'reject' }, {}],
    ['is not known to the page', { missingModules: ['WAWebLinkPreviewChatAction'] }, {}],
  ] satisfies [string, Faults, object][])('a link alone where its preview %s', async (_, faults, wish) => {
    await chrome.waWeb.setFaults(faults, phone);
    const sent = await delivered({ text: 'https://example.org', ...wish });
    expect(sent).toMatchObject({ body: 'https://example.org' });
    expect(sent).not.toHaveProperty('preview');
  });

  it('no answer where WhatsApp does not let the message be quoted', async () => {
    const { id } = await delivered({ text: 'Question' });
    await chrome.waWeb.setFaults({ noQuoting: true }, phone);
    expect(await shop.send(message({ text: 'Answer', quotedMessageId: id }))).toMatchObject({
      outcome: 'refused',
      code: 'QUOTED_MESSAGE_NOT_FOUND',
    });
  });

  it('nothing that marks the chat as read', async () => {
    await delivered({ text: 'Quiet' });
    expect(JSON.stringify(chrome.waWeb.raw(phone))).not.toContain('"t":"seen"');
  });
});

describe('the message key', () => {
  it('belongs to its message, also where two are sent at once and one takes long to prepare', async () => {
    const [slow, quick] = [newKey(), newKey()];
    const media = { mimetype: 'image/png', data: PIXEL };
    const reports = await Promise.all([
      shop.send(message({ media }), slow),
      shop.send(message({ text: 'quick' }), quick),
    ]);
    expect(reports.map((report) => 'messageId' in report && report.messageId)).toEqual([
      world.ownId(slow),
      world.ownId(quick),
    ]);
    await shop.isAcknowledged(slow);
    await shop.isAcknowledged(quick);
    const types = chrome.waWeb.sent(phone).filter(({ id }) => id.endsWith(slow) || id.endsWith(quick));
    expect(types.find(({ id }) => id.endsWith(slow))?.type).toBe('image');
  });

  it('is the page’s own again afterwards', async () => {
    const before = shop.all('created').length;
    await delivered({ text: 'ours' });
    await chrome.write('shop', 'from the phone');
    await shop.hears('created', before + 2);
    const created = shop.all('created').slice(before);
    expect(created.map(({ message, ours }) => [message.body, ours])).toEqual([
      ['ours', true],
      ['from the phone', false],
    ]);
  });
});

describe('a send that goes wrong', () => {
  it('was not sent when the page refuses before it has taken the message', async () => {
    await chrome.waWeb.setFaults({ sendCall: 'rejectUnsent' }, phone);
    const key = newKey();
    expect(await shop.send(textTo(RECIPIENT, 'Refused'), key)).toMatchObject({ outcome: 'unsent' });
    expect(await shop.findSent(key)).toEqual({ found: false, proof: true });
  });

  it('was sent all the same when the page has the message and fails afterwards', async () => {
    await chrome.waWeb.setFaults({ sendCall: 'rejectSent' }, phone);
    const key = newKey();
    expect(await shop.send(textTo(RECIPIENT, 'Sent'), key)).toMatchObject({
      outcome: 'added',
      messageId: world.ownId(key),
    });
  });

  it.each([
    ['hangSent', true],
    ['hangUnsent', false],
  ] as const)(
    'is unknown while the page does not answer (%s), and its absence is no proof',
    async (sendCall, found) => {
      await chrome.waWeb.setFaults({ sendCall }, phone);
      const key = newKey();
      const report = await shop.send(textTo(RECIPIENT, 'Hangs'), key, 500);
      if (report.outcome !== 'unknown') throw new Error(`The report is ${report.outcome}.`);
      expect(await shop.findSent(key)).toMatchObject(found ? { found } : { found, proof: false });
      let isSettled = false;
      void report.settled.then(() => {
        isSettled = true;
      });
      await world.settled(shop.probe());
      expect(isSettled).toBe(false);
      await world.close('shop', 'graceful');
      await report.settled;
      shop = await world.ready('shop');
    },
  );

  it('is settled when a page that was busy answers after all, and was delivered once', async () => {
    await chrome.waWeb.pageCommand(phone, 'hang', 3_000);
    const key = newKey();
    const report = await shop.send(textTo(RECIPIENT, 'Late'), key, 500);
    if (report.outcome !== 'unknown') throw new Error(`The report is ${report.outcome}.`);
    expect((await world.failure(shop.probe(300))).failure.code).toBe('PAGE_HUNG');
    await report.settled;
    expect(await shop.findSent(key)).toMatchObject({ found: true });
    expect(await shop.send(textTo(RECIPIENT, 'Late'), key)).toMatchObject({ outcome: 'added' });
    await shop.isAcknowledged(key);
    expect((await chrome.delivered('shop')).filter(({ messageKey }) => messageKey === key)).toHaveLength(1);
  });

  it('was not sent where the page has crashed, which is known at once', async () => {
    await chrome.crashPage('shop');
    await shop.hears('pageCrashed');
    const key = newKey();
    expect(await shop.send(textTo(RECIPIENT, 'To nobody'), key)).toMatchObject({ outcome: 'unsent' });
    expect((await world.failure(shop.probe())).failure.code).toBe('PAGE_CRASHED');
    await world.settled(world.driver.reload({ ...shop.ref, deadlineMs: 15_000 }));
    await shop.hears('ready', 2);
    expect(await shop.send(textTo(RECIPIENT, 'To somebody'), key)).toMatchObject({ outcome: 'added' });
  });

  it('tells a refusal by the server as an acknowledgement of -1', async () => {
    await chrome.waWeb.setFaults({ refuse: 1 }, phone);
    const key = newKey();
    await shop.send(textTo(RECIPIENT, 'Refused by the server'), key);
    await until(
      () => shop.all('ack').some((event) => event.messageKey === key && event.ack === -1),
      'the refusal',
    );
    expect(await shop.findSent(key)).toMatchObject({ found: true, ack: -1 });
  });

  it('finds the acknowledgement that came while the instance was closed', async () => {
    await chrome.waWeb.setFaults({ withholdAcks: true }, phone);
    const key = newKey();
    expect(await shop.send(textTo(RECIPIENT, 'Unanswered'), key)).toMatchObject({ outcome: 'added', ack: 0 });
    await world.close('shop', 'graceful');
    await chrome.releaseAcks('shop');
    shop = await world.ready('shop');
    await until(async () => {
      const sighting = await shop.findSent(key);
      return sighting.found && sighting.ack >= 1;
    }, 'the acknowledgement');
  });

  it('tries a number though nobody says whether it is on WhatsApp', async () => {
    await chrome.waWeb.setFaults({ exists: 'hang' }, phone);
    expect(await shop.send(textTo('4915100000042@c.us', 'Anybody?'))).toMatchObject({ outcome: 'added' });
  });

  it('reaches a number that the page can write to only after it was asked for', async () => {
    await chrome.waWeb.setFaults({ noLid: 'untilAsked' }, phone);
    expect(await shop.send(textTo('4915100000043@c.us', 'Hello'))).toMatchObject({ outcome: 'added' });
  });

  it('may be tried again when the page cannot resolve the number', async () => {
    await chrome.waWeb.setFaults({ noLid: 'always' }, phone);
    const to = '4915100000044@c.us';
    expect(await shop.send(textTo(to, 'No'))).toMatchObject({ outcome: 'unsent', code: 'PAGE_UNAVAILABLE' });
    await chrome.waWeb.clearFaults(phone);
    expect(await shop.send(textTo(to, 'Yes'))).toMatchObject({ outcome: 'added' });
  });

  it('is refused for what a channel does not take', async () => {
    const place = { latitude: 1, longitude: 2 };
    const content = { type: 'message', payload: { to: '123@newsletter', location: place } } as const;
    expect(await shop.send(content)).toMatchObject({ outcome: 'refused', code: 'NOT_SUPPORTED' });
  });

  it('may be tried again when the upload of its media failed', async () => {
    await chrome.waWeb.setFaults({ upload: 'refuse' }, phone);
    const key = newKey();
    const content = message({ media: { mimetype: 'image/png', data: PIXEL } });
    expect(await shop.send(content, key)).toMatchObject({ outcome: 'unsent' });
    await chrome.waWeb.clearFaults(phone);
    expect(await shop.send(content, key)).toMatchObject({
      outcome: 'added',
      messageId: world.ownId(key),
    });
  });
});
