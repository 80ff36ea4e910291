/** What a test does in the page of a browser that somebody else drives, by the debugging port of its CHROME_ARGS. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WebSocket } from 'ws';

interface Target {
  readonly type: string;
  readonly url: string;
  readonly webSocketDebuggerUrl: string;
}

/** Resolves with what the script's promise resolves with. @throws Error when there is no such page, or at the deadline */
export async function runInPage(
  profile: string,
  url: string,
  script: string,
  deadlineMs = 30_000,
): Promise<unknown> {
  const signal = AbortSignal.timeout(deadlineMs);
  const [port] = (await readFile(join(profile, 'DevToolsActivePort'), 'utf8')).split('\n');
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`, { signal })).json()) as Target[];
  const page = targets.find((target) => target.type === 'page' && target.url.startsWith(url));
  if (!page) throw new Error(`No page shows ${url}: ${JSON.stringify(targets)}`);
  const socket = new WebSocket(page.webSocketDebuggerUrl);
  try {
    await once(socket, 'open', { signal });
    const params = { expression: script, awaitPromise: true, returnByValue: true };
    socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params }));
    const [answer] = await once(socket, 'message', { signal });
    return (JSON.parse(String(answer)) as { result: { result: { value: unknown } } }).result.result.value;
  } finally {
    socket.close();
  }
}
