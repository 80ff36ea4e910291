import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type OpenApp, openApp } from '../open-app.fixture.js';

const LIMIT = 2048;

let server: OpenApp;
beforeEach(async () => {
  server = await openApp({ app: { maxBodyBytes: LIMIT } });
  await server.manager.create({ id: 'shop', start: false });
});
afterEach(() => server.close());

const ofBytes = (bytes: number): string => {
  const message = { to: '4915123456789', text: '' };
  return JSON.stringify({ ...message, text: 'x'.repeat(bytes - JSON.stringify(message).length) });
};
const requestOf = (body: string | ReadableStream, headers: Record<string, string> = {}) =>
  new Request('http://localhost/v1/instances/shop/messages', {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
    ...(typeof body === 'string' ? {} : { duplex: 'half' }),
  });
const inPieces = (body: string) => requestOf(new Blob([body]).stream());
const toldLength = (body: string) => requestOf(body, { 'content-length': String(body.length) });
const tooLarge = [413, { code: 'BODY_TOO_LARGE', detail: expect.stringContaining('larger') }];
const answerTo = async (request: Request) => {
  const response = await server.app.fetch(request);
  return [response.status, await response.json()];
};

describe.each([
  ['that says its length', toldLength],
  ['that does not', inPieces],
])('a body %s', (_, sent) => {
  test('is taken up to the limit', async () => {
    expect(await answerTo(sent(ofBytes(LIMIT)))).toMatchObject([409, { errorCode: 'INSTANCE_STOPPED' }]);
  });

  test('is 413 beyond it', async () => {
    expect(await answerTo(sent(ofBytes(LIMIT + 1)))).toMatchObject(tooLarge);
  });
});

test('a body in pieces is counted, whatever length it says', async () => {
  const body = new Blob([ofBytes(LIMIT + 1)]).stream();
  const headers = { 'content-length': '1', 'transfer-encoding': 'chunked' };
  expect(await answerTo(requestOf(body, headers))).toMatchObject(tooLarge);
});

test('a length that is no number is refused', async () => {
  const request = requestOf(ofBytes(100), { 'content-length': 'many' });
  expect(await answerTo(request)).toMatchObject(tooLarge);
});

test('a body that says its length is not opened to be measured', async () => {
  const request = toldLength(ofBytes(100));
  const opened = vi.spyOn(request, 'body', 'get');
  expect(await answerTo(request)).toMatchObject([409, {}]);
  expect(opened).not.toHaveBeenCalled();
});

const big = ofBytes(3000);
test.each([
  ['its length', `Content-Length: ${big.length}\r\n\r\n${big}`],
  ['its length alone, and never comes', 'Content-Length: 1000000\r\n\r\n'],
  ['pieces', `Transfer-Encoding: chunked\r\n\r\n${big.length.toString(16)}\r\n${big}\r\n0\r\n\r\n`],
])('over a socket a body that is too large is 413, told by %s', async (_, rest) => {
  const http = createServer(getRequestListener(server.app.fetch, { overrideGlobalObjects: false }));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const socket = connect((http.address() as AddressInfo).port, '127.0.0.1');
  socket.write(
    `POST /v1/instances/shop/messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${rest}`,
  );
  const [answer] = await once(socket, 'data', { signal: AbortSignal.timeout(5_000) });
  expect(String(answer)).toMatch(/^HTTP\/1\.1 413 /);
  expect(String(answer)).toContain('"code":"BODY_TOO_LARGE"');
  socket.destroy();
  http.close();
});
