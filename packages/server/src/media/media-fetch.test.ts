import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MediaIntake, type MediaOptions } from './media-intake.js';
import { filesOpenIn, type MediaSource, mediaSource } from './media-source.fixture.js';

const MAX_BYTES = 1000;

let source: MediaSource;
let folder: string;
const intakes: MediaIntake[] = [];
beforeEach(async () => {
  source = await mediaSource();
  folder = await mkdtemp(join(tmpdir(), 'wakeeper-spool-'));
});
afterEach(async () => {
  for (const intake of intakes.splice(0)) intake.close();
  await source.close();
  await expect.poll(() => filesOpenIn(folder)).toBe(0);
  expect(await readdir(folder)).toEqual([]);
  await rm(folder, { recursive: true });
});

const get = (
  url: string,
  given: Partial<MediaOptions> = {},
  mimetype?: string,
  caller = new AbortController().signal,
) => {
  const intake = new MediaIntake({
    maxBytes: MAX_BYTES,
    spoolDirectory: folder,
    allowPrivate: ['127.0.0.0/8'],
    ...given,
  });
  intakes.push(intake);
  return intake.fetch(url, mimetype, caller);
};
const refusal = (code: string, words = /./) =>
  expect.objectContaining({ code, message: expect.stringMatching(words) });
const redirect = (to: (path: string) => string) => {
  source.answer = (request, response) =>
    response.writeHead(302, { location: to(request.url ?? '') }).end('elsewhere');
};

describe('media from a URL', () => {
  it('are its bytes, its type, and its name where it has one', async () => {
    expect(await get(source.url('/a/the%20dot.png?size=1'))).toEqual({
      mimetype: 'image/png',
      data: Buffer.from('PNG').toString('base64'),
      filename: 'the dot.png',
    });
    expect(await get(source.url('/download?id=7'))).toMatchObject({ filename: undefined });
    expect(await get(source.url('/..%2Fetc%2Fa.png'))).toMatchObject({ filename: undefined });
    expect(await get(source.url('/invoice.php?id=7'))).toMatchObject({ filename: undefined });
  });

  it.each([
    ['attachment; filename="Invoice 7.pdf"', 'Invoice 7.pdf'],
    ['attachment; filename=invoice.pdf; size=3', 'invoice.pdf'],
    ['inline; FILENAME = "a \\"b\\".pdf"', 'a "b".pdf'],
    [`attachment; filename="x.pdf"; filename*=UTF-8''Rechnung%20%E2%82%AC.pdf`, 'Rechnung €.pdf'],
    [`attachment; filename*=iso-8859-1'de'Gr%F6%DFe.pdf`, 'Größe.pdf'],
    [`attachment; filename*=UTF-8''%E2%82; filename="x.pdf"`, 'x.pdf'],
    [Buffer.from('attachment; filename="Größe.pdf"').toString('latin1'), 'Größe.pdf'],
    ['attachment; filename="../../etc/passwd"', 'passwd'],
    ['attachment; filename="C:\\\\a\\\\b.pdf"', 'b.pdf'],
    ['attachment; filename=".."', 'dot.png'],
    [`attachment; filename="${'x'.repeat(300)}"`, 'dot.png'],
    ['attachment', 'dot.png'],
  ])('are called as the server calls them: %s', async (disposition, filename) => {
    source.answer = (_, response) =>
      response
        .writeHead(200, { 'content-type': 'application/pdf', 'content-disposition': disposition })
        .end('PDF');
    expect(await get(source.url())).toMatchObject({ filename });
  });

  it('are called by the address that they are found at, where the one that was asked for has no name', async () => {
    source.answer = (request, response) =>
      request.url === '/s/7'
        ? response.writeHead(302, { location: '/files/Invoice%207.pdf?signature=1' }).end()
        : response.writeHead(200, { 'content-type': 'application/pdf' }).end('PDF');
    expect(await get(source.url('/s/7'))).toMatchObject({ filename: 'Invoice 7.pdf' });
  });

  it('are of the type that the caller says, whatever the server says', async () => {
    expect(await get(source.url(), {}, 'audio/ogg; codecs=opus')).toMatchObject({
      mimetype: 'audio/ogg; codecs=opus',
    });
  });

  it.each([undefined, '', 'png', 'a\u00e9/b'])('without a usable type (%s) are refused', async (type) => {
    source.answer = (_, response) =>
      response.writeHead(200, type === undefined ? {} : { 'content-type': type }).end('PNG');
    await expect(get(source.url())).rejects.toEqual(refusal('MEDIA_UNAVAILABLE', /media\.mimetype/));
    expect(await get(source.url(), {}, 'image/png')).toMatchObject({ mimetype: 'image/png' });
  });

  it.each([204, 206, 304, 401, 404, 500])('are not to be had from an answer of %s', async (status) => {
    source.answer = (_, response) => response.writeHead(status, { 'content-type': 'image/png' }).end();
    await expect(get(source.url())).rejects.toEqual(refusal('MEDIA_UNAVAILABLE', new RegExp(`${status}`)));
  });

  it('may have exactly as many bytes as the limit says', async () => {
    const send = (bytes: number, headers: Record<string, string>) => {
      source.answer = (_, response) => {
        response.writeHead(200, { 'content-type': 'image/png', ...headers });
        for (let sent = 0; sent < bytes; sent += 100) response.write('x'.repeat(Math.min(100, bytes - sent)));
        response.end();
      };
    };
    send(MAX_BYTES, {});
    expect(Buffer.from((await get(source.url())).data, 'base64')).toHaveLength(MAX_BYTES);
    send(MAX_BYTES + 1, {});
    await expect(get(source.url())).rejects.toEqual(refusal('MEDIA_OVER_LIMIT', /MAX_SENT_MEDIA_BYTES/));
    send(0, { 'content-length': '0' });
    await expect(get(source.url())).rejects.toEqual(refusal('MEDIA_UNAVAILABLE', /nothing/));
  });

  it('that say they are too large are not read', async () => {
    source.answer = (_, response) =>
      response.writeHead(200, { 'content-type': 'image/png', 'content-length': '1000000000' }).write('x');
    await expect(get(source.url())).rejects.toEqual(refusal('MEDIA_OVER_LIMIT'));
  });

  it('that come compressed are refused: they could grow without end', async () => {
    source.answer = (_, response) =>
      response.writeHead(200, { 'content-type': 'image/png', 'content-encoding': 'gzip' }).end('x');
    await expect(get(source.url())).rejects.toEqual(refusal('MEDIA_UNAVAILABLE', /gzip/));
  });

  it('that break off are refused', async () => {
    source.answer = (_, response) => {
      response.writeHead(200, { 'content-type': 'image/png', 'content-length': '100' }).write('x');
      response.socket?.end();
    };
    await expect(get(source.url())).rejects.toEqual(refusal('MEDIA_UNAVAILABLE', /abort|reset/i));
  });

  it.each([
    ['never answers', () => {}],
    [
      'trickles',
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'image/png' }).write('x');
      },
    ],
  ] as const satisfies readonly (readonly [string, MediaSource['answer']])[])(
    'from a server that %s end at the deadline, and earlier when the caller goes',
    async (_, answer) => {
      source.answer = answer;
      await expect(get(source.url(), { fetchTimeoutMs: 50 })).rejects.toEqual(
        refusal('TIMEOUT', /MEDIA_FETCH_TIMEOUT_MS/),
      );
      const caller = new AbortController();
      const fetching = get(source.url(), {}, undefined, caller.signal);
      await expect.poll(() => source.requests.length).toBe(2);
      caller.abort();
      await expect(fetching).rejects.toBe(caller.signal.reason);
    },
  );

  it('is kept in a folder that is made on demand', async () => {
    const spoolDirectory = join(folder, 'made', 'on demand');
    expect(await get(source.url(), { spoolDirectory })).toMatchObject({ mimetype: 'image/png' });
    await rm(join(folder, 'made'), { recursive: true });
  });

  it('cannot be kept where the folder cannot be written', async () => {
    await expect(get(source.url(), { spoolDirectory: join(process.execPath, 'no folder') })).rejects.toEqual(
      refusal('SPOOL_UNAVAILABLE', /MEDIA_SPOOL_DIR/),
    );
  });
});

describe('the guard of media', () => {
  it.each([
    'https://127.0.0.1:PORT',
    'https://localhost:PORT',
    'https://[::1]:PORT',
    'https://0x7f000001:PORT',
  ])('refuses what is private, %s', async (url) => {
    await expect(get(url.replace('PORT', String(source.port)), { allowPrivate: [] })).rejects.toEqual(
      refusal('MEDIA_URL_REFUSED', /private address.*MEDIA_ALLOW_PRIVATE/),
    );
  });

  it('refuses plain http, other schemes and passwords', async () => {
    for (const [url, words] of [
      [source.url(), /must be https.*MEDIA_ALLOW_PRIVATE/],
      ['ftp://example.org/a.png', /http or https/],
      ['https://me:secret@example.org/a.png', /no user name/],
    ] as const)
      await expect(get(url, { allowPrivate: [] })).rejects.toEqual(refusal('MEDIA_URL_REFUSED', words));
    expect(source.requests).toEqual([]);
  });

  it('follows a redirect to where it may go', async () => {
    source.answer = (request, response) =>
      request.url === '/dot.png'
        ? response.writeHead(302, { location: '/real.png' }).end()
        : response.writeHead(200, { 'content-type': 'image/png' }).end('PNG');
    expect(await get(source.url())).toMatchObject({ filename: 'dot.png' });
    expect(source.requests).toEqual(['/dot.png', '/real.png']);
  });

  it.each([
    ['https://10.0.0.1/a.png', /private address/],
    ['https://169.254.169.254/latest/meta-data/', /private address/],
    ['http://192.168.1.1/a.png', /Plain http/],
    ['file:///etc/passwd', /http or https/],
  ])('refuses a redirect to %s', async (target, words) => {
    redirect(() => target);
    await expect(get(source.url())).rejects.toEqual(refusal('MEDIA_URL_REFUSED', words));
    expect(source.requests).toHaveLength(1);
  });

  it('ends a chain of redirects', async () => {
    redirect((path) => `${path}x`);
    await expect(get(source.url())).rejects.toEqual(refusal('MEDIA_UNAVAILABLE', /more than 3 times/));
    expect(source.requests).toHaveLength(4);
  });
});
