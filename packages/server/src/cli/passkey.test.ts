import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { passkeySnippet } from '@wakeeper/lifecycle';
import { type SimulatedPasskeyRules, simulatedAssertion } from '@wakeeper/lifecycle/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type OpenApp, openApp } from '../open-app.fixture.js';
import { call } from './command-line.fixture.js';
import { runCli } from './program.js';

let opened: OpenApp;
let server: Server;
let env: Record<string, string>;
beforeEach(async () => {
  opened = await openApp();
  const { app } = opened;
  server = createAdaptorServer({ fetch: (request: Request) => app.fetch(request) }) as Server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  env = { WAKEEPER_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await opened.close();
});

const asked = (rules?: SimulatedPasskeyRules) => opened.linking('shop', rules);
const options = () => {
  const { passkey } = opened.manager.get('shop');
  if (!passkey) throw new Error('No passkey is asked for.');
  return passkey.options;
};
/** A person who types these lines once they are needed. */
const typing = (text: () => string) =>
  async function* lines() {
    yield* text().split('\n');
  };
const assertion = () => JSON.stringify(simulatedAssertion(options()));
const run = (text: () => string = assertion, ...more: string[]) =>
  call(['passkey', 'shop', ...more], env, { lines: typing(text) });

describe('wakeeper passkey', () => {
  test('says what to do with the snippet for these options, takes the JSON, and says that it is ready', async () => {
    await asked();
    const snippet = passkeySnippet(options());
    const { code, out, err } = await run();
    expect(code).toBe(0);
    expect(out).toContain(snippet);
    expect(out).toMatch(/Open https:\/\/web\.whatsapp\.com in a browser/);
    expect(out).toMatch(/shop is ready as shop \(\d+@c\.us\)\.\n$/);
    expect(err).toBe('WhatsApp has it. Keep the phone at hand.\n');
  });

  test('shows the code that a person compares with the phone', async () => {
    await asked({ code: true });
    const printed: string[] = [];
    const terminal = {
      out: (text: string) => void printed.push(text),
      err: () => {},
      lines: typing(assertion),
      isTTY: false,
      env,
    };
    const running = runCli(['passkey', 'shop'], terminal);
    // A person compares what the terminal shows.
    const shown = () => /confirm it there: (\S+)\n/.exec(printed.join(''))?.[1];
    await expect.poll(shown, { timeout: 5_000 }).toBeDefined();
    opened.driver.whatsapp.phone('shop').comparePasskeyCode(shown() ?? '');
    expect(await running).toBe(0);
  });

  test('waits until WhatsApp asks, and takes JSON that is broken over lines', async () => {
    opened.driver.whatsapp.requirePasskey('shop');
    await opened.unpaired('shop');
    const pretty = () => JSON.stringify(simulatedAssertion(options()), null, 2);
    const running = run(pretty);
    opened.driver.whatsapp.phone('shop').scan();
    const { code, err } = await running;
    expect([code, err]).toEqual([0, expect.stringMatching(/WhatsApp has it/)]);
  });

  test('takes the line also behind something else, and says that it was no assertion', async () => {
    await asked();
    const whole = assertion();
    const { code, err } = await run(() => `allow pasting\n${whole.slice(0, 20)}\n${whole}`);
    expect(code).toBe(0);
    expect(err).toMatch(/^That is no assertion: .*\nWhatsApp has it/);
  });

  test('prints for programs with --json', async () => {
    await asked();
    const wanted = options();
    const { out, err } = await run(assertion, '--json');
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines).toEqual([
      { id: 'shop', options: wanted, expiresAt: expect.stringMatching(/Z$/) },
      { id: 'shop', state: 'ready', me: expect.objectContaining({ pushName: 'shop' }) },
    ]);
    expect(err).toBe('');
  });

  test.each([
    ['nothing', '', /input ended before/],
    ['something else', 'undefined', /input ended before/],
    ['far too much', 'x'.repeat(70_000), /no assertion/],
    [
      'an assertion for other options',
      JSON.stringify(simulatedAssertion({ challenge: 'b3RoZXI' })),
      /another challenge/,
    ],
    ['another object', '{"a":1}', /assertion\.type/],
  ])('ends with 1 and what to do for %s, and the link goes on waiting', async (_, text, why) => {
    await asked();
    const { code, err } = await run(() => text);
    expect([code, err]).toEqual([1, expect.stringMatching(why)]);
    expect(opened.manager.get('shop').detail).toBe('passkey');
  });

  test('ends with 1 when WhatsApp refuses, and says how to begin again', async () => {
    await asked({ refuse: true });
    const { code, err } = await run();
    expect(code).toBe(1);
    expect(err).toMatch(/was not linked.*refused the passkey.*\n.*wakeeper qr shop/);
  });

  test('ends with 1 where no passkey is asked for in time, and with 0 where the account is linked', async () => {
    await opened.unpaired('shop');
    const { code, err } = await run(assertion, '--wait', '0.01');
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/asks for no passkey of shop.*showing.*\n.*wakeeper qr shop/),
    ]);
    await opened.ready('other');
    expect(await call(['passkey', 'other'], env)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^other is ready/),
    });
  });
});
