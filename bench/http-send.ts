/**
 * What it costs to accept a message over HTTP: validated, on the disk, and answered with its receipt. The server as it is
 * shipped (simulated driver, SQLite, the log thrown away) against Hono that answers with what was posted. The instance is
 * stopped and accepts messages nevertheless, so that nothing but the accepting happens.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { answersPerSecond, CONNECTIONS, type Question } from './http/load.js';
import { createStopped, startServer } from './http/server-process.js';
import { type Row, rowOf } from './measuring/row.js';
import { interleaved } from './measuring/spread.js';

const BURST_MS = 2_000;
const QUESTION: Question = {
  // Messages of one instance are accepted one after the other, so each sender has one of its own.
  path: (connection) => `/v1/instances/bench-${connection}/messages?wait=0`,
  post: JSON.stringify({ to: '4915100000001', text: 'x'.repeat(400) }),
  status: 202,
};
const SETTINGS = {
  DRIVER: 'simulated',
  HOST: '127.0.0.1',
  API_KEYS: '',
  QUEUE_ACCEPT_STATES: 'stopped',
  MAX_QUEUE_SIZE: '1000000',
};
/** On the project's disk: what is temporary often lies in memory. */
const DISK = fileURLToPath(new URL('../node_modules/.cache', import.meta.url));

export async function httpSend(pairs: number): Promise<Row[]> {
  await mkdir(DISK, { recursive: true });
  const folder = await mkdtemp(join(DISK, 'wakeeper-bench-'));
  const door = import.meta.resolve('@wakeeper/server');
  const main = new URL(`./main${door.slice(door.lastIndexOf('.'))}`, door);
  const ends: (() => Promise<void>)[] = [];
  try {
    const wakeeper = await startServer(main, '/readyz', {
      env: (port) => ({
        ...SETTINGS,
        PORT: String(port),
        STORE_URL: `sqlite:${join(folder, 'wakeeper.db')}`,
        AUTH_BASE_DIR: join(folder, 'profiles'),
      }),
    });
    ends.push(wakeeper.end);
    for (let connection = 0; connection < CONNECTIONS; connection += 1)
      await createStopped(wakeeper.port, `bench-${connection}`);
    const bare = await startServer(new URL('./http/bare-echo.ts', import.meta.url), '/up', {
      args: (port) => [String(port)],
    });
    ends.push(bare.end);
    const measured = await interleaved(
      pairs,
      () => answersPerSecond(wakeeper.port, QUESTION, BURST_MS),
      () => answersPerSecond(bare.port, QUESTION, BURST_MS),
    );
    const text = {
      promise: 'http-send',
      what: 'POST /v1/instances/:id/messages',
      unit: 'per second',
      floorName: 'bare Hono, echo',
      note: 'each accepted message is on the disk when it is answered; the echo is not even validated.',
    } as const;
    return [rowOf(text, measured)];
  } finally {
    for (const end of ends) await end();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
