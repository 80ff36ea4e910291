import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MediaIntake } from '../media/media-intake.js';
import { type MediaSource, mediaSource } from '../media/media-source.fixture.js';
import { type OpenApp, openApp } from '../open-app.fixture.js';

const TO = '4915123456789';
const MAX_BYTES = 3_000;

let server: OpenApp;
let source: MediaSource;
let media: MediaIntake;
beforeEach(async () => {
  source = await mediaSource();
  media = new MediaIntake({ allowPrivate: ['127.0.0.0/8'], maxBytes: MAX_BYTES });
  server = await openApp({ app: { media } });
});
afterEach(async () => {
  await server.close();
  media.close();
  await source.close();
});

const send = (body: object, headers: Record<string, string> = {}) =>
  server.request('POST', '/v1/instances/shop/messages', { to: TO, ...body }, headers);
const delivered = () => server.driver.whatsapp.deliveries('shop').map(({ content }) => content.payload);

describe('media from a URL', () => {
  beforeEach(() => server.ready('shop'));

  test('are fetched before the receipt, and sent as if they had come with the request', async () => {
    const response = await send({ media: { url: source.url('/cat.png'), caption: 'A cat' } });
    expect([response.status, await response.json()]).toMatchObject([200, { status: 'sent' }]);
    const data = Buffer.from('PNG').toString('base64');
    expect(delivered()).toEqual([
      {
        to: `${TO}@c.us`,
        media: { mimetype: 'image/png', data, filename: 'cat.png', caption: 'A cat' },
      },
    ]);
  });

  test('have the name and the type that the caller gives them', async () => {
    await send({ media: { url: source.url(), filename: 'x.bin', mimetype: 'application/pdf' } });
    expect(delivered()[0]).toMatchObject({ media: { filename: 'x.bin', mimetype: 'application/pdf' } });
  });

  test('that cannot be fetched are a problem, and nothing is stored', async () => {
    source.answer = (_, response) => response.writeHead(404).end();
    const response = await send({ media: { url: source.url() } });
    expect([response.status, await response.json()]).toMatchObject([422, { code: 'MEDIA_UNAVAILABLE' }]);
    const inside = await send({ media: { url: 'https://10.0.0.1/a.png' } });
    expect([inside.status, await inside.json()]).toMatchObject([
      422,
      { code: 'MEDIA_URL_REFUSED', errors: [{ path: 'media.url' }] },
    ]);
    expect(server.data.itemIds.size).toBe(0);
  });

  test('are not fetched a second time for the same idempotency key, even when they are gone', async () => {
    const key = { 'idempotency-key': 'cat-1' };
    const first = await (await send({ media: { url: source.url() } }, key)).json();
    source.answer = (_, response) => response.writeHead(404).end();
    expect(await (await send({ media: { url: source.url() } }, key)).json()).toEqual(first);
    expect(source.requests).toHaveLength(1);
    const other = await send({ media: { url: source.url('/other.png') } }, key);
    expect([other.status, await other.json()]).toMatchObject([422, { code: 'IDEMPOTENCY_MISMATCH' }]);
  });
});

test('media are not fetched for an instance that would refuse them', async () => {
  await server.unpaired('shop');
  const response = await send({ media: { url: source.url() } });
  expect([response.status, await response.json()]).toMatchObject([409, { errorCode: 'NEEDS_QR' }]);
  expect(source.requests).toEqual([]);
});

describe('the limit of media', () => {
  beforeEach(() => server.ready('shop'));
  const ofBytes = (bytes: number) => Buffer.alloc(bytes).toString('base64');

  test('holds for base64 and for URLs alike', async () => {
    source.answer = (_, response) =>
      response.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.alloc(MAX_BYTES + 1));
    for (const given of [{ mimetype: 'image/png', data: ofBytes(MAX_BYTES + 1) }, { url: source.url() }]) {
      const response = await send({ media: given });
      expect([response.status, await response.json()]).toMatchObject([413, { code: 'MEDIA_OVER_LIMIT' }]);
    }
    expect((await send({ media: { mimetype: 'image/png', data: ofBytes(MAX_BYTES) } })).status).toBe(200);
  });
});
