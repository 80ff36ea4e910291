import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MediaIntake } from '../media/media-intake.js';
import { filesOpenIn } from '../media/media-source.fixture.js';
import { type OpenApp, openApp } from '../open-app.fixture.js';

const TO = '4915123456789';
const MAX_BYTES = 300_000;

let server: OpenApp;
let folder: string;
let http: Server;
let origin: string;
let stored: number;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wakeeper-spool-'));
  const media = new MediaIntake({ maxBytes: MAX_BYTES, spoolDirectory: folder });
  server = await openApp({ app: { media, maxBodyBytes: 1024 } });
  await server.ready('shop');
  http = createServer(getRequestListener(server.app.fetch)).listen(0, '127.0.0.1');
  await once(http, 'listening');
  origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
});
beforeEach(() => {
  server.driver.whatsapp.forgetRecords('shop');
  stored = server.data.itemIds.size;
});
afterEach(async () => {
  // Whatever happened: nothing is left on disk.
  await expect.poll(() => filesOpenIn(folder)).toBe(0);
  expect(await readdir(folder)).toEqual([]);
});
afterAll(async () => {
  http.closeAllConnections();
  http.close();
  await once(http, 'close');
  await server.close();
  await rm(folder, { recursive: true });
});

type Part = readonly [name: string, value: string | Blob, filename?: string];
function form(...parts: readonly Part[]): FormData {
  const data = new FormData();
  for (const [name, value, filename] of parts)
    if (typeof value === 'string') data.append(name, value);
    else data.append(name, value, filename);
  return data;
}
const file = (content = 'PNG', type = 'image/png'): Part => [
  'file',
  new Blob([content], { type }),
  'cat.png',
];
const to: Part = ['to', TO];
const address = (path = '/messages') => `${origin}/v1/instances/shop${path}`;
const upload = (body: FormData, path?: string) => fetch(address(path), { method: 'POST', body });
const problemOf = async (response: Response) => [response.status, await response.json()];
const delivered = () => server.driver.whatsapp.deliveries('shop').map(({ content }) => content.payload);

describe('an upload', () => {
  test('is sent with its type and name, and with the fields beside it', async () => {
    const fields: Part[] = [
      ['caption', 'Look, @49'],
      ['mentions', '+49 151 1111111'],
      ['mentions', '2@lid'],
      ['asDocument', 'true'],
      ['ttlMs', '60000'],
      ['metadata', '{"order":[7]}'],
    ];
    const response = await upload(form(to, ...fields, file()));
    expect(await problemOf(response)).toMatchObject([200, { status: 'sent' }]);
    expect(delivered()).toEqual([
      {
        to: `${TO}@c.us`,
        mentions: ['491511111111@c.us', '2@lid'],
        media: {
          mimetype: 'image/png',
          data: Buffer.from('PNG').toString('base64'),
          filename: 'cat.png',
          caption: 'Look, @49',
          asDocument: true,
        },
      },
    ]);
    const [item] = (await server.manager.queue('shop')).items.slice(-1);
    expect(item).toMatchObject({ metadata: { order: [7] } });
    expect((item?.expiresAt ?? 0) - (item?.createdAt ?? 0)).toBe(60_000);
  });

  test('may be larger than other bodies, up to its own limit, with the file before or after the fields', async () => {
    const whole = 'x'.repeat(MAX_BYTES);
    for (const parts of [
      [to, file(whole)],
      [file(whole), to],
    ] as const)
      expect((await upload(form(...parts))).status).toBe(200);
    expect(await problemOf(await upload(form(to, file(`${whole}x`))))).toMatchObject([
      413,
      { code: 'MEDIA_OVER_LIMIT', detail: expect.stringContaining(String(MAX_BYTES)) },
    ]);
    expect(delivered()).toHaveLength(2);
  });

  test('that says it is far too large is refused unread', async () => {
    const response = await upload(form(to, file('x'.repeat(MAX_BYTES + 900_000))));
    expect(await problemOf(response)).toMatchObject([413, { code: 'MEDIA_OVER_LIMIT' }]);
  });

  test('takes another type and name from the fields', async () => {
    await upload(form(to, ['mimetype', 'audio/ogg; codecs=opus'], ['filename', 'a.ogg'], file()));
    expect(delivered()[0]).toMatchObject({
      media: { mimetype: 'audio/ogg; codecs=opus', filename: 'a.ogg' },
    });
  });

  test('with the idempotency key of another is that one’s receipt', async () => {
    const parts = [to, ['idempotencyKey', 'cat-1'], file()] as const;
    const first = await (await upload(form(...parts))).json();
    expect(await (await upload(form(...parts))).json()).toEqual(first);
    expect(delivered()).toHaveLength(1);
    const other = form(to, ['idempotencyKey', 'cat-1'], file('GIF'));
    expect(await problemOf(await upload(other))).toMatchObject([422, { code: 'IDEMPOTENCY_MISMATCH' }]);
  });

  test.each([
    ['no file', [to], 'file'],
    ['an empty file', [to, file('')], 'file'],
    ['two files', [to, file(), file()], 'file'],
    ['a file of another name', [to, file(), ['thumbnail', new Blob(['x']), 'a.png']], 'thumbnail'],
    ['no recipient', [file()], 'to'],
    ['a field twice', [to, to, file()], 'to'],
    ['a field that nobody knows', [to, ['captoin', 'x'], file()], 'captoin'],
    ['a field called __proto__', [to, ['__proto__', 'x'], file()], '__proto__'],
    ['a text beside', [to, ['text', 'x'], file()], ''],
    ['media beside', [to, ['media', '{}'], file()], 'media'],
    ['a yes that is no boolean', [to, ['asVoice', 'yes'], file()], 'media.asVoice'],
    ['metadata that are no JSON', [to, ['metadata', '{'], file()], 'metadata'],
    ['a time that is no number', [to, ['ttlMs', '1e3'], file()], 'ttlMs'],
    ['a caption too long', [to, ['caption', 'x'.repeat(65_537)], file()], 'media.caption'],
    ['a caption far too long', [to, ['caption', 'x'.repeat(300_001)], file()], 'caption'],
    ['a type that is none', [to, ['mimetype', 'png'], file()], 'media.mimetype'],
    [
      'fields that are too much together',
      [to, ['filename', 'x'.repeat(200_000)], ['caption', 'x'.repeat(200_001)], file()],
      '',
    ],
    ['too many fields', [to, ...Array.from({ length: 1101 }, (): Part => ['mentions', '2@lid']), file()], ''],
  ] as const satisfies readonly (readonly [string, readonly Part[], string])[])(
    'with %s is refused, and nothing is stored',
    async (_, parts, path) => {
      const [status, problem] = await problemOf(await upload(form(...parts)));
      expect([status, problem]).toMatchObject([400, { errors: [expect.objectContaining({ path })] }]);
      expect(server.data.itemIds.size).toBe(stored);
    },
  );

  test.each([
    ['no boundary', 'multipart/form-data', 'x'],
    ['nothing in it', 'multipart/form-data; boundary=b', ''],
    ['an end that is missing', 'multipart/form-data; boundary=b', beginningOf('PNG')],
    ['anything but parts', 'multipart/form-data; boundary=b', 'to=4915123456789'],
  ])('with %s is refused', async (_, type, body) => {
    const response = await fetch(address(), { method: 'POST', headers: { 'content-type': type }, body });
    expect(await problemOf(response)).toMatchObject([400, { code: 'INVALID_INPUT' }]);
  });

  test('is refused before it is read where no route takes one, and where there is no instance', async () => {
    const large = form(to, file('x'.repeat(MAX_BYTES)));
    expect(await problemOf(await upload(large, '/polls'))).toMatchObject([415, {}]);
    const nowhere = await fetch(`${origin}/v1/instances/nobody/messages`, { method: 'POST', body: large });
    expect(await problemOf(nowhere)).toMatchObject([404, { code: 'INSTANCE_NOT_FOUND' }]);
  });

  test('is refused while it still comes where no route takes one', async () => {
    const request = httpRequest(address('/polls'), {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
    });
    request.on('error', () => {});
    request.write(beginningOf('x'));
    const [response] = await once(request, 'response', { signal: AbortSignal.timeout(5_000) });
    expect(response.statusCode).toBe(415);
    request.destroy();
  });

  test('is on disk while it comes, and gone when the caller hangs up', async () => {
    const request = httpRequest(address(), {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
    });
    request.on('error', () => {});
    request.write(beginningOf('x'.repeat(200_000)));
    await expect.poll(() => filesOpenIn(folder)).toBe(1);
    expect(await readdir(folder)).toEqual([]);
    request.destroy();
    await expect.poll(() => filesOpenIn(folder)).toBe(0);
    expect(server.data.itemIds.size).toBe(stored);
  });
});

/** The beginning of a form, up to a file that goes on. */
function beginningOf(content: string): string {
  const head = 'content-disposition: form-data; name="file"; filename="a.png"\r\ncontent-type: image/png';
  return `--b\r\n${head}\r\n\r\n${content}`;
}
