/** A real server, a real receiver on loopback, and the worst that happens between them. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ServerProcess, simulatedServers } from '../server-process.fixture.js';
import { newSecret } from './signature.js';

interface Event {
  readonly type: string;
  readonly data: { readonly seq: number; readonly instanceId?: string; readonly queueId?: string };
}

/** It verifies every delivery with the reference implementation, and takes each `webhook-id` once. */
class Receiver {
  readonly accepted = new Map<string, Event>();
  readonly statuses: number[] = [];
  repeats = 0;
  secret = '';
  /** The answer to the next attempt; null takes it. */
  answer: () => number | null = () => null;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(async (request, response) => {
      request.setEncoding('utf8');
      let body = '';
      for await (const chunk of request) body += chunk;
      const event = new Webhook(this.secret).verify(body, request.headers as Record<string, string>) as Event;
      const status = this.answer() ?? 204;
      this.statuses.push(status);
      const id = String(request.headers['webhook-id']);
      if (status === 204) {
        if (this.accepted.has(id)) this.repeats += 1;
        else this.accepted.set(id, event);
      }
      response.writeHead(status).end();
    });
  }

  static async listen(): Promise<Receiver> {
    const receiver = new Receiver();
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook?token=hidden`;
  }

  get events(): readonly Event[] {
    return [...this.accepted.values()];
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

const PATIENCE = { timeout: 60_000, interval: 50 };
const INSTANCES = ['shop', 'help'];

const { start } = simulatedServers({ SEND_INTERVAL_MS: '0', WEBHOOK_ALLOW_PRIVATE: '127.0.0.0/8' });

let receiver: Receiver;
beforeEach(async () => {
  receiver = await Receiver.listen();
});
afterEach(() => receiver.close());

async function kill(server: ServerProcess): Promise<void> {
  server.kill('SIGKILL');
  expect(await server.exited).toBe('SIGKILL');
}

async function send(server: ServerProcess, count: number): Promise<readonly string[]> {
  for (const id of INSTANCES) await server.until(id, 'ready');
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1)
    for (const instance of INSTANCES) {
      const message = { to: '4915112345678', text: `message ${index}` };
      const { status, body } = await server.ask('POST', `/v1/instances/${instance}/messages?wait=0`, message);
      expect(status).toBe(202);
      ids.push(String(body.queueId));
    }
  return ids;
}

async function expectAllDelivered(server: ServerProcess, queueIds: readonly string[]): Promise<void> {
  const told = (...types: string[]) =>
    [
      ...new Set(receiver.events.flatMap(({ type, data }) => (types.includes(type) ? [data.queueId] : []))),
    ].toSorted();
  // The simulated WhatsApp dies with its server: what was in flight then is uncertain.
  await expect.poll(() => told('message.sent', 'message.uncertain'), PATIENCE).toEqual(queueIds.toSorted());
  expect(told('message.queued')).toEqual(queueIds.toSorted());
  const { body } = await server.ask('GET', '/v1/webhooks');
  const [{ id } = { id: '' }] = body.items as { id: string }[];
  await expect
    .poll(async () => (await server.ask('GET', `/v1/webhooks/${id}`)).body.backlog, PATIENCE)
    .toBe(0);
  // Every fact of the stream since the subscription, as the server lists it, has arrived.
  const listed = (await server.ask('GET', `/v1/webhooks/${id}/deliveries?limit=500`)).body.items as {
    id: string;
    status: string;
    event: Event;
  }[];
  expect(new Set(listed.map(({ status }) => status))).toEqual(new Set(['delivered']));
  expect([...receiver.accepted.keys()].toSorted()).toEqual(listed.map((delivery) => delivery.id).toSorted());
  const seqs = listed.map(({ event }) => event.data.seq);
  expect(Math.max(...seqs) - Math.min(...seqs)).toBe(seqs.length - 1);
  for (const instance of INSTANCES) {
    const own = receiver.events
      .filter(({ data }) => data.instanceId === instance)
      .map(({ data }) => data.seq);
    expect(own).toEqual(own.toSorted((a, b) => a - b));
  }
}

describe('a receiver that answers 503 three times, and a server that is killed in between', () => {
  test('gets every fact, signed, in order of each instance, each webhook-id once', async () => {
    let failures = 0;
    receiver.answer = () => (failures < 3 ? ([503, failures++][0] ?? null) : null);
    const first = start();
    const retries = { policy: 'constant', delaySeconds: 1, attempts: 15 };
    const { body: webhook } = await first.ask('POST', '/v1/webhooks', { url: receiver.url, retries });
    receiver.secret = String(webhook.secret);
    for (const id of INSTANCES) await first.ask('POST', '/v1/instances', { id });
    const queueIds = [...(await send(first, 3))];
    await expect.poll(() => failures, PATIENCE).toBeGreaterThanOrEqual(2);
    await kill(first);

    const second = start();
    queueIds.push(...(await send(second, 10)));
    await expect.poll(() => receiver.accepted.size, PATIENCE).toBeGreaterThan(5);
    await kill(second);

    const third = start();
    queueIds.push(...(await send(third, 3)));
    await expectAllDelivered(third, queueIds);
    expect(receiver.statuses.filter((status) => status === 503)).toHaveLength(3);
    // What was accepted and not yet written when the server died came again, under the id that the receiver knows.
    expect(receiver.repeats).toBeLessThanOrEqual(2 * INSTANCES.length);
    third.kill('SIGTERM');
    expect(await third.exited).toBe(0);
    expect(first.output + second.output + third.output).not.toMatch(/token=hidden|whsec_/);
  });
});

describe('WEBHOOK_URL', () => {
  test('is subscribed from the start on, and what was told before a restart is not told again', async () => {
    receiver.secret = newSecret();
    const env = { WEBHOOK_URL: receiver.url, WEBHOOK_SECRET: receiver.secret, WEBHOOK_EVENTS: 'instance.*' };
    const first = start(env);
    await first.ask('POST', '/v1/instances', { id: 'shop' });
    const isReady = () => receiver.events.some(({ data }) => 'state' in data && data.state === 'ready');
    await expect.poll(isReady, PATIENCE).toBe(true);
    first.kill('SIGTERM');
    expect(await first.exited).toBe(0);
    const before = [...receiver.accepted.keys()];
    receiver.accepted.clear();
    const second = start(env);
    await expect.poll(isReady, PATIENCE).toBe(true);
    expect(before.filter((id) => receiver.accepted.has(id))).toEqual([]);
    expect(new Set(receiver.events.map(({ type }) => type.split('.')[0]))).toEqual(new Set(['instance']));
    second.kill('SIGTERM');
    expect(await second.exited).toBe(0);
  });

  test.each([
    [{ WEBHOOK_URL: 'https://example.org' }, /^wakeeper cannot start\. WEBHOOK_SECRET must be set/],
    [
      { WEBHOOK_URL: 'http://example.org', WEBHOOK_SECRET: newSecret(), WEBHOOK_ALLOW_PRIVATE: '' },
      /^wakeeper cannot start\. WEBHOOK_URL must be https/,
    ],
  ])('that cannot work stops the start with one line', async (env, line) => {
    const server = start(env);
    expect(await server.exited).toBe(1);
    expect(server.stderr.join('').trimEnd().split('\n')).toEqual([expect.stringMatching(line)]);
  });
});

describe('a server that is asked to end', () => {
  test('waits no longer for a receiver that hangs than for a moment', async () => {
    receiver.close();
    const hanging = createServer(() => {}).listen(0, '127.0.0.1');
    await once(hanging, 'listening');
    const url = `http://127.0.0.1:${(hanging.address() as AddressInfo).port}`;
    // Only the close can end the attempt: its own deadline is far away.
    const server = start({ WEBHOOK_TIMEOUT_MS: '600000' });
    await server.ask('POST', '/v1/webhooks', { url });
    const asked = once(hanging, 'request');
    await server.ask('POST', '/v1/instances', { id: 'shop', start: false });
    await server.ask('POST', '/v1/instances/shop/start');
    await asked;
    server.kill('SIGTERM');
    // One that misses DRAIN_TIMEOUT_MS and 1.5 s ends itself with 1.
    expect(await server.exited).toBe(0);
    hanging.closeAllConnections();
    hanging.close();
  });
});
