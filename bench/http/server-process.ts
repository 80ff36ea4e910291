/** A server in a process of its own, as a user runs it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const UP_WITHIN_MS = 30_000;
const LOOK_AGAIN_MS = 50;
const ANSWER_WITHIN_MS = 5_000;
const ENDED_WITHIN_MS = 30_000;

export interface ServerProcess {
  readonly port: number;
  end(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

/** Resolves when the path is answered with 200. Its log goes where a log costs least: nowhere. */
export async function startServer(
  file: URL,
  readyPath: string,
  {
    args = () => [],
    env = () => ({}),
  }: {
    args?: (port: number) => readonly string[];
    env?: (port: number) => NodeJS.ProcessEnv;
  },
): Promise<ServerProcess> {
  const port = await freePort();
  const child = spawn(process.execPath, [...process.execArgv, fileURLToPath(file), ...args(port)], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...env(port) },
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const deadline = performance.now() + UP_WITHIN_MS;
  while (!(await answers(port, readyPath))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`${fileURLToPath(file)} did not answer ${readyPath} within ${UP_WITHIN_MS} ms`);
    }
    await wait(LOOK_AGAIN_MS);
  }
  return { port, end: () => ended(child, exited) };
}

/** @throws Error when there is no answer in time */
export const ask = (port: number, path: string, body?: object): Promise<Response> =>
  fetch(`http://127.0.0.1:${port}${path}`, {
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    ...(body && {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });

/** An instance that is stopped: nothing of it changes by itself. */
export async function createStopped(port: number, id: string): Promise<void> {
  const created = await ask(port, '/v1/instances', { id, start: false });
  if (created.status !== 202) throw new Error(await created.text());
}

async function answers(port: number, path: string): Promise<boolean> {
  try {
    return (await ask(port, path)).status === 200;
  } catch {
    return false;
  }
}

async function ended(child: ChildProcess, exited: Promise<void>): Promise<void> {
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), ENDED_WITHIN_MS);
  await exited;
  clearTimeout(late);
}
