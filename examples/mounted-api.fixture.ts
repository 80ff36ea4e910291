/** What must hold wherever the wakeeper API is mounted: one suite, run against each host application as its users run it. */
import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EventReading } from '../packages/server/src/event-reading.fixture.js';
import { ask, ExampleProcess, removeFolder, temporaryFolder } from './example-process.fixture.js';

export interface MountedExample {
  readonly example: string;
  readonly env: Readonly<Record<string, string>>;
  /** What lets a caller in. */
  readonly headers: Readonly<Record<string, string>>;
  /** What a stranger is answered with, beside 401. */
  readonly refusal: RegExp;
  /** The application's own answer to an address that nobody has. */
  readonly ownNotFound: RegExp;
}

const PATIENCE = { timeout: 20_000, interval: 10 };
interface RawRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent in pieces. */
  readonly body: string | undefined;
}

/** The status of a request as curl makes it: `fetch` says the length of every body, and of none. */
async function rawAnswer(url: string, { method, headers, body }: RawRequest): Promise<number | undefined> {
  const inPieces = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
  const asked = request(url, { method, headers: { ...headers, ...(body !== undefined && inPieces) } });
  asked.end(body);
  const [response] = await once(asked, 'response', { signal: AbortSignal.timeout(PATIENCE.timeout) });
  response.resume();
  return response.statusCode;
}

const message = { to: '4915112345678', text: 'Hello' };

export function describeMounted(host: string, options: MountedExample): void {
  const { headers } = options;
  let folder: string;
  let example: ExampleProcess;
  let url: string;

  beforeAll(async () => {
    folder = await temporaryFolder();
    const env = { PORT: '0', DRIVER: 'simulated', ...options.env };
    example = await ExampleProcess.start({ example: options.example, folder, env });
    url = (await example.prints(/listening on (\S+)/))[1] ?? '';
  });
  afterAll(async () => {
    await example?.kill();
    await removeFolder(folder);
  });

  const read = async (path: string): Promise<EventReading> => {
    const response = await fetch(`${url}${path}`, { headers: { ...headers, 'accept-encoding': 'gzip, br' } });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    return new EventReading(response);
  };
  /** In the order in which somebody would try it: each goes on from what the one before has done. */
  describe(`wakeeper in ${host}`, () => {
    test('asks strangers who they are', async () => {
      const response = await fetch(`${url}/wa/v1/instances`);
      expect(response.status).toBe(401);
      expect(await response.text()).toMatch(options.refusal);
    });

    test('reads bodies, although the application reads its own: an instance becomes ready, and sends', async () => {
      const created = await ask('POST', `${url}/wa/v1/instances`, { id: 'shop' }, headers);
      expect(created).toMatchObject({ status: 202, body: { id: 'shop' } });
      const state = async () =>
        (await ask('GET', `${url}/wa/v1/instances/shop`, undefined, headers)).body.state;
      await expect.poll(state, PATIENCE).toBe('ready');
      const sent = await ask('POST', `${url}/wa/v1/instances/shop/messages`, message, headers);
      expect(sent).toMatchObject({ status: 200, body: { status: 'sent', instanceState: 'ready' } });
    });

    test('takes requests without a body, and bodies that do not say their length', async () => {
      const curl = (method: string, path: string, body?: string) =>
        rawAnswer(`${url}/wa/v1/instances${path}`, { method, headers, body });
      expect(await curl('POST', '', '{"id": "short-lived", "start": false}')).toBe(202);
      expect(await curl('POST', '/short-lived/stop')).toBe(202);
      expect(await curl('DELETE', '/short-lived')).toBe(204);
      expect(await curl('OPTIONS', '/shop')).toBe(405);
    });

    test('leaves the routes of the application alone, which sends without HTTP, and tells readers as it happens', async () => {
      expect(await (await fetch(url)).text()).toBe('The shop');
      const reading = await read('/wa/v1/events?type=message.*');
      const order = { customer: '4915112345678', item: 'tea' };
      expect(await ask('POST', `${url}/orders`, order)).toEqual({
        status: 201,
        body: { item: 'tea', told: 'queued' },
      });
      const [event] = await reading.first(1);
      expect(event).toMatchObject({ type: 'message.queued', data: { instanceId: 'shop' } });
      await reading.close();
    });

    test('answers for its path, and for nothing else', async () => {
      expect(await ask('GET', `${url}/wa/readyz`, undefined, headers)).toMatchObject({ status: 200 });
      expect(await ask('GET', `${url}/wa/v1/nothing`, undefined, headers)).toMatchObject({
        status: 404,
        body: { code: 'ROUTE_NOT_FOUND' },
      });
      for (const path of ['/nothing', '/readyz', '/wax', '/v1/instances']) {
        const own = await fetch(`${url}${path}`, { headers });
        expect(own.status, path).toBe(404);
        expect(await own.text()).toMatch(options.ownNotFound);
      }
    });

    test('ends on SIGTERM with a reader on it, who hears what has happened and then the end', async () => {
      const reading = await read('/wa/v1/events?since=0');
      await reading.first(1);
      expect(await example.stop()).toBe(0);
      expect(await reading.ended).toBeNull();
      expect(reading.events.map(({ type }) => type)).toContain('message.sent');
      await expect(fetch(url)).rejects.toThrow();
    });
  });
}
