import { stripVTControlCharacters } from 'node:util';
import { decode as decodePng } from 'fast-png';
import decodeQr from 'qr/decode.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type OpenApp, openApp } from '../open-app.fixture.js';

let server: OpenApp;
beforeEach(async () => {
  server = await openApp();
});
afterEach(() => server.close());

const qrAs = (accept: string) => server.request('GET', '/v1/instances/shop/qr', undefined, { accept });

/** The two rows of dots in each line of half blocks. */
const dotsOf = (terminal: string): boolean[][] =>
  stripVTControlCharacters(terminal)
    .split('\n')
    .slice(0, -1)
    .flatMap((line) => [
      [...line].map((block) => block === '█' || block === '▀'),
      [...line].map((block) => block === '█' || block === '▄'),
    ]);

/** As a camera would see it: dark on light, each dot some pixels wide, with a quiet edge around. */
function photograph(dots: boolean[][], scale = 4, edge = 4) {
  const width = (Math.max(...dots.map((row) => row.length)) + 2 * edge) * scale;
  const height = (dots.length + 2 * edge) * scale;
  const data = new Uint8Array(width * height * 4).fill(255);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (dots[Math.floor(y / scale) - edge]?.[Math.floor(x / scale) - edge])
        data.fill(0, (y * width + x) * 4, (y * width + x) * 4 + 3);
  return { width, height, data };
}

describe('GET /v1/instances/:id/qr', () => {
  let qr: string;
  beforeEach(async () => {
    await server.unpaired('shop');
    ({ qr } = await server.manager.qr('shop'));
  });

  test('is JSON unless another form is asked for', async () => {
    const response = await server.request('GET', '/v1/instances/shop/qr');
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const body = (await response.json()) as { qr: string; issuedAt: string; expiresAt: string };
    expect(body).toEqual({ qr, issuedAt: expect.any(String), expiresAt: expect.any(String) });
    expect(Date.parse(body.expiresAt)).toBeGreaterThan(Date.parse(body.issuedAt));
    expect(new Date(body.issuedAt).toISOString()).toBe(body.issuedAt);
  });

  test.each(['image/png', 'image/*', 'text/html,application/xhtml+xml,*/*;q=0.8'])(
    'is a PNG for %s, which a phone can read',
    async (accept) => {
      const response = await qrAs(accept);
      expect(response.headers.get('content-type')).toBe('image/png');
      const { width, height, data, channels } = decodePng(await response.arrayBuffer());
      expect(channels).toBe(4);
      expect(decodeQr({ width, height, data: new Uint8Array(data) })).toBe(qr);
    },
  );

  test('is an SVG', async () => {
    const response = await qrAs('image/svg+xml');
    expect(response.headers.get('content-type')).toBe('image/svg+xml');
    expect(await response.text()).toMatch(/^<svg .*<\/svg>\s*$/s);
  });

  test('is text for a terminal, which a phone can read', async () => {
    const response = await qrAs('text/plain');
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    const text = await response.text();
    expect(decodeQr(photograph(dotsOf(text)))).toBe(qr);
    const widths = stripVTControlCharacters(text)
      .split('\n')
      .slice(0, -1)
      .map((line) => line.length);
    expect(Math.max(...widths)).toBeLessThanOrEqual(80);
    expect(new Set(widths).size).toBe(1);
  });
});

describe('a code that is not there', () => {
  test('is 409 for an instance that is ready', async () => {
    await server.ready('shop');
    const response = await server.request('GET', '/v1/instances/shop/qr?wait=5');
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: 'NO_QR' });
  });

  test('of an instance that has halted is 409, and says once what to do', async () => {
    server.driver.whatsapp.faults('broken').always('open', { reject: 'BROWSER_NOT_FOUND' });
    await server.manager.create({ id: 'broken' });
    const { reason } = await server.manager.whenSettled('broken', { timeoutMs: 10_000 });
    const { detail } = await server.json('GET', '/v1/instances/broken/qr');
    expect(String(detail).split(reason ?? 'no reason')).toHaveLength(2);
  });

  test('is waited for with ?wait', async () => {
    await server.manager.create({ id: 'shop' });
    const response = await server.request('GET', '/v1/instances/shop/qr?wait=10');
    expect(response.status).toBe(200);
  });

  test('is 504 by the deadline when the browser hangs, and 409 at once without ?wait', async () => {
    server.driver.whatsapp.faults('shop').always('open', 'hang');
    await server.manager.create({ id: 'shop' });
    const response = await server.request('GET', '/v1/instances/shop/qr?wait=0.05');
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ code: 'TIMEOUT', detail: expect.stringContaining('shop') });
    expect((await server.request('GET', '/v1/instances/shop/qr')).status).toBe(409);
  });
});

describe('POST /v1/instances/:id/pairing-code', () => {
  test.each(['+49 151 2345-6789', 4915123456789])(
    'answers %s with a code to type into the phone',
    async (phoneNumber) => {
      await server.unpaired('shop');
      const body = await server.json('POST', '/v1/instances/shop/pairing-code', { phoneNumber });
      expect(body).toEqual({ code: expect.stringMatching(/^[1-9A-Z]{8}$/) });
    },
  );

  test('is 409 for a number that another instance is linked to, and names that instance', async () => {
    const { me } = await server.ready('office');
    await server.unpaired('shop');
    const body = { phoneNumber: `+${me?.phoneNumber}` };
    const response = await server.request('POST', '/v1/instances/shop/pairing-code', body);
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({
      code: 'NUMBER_ALREADY_LINKED',
      detail: expect.stringContaining('"office"'),
      errors: [{ path: 'phoneNumber' }],
    });
  });

  test.each([
    {},
    { phoneNumber: '123' },
    { phoneNumber: '0151 23456789' },
    { phoneNumber: 'me@c.us' },
    { phoneNumber: '4915123456789', x: 1 },
  ])('of %j is 400', async (body) => {
    await server.unpaired('shop');
    expect((await server.request('POST', '/v1/instances/shop/pairing-code', body)).status).toBe(400);
  });
});

describe('GET /v1/instances/:id/screenshot', () => {
  test('is a PNG of the page', async () => {
    await server.ready('shop');
    const response = await server.request('GET', '/v1/instances/shop/screenshot');
    expect(response.headers.get('content-type')).toBe('image/png');
    expect(decodePng(await response.arrayBuffer())).toMatchObject({ width: 1, height: 1 });
  });

  test('is 409 when there is no page', async () => {
    await server.manager.create({ id: 'shop', start: false });
    const response = await server.request('GET', '/v1/instances/shop/screenshot');
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: 'INSTANCE_NOT_READY' });
  });
});

describe('while a page hangs', () => {
  test('whatever needs no page is answered all the same', async () => {
    await server.ready('shop');
    server.driver.whatsapp.browser('shop').hang();
    for (const path of ['', '/history', '/queue']) {
      const response = await server.request('GET', `/v1/instances/shop${path}`);
      expect([path, response.status]).toEqual([path, 200]);
    }
    const receipt = await server.request('POST', '/v1/instances/shop/messages?wait=0', {
      to: '4915123456789',
      text: 'a',
    });
    expect(receipt.status).toBe(202);
  });
});
