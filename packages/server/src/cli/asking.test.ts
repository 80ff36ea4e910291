import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type OpenApp, type OpenAppOptions, openApp } from '../open-app.fixture.js';
import { call } from './command-line.fixture.js';

let opened: OpenApp | undefined;
let server: Server | undefined;
let env: Record<string, string>;
beforeEach(() => {
  env = {};
});
afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  await opened?.close();
  server = undefined;
  opened = undefined;
});

async function listen(listener: Server): Promise<void> {
  server = listener;
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  env = { WAKEEPER_URL: `http://127.0.0.1:${(listener.address() as AddressInfo).port}` };
}
async function serving(options?: OpenAppOptions): Promise<OpenApp> {
  opened = await openApp(options);
  const { app } = opened;
  await listen(createAdaptorServer({ fetch: (request: Request) => app.fetch(request) }) as Server);
  return opened;
}
const jsonLines = (text: string): Record<string, unknown>[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('wakeeper doctor', () => {
  const doctor = async () => {
    const PORT = new URL(env.WAKEEPER_URL ?? '').port;
    const here = { DRIVER: 'simulated', HOST_CHECK: 'none', STORE_URL: 'memory:', PORT };
    const { code, out } = await call(['doctor', '--json'], here);
    const { findings } = JSON.parse(out) as { findings: { check: string }[] };
    return { code, page: findings.find(({ check }) => check === 'page') };
  };

  test("says what the instances of the running server lack in WhatsApp's page", async () => {
    const app = await serving();
    expect((await doctor()).page).toMatchObject({
      level: 'note',
      message: expect.stringMatching(/^0 of 0 /),
    });
    await app.ready('shop');
    await app.ready('support');
    await app.unpaired('unpaired');
    expect((await doctor()).page).toMatchObject({
      level: 'ok',
      message: "2 of 3 instances have tested WhatsApp's page (version simulated), and nothing is missing.",
    });
    app.driver.whatsapp.changePage('shop', ['media']);
    app.driver.whatsapp.browser('shop').testPage();
    expect(await doctor()).toMatchObject({
      code: 1,
      page: {
        level: 'wrong',
        message:
          "2 of 3 instances have tested WhatsApp's page (version simulated). Missing: media on 1 (simulated media).",
        remedy: expect.stringContaining('docs/compatibility.md'),
      },
    });
  });

  test('says why it cannot ask the server', async () => {
    await serving({ app: { apiKeys: ['first-key'] } });
    expect((await doctor()).page).toMatchObject({
      level: 'note',
      remedy: expect.stringContaining('WAKEEPER_API_KEY'),
    });
  });
});

describe('wakeeper instances', () => {
  test('says that there is none, and how to make one', async () => {
    await serving();
    expect(await call(['instances'], env)).toEqual({
      code: 0,
      out: 'There is no instance yet. `wakeeper qr ID --create` makes one.\n',
      err: '',
    });
  });

  test('lists them in columns with their counts', async () => {
    const app = await serving();
    await app.ready('shop');
    await app.unpaired('support');
    const { code, out } = await call(['instances'], env);
    expect(code).toBe(0);
    const [head, ...rows] = out.trimEnd().split('\n');
    expect(head).toMatch(/^ID +STATE +FOR +QUEUE +ACCOUNT +REASON$/);
    expect(rows[0]).toMatch(/^shop +ready\.\w+ +\d+ s +0 +\d+/);
    expect(rows[1]).toMatch(/^support +needs_qr\.\w+ /);
    expect(rows[2]).toBe('All in all: 1 ready, 1 needs_qr.');
  });

  test('lists more than the server tells at once', async () => {
    const app = await serving();
    const ids = Array.from({ length: 501 }, (_, at) => `shop-${at}`);
    await Promise.all(ids.map((id) => app.manager.create({ id, start: false })));
    const { out } = await call(['instances', '--json'], env);
    const items = jsonLines(out)[0]?.items as { id: string }[];
    expect(items.map(({ id }) => id).sort()).toEqual(ids.sort());
  });

  test('chooses by state, and prints what the server says as JSON', async () => {
    const app = await serving();
    await app.ready('shop');
    await app.unpaired('support');
    const { out } = await call(['instances', '--state', 'needs_qr', '--json'], env);
    expect(jsonLines(out)).toMatchObject([
      { items: [{ id: 'support', state: 'needs_qr', labels: {} }], counts: { ready: 1, needs_qr: 1 } },
    ]);
  });

  test('shows its key, and says how to give one when it has none', async () => {
    await serving({ app: { apiKeys: ['first-key', 'other-key'] } });
    expect(await call(['instances'], env)).toMatchObject({
      code: 1,
      err: expect.stringContaining('WAKEEPER_API_KEY'),
    });
    for (const given of [{ WAKEEPER_API_KEY: 'other-key' }, { API_KEYS: 'first-key,x' }])
      expect(await call(['instances'], { ...env, ...given })).toMatchObject({ code: 0 });
    expect(await call(['instances', '--api-key', 'first-key'], env)).toMatchObject({ code: 0 });
  });
});

describe('another server at the address', () => {
  test.each([
    ['a page', 'text/html', '<h1>Hello</h1>'],
    ['its own JSON', 'application/json', '{"status":"ok"}'],
  ])('is told apart by %s', async (_what, type, body) => {
    await listen(createServer((_, response) => response.setHeader('content-type', type).end(body)));
    const { code, err } = await call(['instances'], env);
    expect(code).toBe(1);
    expect(err).toMatch(/no wakeeper.*\n.*--url/);
  });
});

describe('wakeeper send', () => {
  const hello = ['send', 'shop', '+49 151 12345678', 'Hello'];

  test('says that a message is sent when the server of WhatsApp has it', async () => {
    const app = await serving();
    await app.ready('shop');
    const { code, out } = await call(hello, env);
    expect(code).toBe(0);
    expect(out).toMatch(
      /^sent: WhatsApp's server has acknowledged it \(message true_4915112345678@c\.us_\w+\)\.\n$/,
    );
    expect(app.driver.whatsapp.deliveries('shop')).toHaveLength(1);
  });

  test('says that one is queued and not sent, which is well unless it was to wait', async () => {
    const app = await serving({ times: { openMs: 60_000 } });
    await app.manager.create({ id: 'shop' });
    const queued = await call(hello, env);
    expect(queued.code).toBe(0);
    expect(queued.out).toMatch(
      /^queued: kept by the server as \S+, the only one in the queue, not sent yet\. shop is connecting/,
    );
    const waited = await call([...hello, '--wait', '0.2', '--json'], env);
    expect(waited.code).toBe(1);
    expect(jsonLines(waited.out)).toMatchObject([{ status: 'queued', queueDepth: 2 }]);
  });

  test('waits until what is queued is sent', async () => {
    const app = await serving({ times: { openMs: 400 } });
    app.driver.whatsapp.pair('shop');
    await app.manager.create({ id: 'shop' });
    expect(await call([...hello, '--wait', '20'], env)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^sent: /),
    });
  });

  test('says why it is refused, and what to do', async () => {
    const app = await serving();
    await app.unpaired('shop');
    const { code, out } = await call(hello, env);
    expect(code).toBe(1);
    expect(out).toMatch(/^failed: .*\(NEEDS_QR\)\n`wakeeper qr shop` shows the code to scan\.\n$/);
    expect(await call(['send', 'nobody', '4915112345678', 'Hello'], env)).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/no instance "nobody".*\n.*`wakeeper qr nobody --create`/),
    });
  });

  test('says what it cannot know when the answer is lost, and how to ask without sending twice', async () => {
    await listen(createServer((request) => request.socket.destroy()));
    const { code, err } = await call(hello, env);
    expect(code).toBe(1);
    expect(err).toMatch(
      /lost .* Whether the message was accepted is not known\.\n.*--idempotency-key cli-[\w-]{36} /,
    );
  });

  test('says that a message was accepted when the server goes away while it waits', async () => {
    const receipt = { status: 'queued', instanceState: 'connecting', queueDepth: 1, queueId: 'item-7' };
    const none = { messageId: null, error: null, errorCode: null };
    await listen(
      createServer((request, response) => {
        if (request.method === 'POST') response.writeHead(202).end(JSON.stringify({ ...receipt, ...none }));
        else request.socket.destroy();
      }),
    );
    const { code, err } = await call([...hello, '--wait', '20'], env);
    expect(code).toBe(1);
    expect(err).toMatch(/accepted as item-7, .* lost .*\n.*--idempotency-key cli-[\w-]{36} asks again/);
  });

  test('sends once what is asked twice under one key', async () => {
    const app = await serving();
    await app.ready('shop');
    const once = [...hello, '--idempotency-key', 'order-7', '--json'];
    const [first, second] = [await call(once, env), await call(once, env)];
    expect(first.code).toBe(0);
    expect(jsonLines(second.out)).toMatchObject([
      { status: 'sent', messageId: jsonLines(first.out)[0]?.messageId },
    ]);
    expect(app.driver.whatsapp.deliveries('shop')).toHaveLength(1);
  });
});

describe('wakeeper qr', () => {
  const ESCAPE = '\u001b';

  test('shows the code until it is scanned, and ends when the instance is ready', async () => {
    const app = await serving({ times: { scanAfterMs: 700 } });
    const { code, out, err } = await call(['qr', 'shop', '--create', '--wait', '20'], env);
    expect(code).toBe(0);
    expect(err).toContain('Creating shop.');
    expect(out).toContain(`${ESCAPE}[38;5;16;48;5;231m`);
    expect(out).toContain('Scan it with WhatsApp on the phone of shop');
    expect(out.trimEnd().split('\n').at(-1)).toMatch(/^shop is ready as shop \(\d+@c\.us\)\.$/);
    expect(app.manager.get('shop').state).toBe('ready');
    expect(await call(['qr', 'shop'], env)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^shop is ready/),
    });
  });

  test('draws each new code over the one before, where a person looks', async () => {
    await serving({ times: { scanAfterMs: 2500, qrIntervalMs: 800 } });
    const { out } = await call(['qr', 'shop', '--create', '--wait', '20'], env, { isTTY: true });
    const pictures = out.split('Scan it with').length - 1;
    expect(pictures).toBeGreaterThan(1);
    expect(out.split(new RegExp(`${ESCAPE}\\[\\d+A${ESCAPE}\\[J`)).length - 1).toBe(pictures - 1);
  });

  test('prints each code and the end as a line of JSON', async () => {
    await serving({ times: { scanAfterMs: 300 } });
    const { out } = await call(['qr', 'shop', '--create', '--wait', '20', '--json'], env);
    const lines = jsonLines(out);
    expect(lines[0]).toMatchObject({
      id: 'shop',
      qr: expect.stringMatching(/^2@/),
      expiresAt: expect.any(String),
    });
    expect(lines.at(-1)).toMatchObject({ id: 'shop', state: 'ready' });
  });

  test('ends at its deadline, with 1 and with what to do', async () => {
    const app = await serving();
    await app.unpaired('shop');
    expect(await call(['qr', 'shop', '--wait', '0.5'], env)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/not ready within 0\.5 s: it is needs_qr.*\n.*Linked devices/),
    });
  });

  test('makes no instance, and starts none that a person has stopped, unless it is asked to', async () => {
    const app = await serving({ times: { scanAfterMs: 300 } });
    expect(await call(['qr', 'shop'], env)).toMatchObject({
      code: 1,
      err: expect.stringContaining('--create'),
    });
    expect(app.manager.list().items).toEqual([]);
    await app.manager.create({ id: 'shop', start: false });
    expect(await call(['qr', 'shop'], env)).toMatchObject({
      code: 1,
      err: expect.stringContaining('--start'),
    });
    expect(app.manager.get('shop').wanted).toBe('stopped');
    expect(await call(['qr', 'shop', '--start', '--wait', '20'], env)).toMatchObject({ code: 0 });
  });
});
