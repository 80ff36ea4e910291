/** A reader on a real socket that stops reading: its connection is cut, no memory is held, and it can come back. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { FactDraft } from '@wakeeper/lifecycle';
import { VirtualClock } from '@wakeeper/lifecycle/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EventReading } from '../event-reading.fixture.js';
import { type OpenApp, openApp } from '../open-app.fixture.js';

const BUFFER = 256 * 1024;
const PATIENCE = { timeout: 20_000, interval: 5 };

let clock: VirtualClock;
let server: OpenApp;
let http: Server;
let port: number;
let socket: Socket;
beforeEach(async () => {
  clock = new VirtualClock();
  server = await openApp({ events: { clock, maxBufferBytes: BUFFER } });
  http = createAdaptorServer({ fetch: server.app.fetch }) as Server;
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  ({ port } = http.address() as AddressInfo);
});
afterEach(async () => {
  socket.destroy();
  http.closeAllConnections();
  http.close();
  await server.close();
});

/** A reader that has the head of the answer, and reads no further. */
async function stall(query = ''): Promise<void> {
  socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(`GET /v1/events${query} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`);
  await once(socket, 'data');
  socket.pause();
  await expect.poll(() => server.events.readers, PATIENCE).toBe(1);
}

/** About 20 KiB each. */
const facts = (count: number): FactDraft[] =>
  Array.from({ length: count }, (_, index) => ({
    type: 'message.ack',
    instanceId: 'shop',
    at: 0,
    body: { messageId: `${index}`.padEnd(20_000, '.'), queueId: null, ack: 1, metadata: null },
  }));
const cutOffs = () => server.logged.filter((line) => line.includes('a reader of events was cut off'));

test('is cut off when more gathers than its buffer holds, and comes back to where it was', async () => {
  await stall();
  let told = 0;
  while (server.events.readers > 0 && told < 5000) {
    await server.tell(facts(20));
    told += 20;
  }
  expect(server.events.readers).toBe(0);
  // What the socket and the kernel take is theirs; of ours nothing is left.
  expect(cutOffs()).toEqual([expect.stringMatching(/has not read while \d+ bytes gathered/)]);
  const [, gathered = ''] = /while (\d+) bytes/.exec(cutOffs()[0] ?? '') ?? [];
  expect(Number(gathered)).toBeLessThanOrEqual(BUFFER);
  const closed = once(socket, 'close');
  let text = '';
  socket.setEncoding('utf8').on('data', (more: string) => {
    text += more;
  });
  socket.resume();
  await closed;

  const numbers = [...text.matchAll(/^id: (\d+)\ndata: .*\n\n/gm)].map(([, id]) => Number(id));
  const last = numbers.at(-1) ?? 0;
  expect(last).toBeLessThan(told);
  const again = new EventReading(
    await fetch(`http://127.0.0.1:${port}/v1/events`, { headers: { 'last-event-id': String(last) } }),
  );
  await again.first(told - last);
  expect([...numbers, ...again.numbers]).toEqual(Array.from({ length: told }, (_, index) => index + 1));
  await again.close();
  await expect.poll(() => server.events.readers, PATIENCE).toBe(0);
});

test('that asks for the past and does not read it is given no more than it takes, and is cut off', async () => {
  for (let told = 0; told < 3000; told += 500) await server.tell(facts(500));
  await stall('?since=0');
  await expect
    .poll(async () => {
      await clock.advance(15_000);
      return server.events.readers;
    }, PATIENCE)
    .toBe(0);
  expect(cutOffs()).toEqual([expect.stringContaining('read nothing from one heartbeat to the next')]);
  expect(clock.pending).toBe(0);
});

test('is no reader that is merely quiet', async () => {
  await stall();
  socket.resume();
  for (let beats = 0; beats < 20; beats += 1) await clock.advance(15_000);
  expect([server.events.readers, cutOffs()]).toEqual([1, []]);
});

test('that hangs up is let go', async () => {
  await stall();
  socket.destroy();
  await expect.poll(() => server.events.readers, PATIENCE).toBe(0);
  expect(clock.pending).toBe(0);
  expect(cutOffs()).toEqual([]);
});
