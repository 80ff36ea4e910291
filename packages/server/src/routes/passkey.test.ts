import { stripVTControlCharacters } from 'node:util';
import { type SimulatedPasskeyRules, simulatedAssertion } from '@wakeeper/lifecycle/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EventReading } from '../event-reading.fixture.js';
import { type OpenApp, openApp } from '../open-app.fixture.js';

let server: OpenApp;
beforeEach(async () => {
  server = await openApp();
});
afterEach(() => server.close());

const scanned = (rules?: SimulatedPasskeyRules) => server.linking('shop', rules);
const assertion = () => {
  const { passkey } = server.manager.get('shop');
  if (!passkey) throw new Error('No passkey is asked for.');
  return simulatedAssertion(passkey.options);
};
const submit = (body: unknown, query = '') =>
  server.request('POST', `/v1/instances/shop/passkey${query}`, body);

describe('POST /v1/instances/:id/passkey', () => {
  test('takes the assertion that the instance waits for, and answers 202 with the instance', async () => {
    await scanned({ code: true });
    const before = await server.json('GET', '/v1/instances/shop');
    expect(before).toMatchObject({
      state: 'needs_qr',
      detail: 'passkey',
      passkey: {
        options: { rpId: 'whatsapp.com', userVerification: 'required', extensions: { uvm: true } },
        stage: 'assertion',
        code: null,
        expiresAt: expect.stringMatching(/Z$/),
      },
    });
    const response = await submit({ assertion: assertion() });
    expect(response.status).toBe(202);
    const { passkey } = (await response.json()) as { passkey: { stage: string; code: string } };
    expect(passkey).toMatchObject({ stage: 'code', code: expect.stringMatching(/^\w{4}-\w{4}$/) });
    server.driver.whatsapp.phone('shop').comparePasskeyCode(passkey.code);
    await server.manager.whenReady('shop', { timeoutMs: 10_000, awaitScan: true });
    expect((await server.json('GET', '/v1/instances/shop')).passkey).toBeNull();
  });

  test('waits with ?wait until the link has come to its end', async () => {
    await scanned();
    const response = await submit({ assertion: assertion() }, '?wait=10');
    expect([response.status, await response.json()]).toMatchObject([202, { state: 'ready', passkey: null }]);
  });

  test('is 409 NO_PASSKEY where none is due, and says why', async () => {
    await server.unpaired('shop');
    const response = await submit({ assertion: simulatedAssertion({ challenge: 'Y2hhbGxlbmdl' }) });
    expect([response.status, await response.json()]).toMatchObject([
      409,
      { code: 'NO_PASSKEY', detail: expect.stringMatching(/needs_qr \(showing\)/) },
    ]);
  });

  test.each([
    ['nothing', {}],
    ['a text', { assertion: 'c2VjcmV0LXRleHQ' }],
    ['no signature', { assertion: { id: 'c2VjcmV0LXRleHQ', type: 'public-key', response: {} } }],
    ['a body that is the assertion itself', { id: 'c2VjcmV0LXRleHQ', type: 'public-key', response: {} }],
    ['something besides', { assertion: {}, secret: 'c2VjcmV0LXRleHQ' }],
  ])('of %s is 400, and repeats nothing of it', async (_, body) => {
    await scanned();
    const response = await submit(body);
    const text = await response.text();
    expect([response.status, text]).toEqual([400, expect.stringContaining('INVALID_INPUT')]);
    expect(text).not.toContain('c2VjcmV0LXRleHQ');
    expect(server.manager.get('shop').detail).toBe('passkey');
  });

  test('leaves nothing of the assertion in the log, the store, the history or the events', async () => {
    await scanned({ code: true });
    const reading = new EventReading(await server.request('GET', '/v1/events?since=0'));
    const given = assertion();
    server.driver.whatsapp.faults('shop').next('submitPasskey', { reject: 'PAGE_CRASHED' });
    const answers = [
      await (await submit({ assertion: given, x: 1 })).text(),
      await (await submit({ assertion: given })).text(),
      await (await submit({ assertion: given })).text(),
      await (await submit({ assertion: given })).text(),
    ];
    await expect.poll(() => reading.text).toContain('passkey.code');
    const { instances, facts, webhooks } = server.data;
    const history = await server.json('GET', '/v1/instances/shop/history');
    const kept = JSON.stringify([
      server.logged,
      answers,
      [...instances.values(), ...webhooks.values()],
      facts,
      history,
    ]);
    expect(server.logged.join()).toContain('/v1/instances/shop/passkey');
    for (const secret of [given.id, given.response.signature, given.response.clientDataJSON]) {
      expect(kept).not.toContain(secret);
      expect(reading.text).not.toContain(secret);
    }
    await reading.close();
  });
});

describe('who follows the code', () => {
  test('gets the passkey, the code to compare, and the end', async () => {
    server.driver.whatsapp.requirePasskey('shop', { code: true });
    await server.unpaired('shop');
    const reading = new EventReading(
      await server.request('GET', '/v1/instances/shop/qr', undefined, { accept: 'text/event-stream' }),
    );
    await expect.poll(() => reading.events.some(({ type }) => type === 'qr')).toBe(true);
    server.driver.whatsapp.phone('shop').scan();
    const passkeys = () => reading.events.filter(({ type }) => type === 'passkey').map(({ data }) => data);
    await expect.poll(passkeys).toEqual([
      {
        options: expect.objectContaining({ challenge: expect.any(String) }),
        stage: 'assertion',
        code: null,
        expiresAt: expect.stringMatching(/Z$/),
      },
    ]);
    await submit({ assertion: assertion() });
    await expect.poll(() => passkeys().at(-1)).toMatchObject({ stage: 'code', code: expect.any(String) });
    server.driver.whatsapp.phone('shop').comparePasskeyCode(String(passkeys().at(-1)?.code));
    expect(await reading.ended).toBeNull();
    expect(reading.events.at(-1)).toMatchObject({ type: 'end', data: { state: 'ready' } });
  });

  test('in a terminal reads what to do', async () => {
    await scanned();
    const response = await server.request('GET', '/v1/instances/shop/qr?follow=true', undefined, {
      accept: 'text/plain',
    });
    const answer = response.text();
    await expect.poll(() => server.events.readers).toBe(1);
    await submit({ assertion: assertion() });
    const lines = stripVTControlCharacters(await answer).split('\n');
    expect(lines).toContain('WhatsApp asks for a passkey of the account: wakeeper passkey shop');
    expect(lines.at(-2)).toBe('shop is ready (healthy).');
  });
});
