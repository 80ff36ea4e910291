import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { containPipeErrors } from '@wakeeper/lifecycle/whatsapp-web';
import wwebjs from 'whatsapp-web.js';
import type { WaWeb } from './server.js';

// The unmodified library lets a browser that is killed take the test's process along, now and then.
containPipeErrors();

type ClientOptions = NonNullable<ConstructorParameters<typeof wwebjs.Client>[0]>;
/** The library's own types leave out that a client keeps its options. */
export type Client = InstanceType<typeof wwebjs.Client> & { options: ClientOptions };

/** Profiles and the unmodified clients that live in them; everything is closed and removed at the end. */
export class Browsers {
  /** Rejections that the library let go of. */
  readonly leaked = collectLeaks();
  readonly #clients: Client[] = [];
  readonly #folders: string[] = [];
  readonly #waWeb: Pick<WaWeb, 'chromeArgs' | 'scan'>;

  constructor(waWeb: Pick<WaWeb, 'chromeArgs' | 'scan'>) {
    this.#waWeb = waWeb;
  }

  async profile(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'wa-web-'));
    this.#folders.push(folder);
    return folder;
  }

  /** A second profile with the same pairing, as a careless copy of a folder makes one. */
  async copyOf(profile: string): Promise<string> {
    const copy = await this.profile();
    await cp(profile, copy, { recursive: true, filter: (path) => !path.includes('Singleton') });
    return copy;
  }

  client(profile: string, options: ClientOptions = {}): Client {
    const client = new wwebjs.Client({
      ...options,
      authStrategy: new wwebjs.LocalAuth({ dataPath: profile }),
      webVersionCache: { type: 'none' },
      puppeteer: {
        executablePath: process.env.CHROME_PATH ?? '/usr/bin/chromium',
        pipe: true,
        protocolTimeout: 20_000,
        args: [...this.#waWeb.chromeArgs, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
        ...options.puppeteer,
      },
    });
    this.#clients.push(client as Client);
    return client as Client;
  }

  /** A client that is paired and ready, with its profile. */
  async paired(phone: string, options: ClientOptions = {}): Promise<{ client: Client; profile: string }> {
    const profile = await this.profile();
    const client = this.client(profile, options);
    const qr = next<string>(client, 'qr');
    const ready = next(client, 'ready');
    await client.initialize();
    await this.#waWeb.scan(await qr, { phone });
    await ready;
    return { client, profile };
  }

  /** A client of a profile that was paired before, once it is ready. */
  async restored(profile: string, options: ClientOptions = {}): Promise<Client> {
    const client = this.client(profile, options);
    const ready = next(client, 'ready');
    await client.initialize();
    await ready;
    return client;
  }

  async close(): Promise<void> {
    for (const client of this.#clients.splice(0)) await end(client);
    // All of them every time: after a LOGOUT the library makes the folder of its profile again.
    for (const folder of this.#folders) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

const LEAKS =
  /detached Frame|Target closed|Session closed|Execution context was destroyed|Cannot find context|auth timeout/;

/**
 * The library injects itself after every navigation without waiting for it; when the browser goes away meanwhile, or the
 * page never boots, the rejection is nobody's. Those are collected here; any other still fails the test it happens in.
 */
function collectLeaks(): unknown[] {
  const leaked: unknown[] = [];
  const others = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', (reason, promise) => {
    if (LEAKS.test(String(reason))) leaked.push(reason);
    else for (const other of others) other(reason, promise);
  });
  return leaked;
}

/** kill -9 of the browser, as the kernel's out-of-memory killer does it; resolves when it is gone. */
export async function killBrowser(client: Client): Promise<void> {
  const process_ = client.pupBrowser?.process();
  if (process_?.pid === undefined) throw new Error('there is no browser to kill');
  const gone = new Promise((resolve) => process_.once('exit', resolve));
  process.kill(-process_.pid, 'SIGKILL');
  await gone;
}

/** Closes a client and, where its browser does not close by itself, ends the browser's process group. */
export async function end(client: Client): Promise<void> {
  const pid = client.pupBrowser?.process()?.pid;
  await client.destroy().catch(() => {});
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group is gone already.
  }
}

/** The first value of an event that fits, within the deadline. */
export function next<T>(
  client: Client,
  event: string,
  { timeoutMs = 30_000, fits = () => true }: { timeoutMs?: number; fits?: (value: T) => boolean } = {},
): Promise<T> {
  const heard = new Promise<T>((resolve, reject) => {
    const emitter: NodeJS.EventEmitter = client;
    const hear = (value: T) => {
      if (!fits(value)) return;
      stop();
      resolve(value);
    };
    const timer = setTimeout(() => {
      stop();
      reject(new Error(`no '${event}' within ${timeoutMs} ms`));
    }, timeoutMs);
    const stop = () => {
      clearTimeout(timer);
      emitter.off(event, hear);
    };
    emitter.on(event, hear);
  });
  // A test that fails before it comes to wait should fail for its own reason.
  heard.catch(() => {});
  return heard;
}
