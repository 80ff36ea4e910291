import type { WaWeb } from './wa-web.js';

/** The same interface from another process: every method returns a promise. */
export type RemoteWaWeb = Readonly<Pick<WaWeb, 'port' | 'chromeArgs'>> & {
  [K in Exclude<keyof WaWeb, 'port' | 'chromeArgs'>]: (
    ...values: Parameters<WaWeb[K]>
  ) => Promise<Awaited<ReturnType<WaWeb[K]>>>;
};

async function ask(url: string, name: string, values: unknown[]): Promise<unknown> {
  // JSON has no undefined: a trailing one is left out, one between two values becomes null.
  const body = JSON.stringify(values.slice(0, values.findLastIndex((value) => value !== undefined) + 1));
  const answer = await fetch(`${url}/${name}`, { method: 'POST', body });
  const { result, error } = (await answer.json()) as { result?: unknown; error?: string };
  if (error !== undefined) throw new Error(error);
  return result;
}

/** Talks to a control server, for instance that of `main.ts`. `close()` ends the simulated WhatsApp Web there. */
export async function connectWaWeb(url: string): Promise<RemoteWaWeb> {
  const fixed = {
    port: (await ask(url, 'port', [])) as number,
    chromeArgs: (await ask(url, 'chromeArgs', [])) as string[],
  };
  return new Proxy(fixed, {
    get: (target, name) => {
      if (name in target) return target[name as keyof typeof fixed];
      // A proxy that answers to `then` would be taken for a promise.
      if (typeof name !== 'string' || name === 'then') return undefined;
      return (...values: unknown[]) => ask(url, name, values);
    },
  }) as RemoteWaWeb;
}
