import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type OpenApp, openApp } from '../open-app.fixture.js';
import { attachment } from './attachment.js';

const BYTES = new Uint8Array([137, 80, 78, 71, 0, 255]);

describe('the media of a message', () => {
  let server: OpenApp;
  beforeEach(async () => {
    server = await openApp({ manager: { maxMediaBytes: 6 } });
    await server.ready('shop');
  });
  afterEach(() => server.close());

  const phone = () => server.driver.whatsapp.phone('shop');
  const picture = (bytes = BYTES, filename = 'dot.png') =>
    phone().receive({ media: { mimetype: 'image/png', filename, bytes } }).id;
  const get = (messageId: string, id = 'shop') =>
    server.request('GET', `/v1/instances/${id}/messages/${encodeURIComponent(messageId)}/media`);
  const code = async (response: Response) => [
    response.status,
    ((await response.json()) as { code: string }).code,
  ];

  test('are its bytes, under its type, to be saved', async () => {
    const response = await get(picture());
    expect(response.status).toBe(200);
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(BYTES);
    expect(response.headers.get('content-type')).toBe('image/png');
    expect(response.headers.get('content-disposition')).toBe(
      `attachment; filename="dot.png"; filename*=UTF-8''dot.png`,
    );
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('are 404 for a message that the page does not know, and for one without any', async () => {
    expect(await code(await get('false_4915100000001@c.us_NONE'))).toEqual([404, 'MESSAGE_NOT_FOUND']);
    expect(await code(await get('nonsense'))).toEqual([404, 'MESSAGE_NOT_FOUND']);
    expect(await code(await get(phone().receive({ body: 'Text' }).id))).toEqual([404, 'MEDIA_NOT_FOUND']);
    expect(await code(await get('x', 'nobody'))).toEqual([404, 'INSTANCE_NOT_FOUND']);
  });

  test('are refused beyond the limit of their size', async () => {
    expect(await code(await get(picture(new Uint8Array(7))))).toEqual([422, 'MEDIA_TOO_LARGE']);
  });

  test('are 409 while the instance is not ready', async () => {
    const id = picture();
    await server.request('POST', '/v1/instances/shop/stop?wait=5', {});
    expect(await code(await get(id))).toEqual([409, 'INSTANCE_NOT_READY']);
  });

  test('are 504 when the page does not answer in time', async () => {
    server.driver.whatsapp.faults('shop').next('fetchMedia', { reject: 'PAGE_HUNG' });
    expect(await code(await get(picture()))).toEqual([504, 'TIMEOUT']);
  });
});

describe('the headers of a file that a stranger chose', () => {
  const headers = (filename: string | null, mimetype = 'text/plain') =>
    attachment({ mimetype, filename }, 'false_4915100000001@c.us_3EB0');

  test.each([
    ['report.pdf', `attachment; filename="report.pdf"; filename*=UTF-8''report.pdf`],
    ['Größe "1".txt', `attachment; filename="Gr__e _1_.txt"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%221%22.txt`],
    ['../../etc/passwd', `attachment; filename="passwd"; filename*=UTF-8''passwd`],
    ['C:\\Windows\\a.exe', `attachment; filename="a.exe"; filename*=UTF-8''a.exe`],
    [
      'a\r\nset-cookie: b=c',
      `attachment; filename="aset-cookie: b=c"; filename*=UTF-8''aset-cookie%3A%20b%3Dc`,
    ],
    ['photo\u202Egnp.exe', `attachment; filename="photognp.exe"; filename*=UTF-8''photognp.exe`],
    ["it's (1).txt", `attachment; filename="it's (1).txt"; filename*=UTF-8''it%27s%20%281%29.txt`],
    [
      null,
      `attachment; filename="false_4915100000001@c.us_3EB0"; filename*=UTF-8''false_4915100000001%40c.us_3EB0`,
    ],
  ])('name it safely: %j', (filename, disposition) => {
    expect(headers(filename)['content-disposition']).toBe(disposition);
    expect(() => new Headers(headers(filename))).not.toThrow();
  });

  test('say its type as it is written, and none where it is no type', () => {
    expect(headers('a', 'audio/ogg; codecs=opus')['content-type']).toBe('audio/ogg; codecs=opus');
    expect(headers('a', 'text/html\r\nset-cookie: a=b')['content-type']).toBe('application/octet-stream');
    expect(headers('a', '')['content-type']).toBe('application/octet-stream');
  });

  test('keep a page of a stranger from being shown as one of ours', () => {
    expect(headers('page.html', 'text/html')).toMatchObject({
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
    });
  });
});
