/** HOST and PORT: free to listen on, answered by a wakeeper, or taken by somebody else. */
import { createServer } from 'node:net';
import { type ClientConfig, type Config, localUrl } from '../../config.js';
import { CommandError } from '../command-error.js';
import { instancesAnswer } from '../server-answers.js';
import { ServerClient } from '../server-client.js';
import { type Finding, ok, wrong } from './finding.js';

export interface PortState {
  readonly finding: Finding;
  /** A wakeeper answers there. */
  readonly isServing: boolean;
}

const CHECK = 'port';
const DEADLINE_MS = 3000;

type Address = Pick<Config, 'host' | 'port' | 'apiKeys'>;

export async function portCheck({ host, port, apiKeys }: Address): Promise<PortState> {
  const client = { url: localUrl({ host, port }), apiKey: apiKeys[0] ?? null };
  if (port !== 0 && (await isWakeeper(client)))
    return { finding: ok(CHECK, `A wakeeper answers at ${client.url}.`), isServing: true };
  const code = await listenOnce(host, port);
  const at = `HOST ${host}, PORT ${port}`;
  const finding =
    code === null
      ? ok(CHECK, `${at} is free to listen on.`)
      : wrong(CHECK, `${at} cannot be listened on (${code}).`, remedyOf(code, port));
  return { finding, isServing: false };
}

async function isWakeeper(client: ClientConfig): Promise<boolean> {
  try {
    await new ServerClient(client).ask({ path: '/v1/instances?limit=1', answer: instancesAnswer });
    return true;
  } catch (error) {
    // A refusal in wakeeper's own words is an answer too.
    return (
      error instanceof CommandError &&
      !['NOT_REACHABLE', 'CONNECTION_LOST', 'NOT_WAKEEPER', 'TIMEOUT'].includes(error.code)
    );
  }
}

/** The code of the refusal, or null. */
const listenOnce = (host: string, port: number): Promise<string | null> =>
  new Promise((resolve) => {
    const server = createServer();
    const late = setTimeout(() => resolve('ETIMEDOUT'), DEADLINE_MS);
    const answer = (code: string | null) => {
      clearTimeout(late);
      resolve(code);
    };
    server.once('error', (error: NodeJS.ErrnoException) => answer(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => answer(null)));
  });

function remedyOf(code: string, port: number): string {
  switch (code) {
    case 'EADDRINUSE':
      return `Another program listens there (ss -ltnp sport = :${port} shows it). Stop it, or set another PORT.`;
    case 'EACCES':
      return 'Ports below 1024 are for root: set a PORT above.';
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return 'HOST is no address of this machine: set one that `ip addr` shows, or 127.0.0.1.';
    default:
      return 'Set another HOST or PORT.';
  }
}
