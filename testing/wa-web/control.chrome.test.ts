import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Browsers, next } from './browser.js';
import { connectWaWeb, type RemoteWaWeb } from './control-client.js';

const ME = '15550900';
const main = fileURLToPath(new URL('./main.ts', import.meta.url));

/** What the program prints: `name: value` a line. */
let printed: Record<string, string>;
let program: ReturnType<typeof spawn>;
let waWeb: RemoteWaWeb;
let browsers: Browsers;

async function start(...options: string[]) {
  program = spawn(
    process.execPath,
    ['--import', 'tsx', main, '--port', '0', '--control-port', '0', ...options],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  printed = {};
  if (!program.stdout) throw new Error('no output');
  const lines = createInterface(program.stdout);
  lines.on('line', (line) => {
    const [, name, value] = /^(\w+):\s+(.*)$/.exec(line) ?? [];
    if (name && value) printed[name] = value;
  });
  while (!printed.control) await once(lines, 'line');
  waWeb = await connectWaWeb(printed.control);
  browsers = new Browsers(waWeb);
}

// The last page on which the unmodified library gives a message its id.
beforeAll(() => start('--edition', '2026-05', '--sync-ms', '100', '--scan-after-ms', '1200'));
afterAll(async () => {
  await browsers.close();
  program.kill('SIGTERM');
  await once(program, 'exit');
});

test('another process pairs, faults, sends, receives and reads', async () => {
  const { client } = await browsers.paired(ME);
  await waWeb.setFaults({ withholdAcks: true }, ME);
  const { id } = await client.sendMessage('15559999@c.us', 'over there');
  expect(await waWeb.waitFor(ME, { sent: 1 })).toMatchObject({ phone: ME, connected: true });
  expect(await waWeb.sent(ME)).toMatchObject([{ id: id._serialized, body: 'over there' }]);
  const acked = next(client, 'message_ack');
  await waWeb.ack(ME, id._serialized, 1);
  await acked;
  const heard = next<{ body: string }>(client, 'message');
  await waWeb.receive(ME, { from: '15559999', body: 'over here' });
  expect((await heard).body).toBe('over here');
  await expect(waWeb.account('1')).rejects.toThrow('there is no account 1');
  expect(await waWeb.accounts()).toHaveLength(1);
});

test('a QR that nobody scans is scanned by the program; the browser is found by a path instead of flags', async () => {
  const client = browsers.client(await browsers.profile(), {
    puppeteer: {
      executablePath: printed.browser ?? '',
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    },
  });
  const ready = next(client, 'ready');
  await client.initialize();
  await ready;
  expect((await waWeb.accounts()).at(-1)).toMatchObject({
    connected: true,
    name: expect.stringContaining('1555'),
  });
});
