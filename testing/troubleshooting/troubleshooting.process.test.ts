/** What docs/troubleshooting.md says of a server without a browser, done to a server. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from '../fleet/api.js';
import { eventually } from '../fleet/eventually.js';
import { NodeProcess } from '../fleet/node-process.js';
import { quotationOf } from './troubleshooting-page.js';

interface Receipt {
  readonly status: string;
  readonly errorCode: string | null;
  readonly error: string | null;
}
interface Problem {
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly { readonly message: string }[];
}

const TEXT = { to: '4915112345678', text: 'Hello' };
const folder = mkdtempSync(join(tmpdir(), 'wakeeper-troubleshooting-'));
const started: NodeProcess[] = [];
/** Without a browser and without a phone; what is scanned is scanned at once. */
const SIMULATED = { DRIVER: 'simulated', SIMULATED_SCAN_AFTER_MS: '1', HOST_CHECK: 'none' };
const store = (name: string) => ({ STORE_URL: `sqlite:${join(folder, `${name}.db`)}` });

async function start(env: Readonly<Record<string, string>>): Promise<{ node: NodeProcess; api: Api }> {
  const node = await NodeProcess.start({ AUTH_BASE_DIR: join(folder, 'profiles'), ...env });
  started.push(node);
  return { node, api: new Api(node.url) };
}

/** The one line that a server prints which cannot start. */
async function refusalOf(env: Readonly<Record<string, string>>): Promise<string> {
  const error = await start({ ...SIMULATED, STORE_URL: 'memory:', ...env }).catch((thrown: Error) => thrown);
  if (!(error instanceof Error)) throw new Error('It started.');
  const line = /wakeeper cannot start\. (.*)/.exec(error.message)?.[1];
  if (line === undefined) throw error;
  return line;
}

async function problem(api: Api, method: string, path: string, body?: unknown) {
  const answer = await api.call<Problem>(method, path, body);
  return { status: answer.status, ...answer.body };
}

/** What the log says sooner or later. */
const logged = (node: NodeProcess, words: string) =>
  eventually(
    () => node.log.find(({ msg }) => msg.includes(words))?.msg,
    30_000,
    () => node.log.map(({ msg }) => msg),
  );

let simulated: NodeProcess;
let api: Api;
beforeAll(async () => {
  const wishes = { MAX_QUEUE_SIZE: '1', SEND_INTERVAL_MS: '600000', WEBHOOK_ALLOW_PRIVATE: '127.0.0.0/8' };
  ({ node: simulated, api } = await start({ ...SIMULATED, ...store('shared'), ...wishes }));
  await api.call('POST', '/v1/instances', { id: 'shop' });
  await api.untilInstance('shop', ({ state }) => state === 'ready', 30_000);
});
afterAll(async () => {
  for (const node of started) await node.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('a server that does not start', () => {
  it('says that a port without keys is for this machine only', async () => {
    expect(quotationOf(await refusalOf({ HOST: '0.0.0.0' }))).toContain('Set API_KEYS to listen there.');
  });

  it('says that the port is taken', async () => {
    const { port } = new URL(simulated.url);
    const words = (await refusalOf({ PORT: port })).replace(`PORT ${port}`, 'PORT 3000');
    expect(quotationOf(words)).toContain('EADDRINUSE');
  });

  it('says that the store has another owner', async () => {
    expect(quotationOf(await refusalOf(store('shared')))).toContain('Deleting the lock file does not help.');
  });

  it('says that the store is no database', async () => {
    writeFileSync(join(folder, 'letter.db'), 'Dear database, '.repeat(100));
    expect(quotationOf(await refusalOf(store('letter')))).toContain('is not a wakeeper database');
  });

  it('says which variable breaks its rule', async () => {
    expect(quotationOf(await refusalOf({ PORT: 'abc' }))).toContain('PORT must be');
  });
});

describe('an instance that shows no code', () => {
  const qr = (id: string, of = api) => problem(of, 'GET', `/v1/instances/${id}/qr`);

  it('is ready', async () => {
    expect(quotationOf((await qr('shop')).detail)).toContain('ready (healthy)');
  });

  it('is stopped', async () => {
    await api.call('POST', '/v1/instances', { id: 'stopped' });
    await api.call('POST', '/v1/instances/stopped/stop?wait=20');
    const { detail, ...answer } = await qr('stopped');
    expect(answer).toMatchObject({ status: 409, code: 'NO_QR' });
    expect(quotationOf(detail.replace('"stopped"', '"shop"'))).toContain('start it first');
  });

  it('has halted for want of a Chromium, which the server has warned of', async () => {
    const nowhere = { DRIVER: 'whatsapp-web', CHROME_PATH: join(folder, 'chromium'), HOST_CHECK: 'none' };
    const { node, api: halted } = await start({ ...nowhere, ...store('halted') });
    await halted.call('POST', '/v1/instances', { id: 'shop' });
    const { lastError, reason } = await halted.untilInstance(
      'shop',
      ({ detail }) => detail === 'halted',
      30_000,
    );
    expect(lastError?.code).toBe('BROWSER_NOT_FOUND');
    expect(await logged(node, 'CHROME_PATH')).toContain(reason);
    expect(quotationOf((await qr('shop', halted)).detail)).toContain('needs a person');
    const refused = await halted.call<Receipt>('POST', '/v1/instances/shop/messages', TEXT);
    expect(refused).toMatchObject({ status: 409, body: { status: 'failed', errorCode: 'INSTANCE_ERROR' } });
  });
});

describe('a message that is refused', () => {
  const send = (id: string) => api.call<Receipt>('POST', `/v1/instances/${id}/messages?wait=0`, TEXT);

  it('has no one who sends it', async () => {
    await api.call('POST', '/v1/instances', { id: 'idle', start: false });
    expect(await send('idle')).toMatchObject({
      status: 409,
      body: { status: 'failed', errorCode: 'INSTANCE_STOPPED' },
    });
  });

  it('finds the queue full', async () => {
    // The first goes out at once, the second waits for its turn.
    await send('shop');
    await api.untilInstance('shop', ({ queueDepth }) => queueDepth === 0, 30_000);
    await send('shop');
    const answer = await fetch(`${api.url}/v1/instances/shop/messages?wait=0`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(TEXT),
    });
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await answer.json()).toMatchObject({ status: 'failed', errorCode: 'QUEUE_FULL' });
  });
});

describe('a caller who is turned away', () => {
  it('shows no key', async () => {
    const { api: locked } = await start({ ...SIMULATED, STORE_URL: 'memory:', API_KEYS: 'a-key' });
    const { detail, ...answer } = await problem(locked, 'GET', '/v1/instances');
    expect(answer).toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
    expect(quotationOf(detail)).toContain('X-Api-Key');
  });

  it('comes through a proxy that passes its public name on', async () => {
    const request = get(`${simulated.url}/v1/instances`, { headers: { host: 'wa.example.org' } });
    const [response] = await once(request, 'response');
    let text = '';
    for await (const part of response.setEncoding('utf8')) text += part;
    const { code, detail } = JSON.parse(text) as Problem;
    expect([response.statusCode, code]).toEqual([403, 'FORBIDDEN']);
    expect(quotationOf(detail)).toContain('Set API_KEYS to call from elsewhere.');
  });
});

describe('a webhook that gets nothing', () => {
  const hook = (url: string, more: object = {}) =>
    api.call<{ id: string }>('POST', '/v1/webhooks', { url, ...more }).then(({ body }) => body.id);

  it('asks for https', async () => {
    const { api: strict } = await start({ ...SIMULATED, STORE_URL: 'memory:' });
    const url = 'http://example.org/hook';
    const { status, errors } = await problem(strict, 'POST', '/v1/webhooks', { url });
    expect(status).toBe(400);
    expect(quotationOf(errors?.[0]?.message ?? '')).toContain('https');
  });

  it('lies in a private network', async () => {
    const id = await hook('https://10.0.0.1/');
    const { body } = await api.call<{ error: string }>('POST', `/v1/webhooks/${id}/ping`);
    expect(quotationOf(body.error)).toContain('WEBHOOK_ALLOW_PRIVATE');
  });

  it('fails again and again, or is gone for good', async () => {
    const receiver = createServer((request, response) => {
      response.writeHead(request.url === '/gone' ? 410 : 500).end();
    }).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
    await hook(`${url}/broken`);
    const gone = await hook(`${url}/gone`);
    // Facts of different instances do not wait for each other: ten failures take no retries.
    for (let n = 0; n < 12; n++) await api.call('POST', '/v1/instances', { id: `news-${n}` });
    expect(quotationOf(await logged(simulated, 'times in a row'))).toContain('has failed');
    const disabled = await logged(simulated, 'was disabled');
    expect(quotationOf(disabled)).toContain('was disabled');
    expect(disabled).toContain(gone);
    const again = await api.call<{ enabled: boolean }>('PATCH', `/v1/webhooks/${gone}`, { enabled: true });
    expect(again).toMatchObject({ status: 200, body: { enabled: true } });
    receiver.close();
  });
});
