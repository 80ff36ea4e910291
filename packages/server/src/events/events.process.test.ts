/** A real server with a store on disk, and readers that come and go while it lives, dies and ends. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { EventReading } from '../event-reading.fixture.js';
import { type ServerProcess, simulatedServers } from '../server-process.fixture.js';

const PATIENCE = { timeout: 60_000, interval: 20 };
const INSTANCES = ['shop', 'help'];

const { start } = simulatedServers({ SEND_INTERVAL_MS: '0' });

async function connected(server: ServerProcess, lastEventId?: string, query = ''): Promise<EventReading> {
  const headers: Record<string, string> = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
  const response = await fetch(`${await server.url()}/v1/events${query}`, { headers });
  expect(response.status).toBe(200);
  return new EventReading(response, lastEventId);
}

/** Messages of both instances, one after the other, until it is told to stop or the server dies. */
class Traffic {
  accepted = 0;
  readonly #server: ServerProcess;
  readonly #ended: Promise<void>;
  #isOver = false;

  constructor(server: ServerProcess) {
    this.#server = server;
    // The server may die under a request; what it has not answered does not count.
    this.#ended = this.#send().catch(() => {});
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#ended;
  }

  async #send(): Promise<void> {
    while (!this.#isOver)
      for (const id of INSTANCES) {
        const message = { to: '4915112345678', text: 'Hello' };
        const { status } = await this.#server.ask('POST', `/v1/instances/${id}/messages?wait=0`, message);
        if (status === 202) this.accepted += 1;
      }
  }
}

const queuedIn = ({ events }: EventReading): number =>
  events.filter(({ type }) => type === 'message.queued').length;

describe('a reader that comes back 20 times, while the server is killed once and restarted once', () => {
  // Three starts of a server, each of seconds on a busy machine.
  test('sees every event number once', { timeout: 240_000 }, async () => {
    const numbers: number[] = [];
    const ids: string[] = [];
    let accepted = 0;
    let queued = 0;
    let connections = 0;
    let lastEventId = '0';
    let traffic: Traffic | undefined;
    let reading: EventReading | undefined;
    const take = () => {
      if (!reading) return;
      numbers.push(...reading.numbers);
      ids.push(...reading.events.map(({ id }) => id));
      queued += queuedIn(reading);
      expect(reading.events.filter(({ type }) => type === 'gap')).toEqual([]);
      lastEventId = reading.lastEventId;
    };
    /** It hears some, and hangs up in the middle. */
    const comeAndGo = async (server: ServerProcess, times: number) => {
      for (let index = 0; index < times; index += 1) {
        reading = await connected(server, lastEventId);
        connections += 1;
        await reading.first(5 + index * 7);
        await reading.close();
        await reading.ended;
        take();
      }
    };
    const serve = async (): Promise<ServerProcess> => {
      const server = start();
      if (numbers.length === 0) for (const id of INSTANCES) await server.ask('POST', '/v1/instances', { id });
      for (const id of INSTANCES) await server.until(id, 'ready');
      const own = new Traffic(server);
      traffic = own;
      await expect.poll(() => own.accepted, PATIENCE).toBeGreaterThan(40);
      return server;
    };
    /** The reader is there when the server goes, and hears the end of its connection. */
    const go = async (server: ServerProcess, signal: 'SIGKILL' | 'SIGTERM') => {
      reading = await connected(server, lastEventId);
      connections += 1;
      await reading.first(20);
      server.kill(signal);
      expect(await server.exited).toBe(signal === 'SIGKILL' ? 'SIGKILL' : 0);
      const broken = await reading.ended;
      if (signal === 'SIGKILL') expect(broken).not.toBeNull();
      else expect(broken).toBeNull();
      take();
      await traffic?.stop();
      accepted += traffic?.accepted ?? 0;
    };

    const first = await serve();
    await comeAndGo(first, 6);
    await go(first, 'SIGKILL');
    const second = await serve();
    await comeAndGo(second, 6);
    await go(second, 'SIGTERM');
    const third = await serve();
    await comeAndGo(third, 6);
    await traffic?.stop();
    accepted += traffic?.accepted ?? 0;
    // The last connection hears all that was ever accepted, as one does that asks for everything from the beginning.
    const last = await connected(third, lastEventId);
    reading = last;
    connections += 1;
    const all = await connected(third, '0');
    await expect.poll(() => queued + queuedIn(last), PATIENCE).toBeGreaterThanOrEqual(accepted);
    const heard = last.numbers.at(-1) ?? 0;
    await expect.poll(() => all.numbers.at(-1) ?? 0, PATIENCE).toBeGreaterThanOrEqual(heard);
    await Promise.all([all.close(), last.close()]);
    take();

    expect(connections).toBe(21);
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => 1 + index));
    expect(ids).toEqual(numbers.map(String));
    expect(numbers.filter((number) => number <= heard)).toEqual(
      all.numbers.filter((number) => number <= heard),
    );
    third.kill('SIGTERM');
    expect(await third.exited).toBe(0);
  });
});

describe('a server that is asked to end with readers on it, one of which has stopped reading', () => {
  test('gives each its end, and exits within its deadline', async () => {
    const server = start();
    for (const id of INSTANCES) await server.ask('POST', '/v1/instances', { id });
    const readings: EventReading[] = [];
    for (let index = 0; index < 10; index += 1) readings.push(await connected(server));
    const code = await fetch(`${await server.url()}/v1/instances/shop/qr?follow=true`);
    readings.push(new EventReading(code));
    const { port } = new URL(await server.url());
    const stalled = connect(Number(port), '127.0.0.1');
    stalled.on('error', () => {});
    stalled.write(`GET /v1/events?since=0 HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`);
    await once(stalled, 'readable');
    const traffic = new Traffic(server);
    await expect.poll(() => traffic.accepted, PATIENCE).toBeGreaterThan(20);

    server.kill('SIGTERM');
    // One that misses DRAIN_TIMEOUT_MS and 1.5 s ends itself with 1.
    expect(await server.exited).toBe(0);
    await traffic.stop();
    for (const reading of readings) expect(await reading.ended).toBeNull();
    expect(server.output).toContain('"msg":"shut down"');
    stalled.destroy();
  });
});

describe('a token in an address', () => {
  test('opens the stream, and never reaches the log, at no level', async () => {
    const server = start({ API_KEYS: 'a-key', LOG_LEVEL: 'trace' });
    const url = await server.url();
    const made = await fetch(`${url}/v1/events/tokens`, {
      method: 'POST',
      headers: { 'x-api-key': 'a-key' },
    });
    const { token } = (await made.json()) as { token: string };
    const reading = await connected(server, undefined, `?token=${token}`);
    const headers = { 'x-api-key': 'a-key', 'content-type': 'application/json' };
    const body = JSON.stringify({ id: 'shop' });
    expect((await fetch(`${url}/v1/instances`, { method: 'POST', headers, body })).status).toBe(202);
    await reading.first(3);
    expect((await fetch(`${url}/v1/events?token=${token}x`)).status).toBe(401);
    await reading.close();
    server.kill('SIGTERM');
    expect(await server.exited).toBe(0);
    expect(server.output).toContain('/v1/events');
    expect(server.output).not.toContain(token.slice(0, 24));
    expect(server.output).not.toContain(token.slice(-24));
  });
});
