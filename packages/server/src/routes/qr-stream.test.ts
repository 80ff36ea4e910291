import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EventReading } from '../event-reading.fixture.js';
import { type OpenApp, type OpenAppOptions, openApp } from '../open-app.fixture.js';

let server: OpenApp;
const open = async (options: OpenAppOptions = {}) => {
  await server?.close();
  server = await openApp(options);
};
beforeEach(() => open());
afterEach(() => server.close());

const ask = (headers: Record<string, string>, query = '') =>
  server.request('GET', `/v1/instances/shop/qr${query}`, undefined, headers);
const follow = async () => new EventReading(await ask({ accept: 'text/event-stream' }));
const told = (reading: EventReading) =>
  reading.events.map(({ type, data }) => (type === 'qr' ? 'qr' : `${type} ${data.state} ${data.detail}`));
const scan = () => server.driver.whatsapp.phone('shop').scan();

describe('GET /v1/instances/:id/qr as server-sent events', () => {
  test('shows each code as it comes, and ends when it was scanned and is ready', async () => {
    await open({ times: { qrIntervalMs: 40 } });
    await server.manager.create({ id: 'shop' });
    const reading = await follow();
    await expect.poll(() => told(reading).filter((one) => one === 'qr').length).toBeGreaterThanOrEqual(3);
    scan();
    expect(await reading.ended).toBeNull();
    const codes = reading.events.filter(({ type }) => type === 'qr');
    expect(new Set(codes.map(({ data }) => data.qr)).size).toBe(codes.length);
    expect(codes[0]?.data).toEqual({
      qr: expect.stringMatching(/^2@/),
      issuedAt: expect.stringMatching(/Z$/),
      expiresAt: expect.stringMatching(/Z$/),
    });
    expect(told(reading)).toContain('state needs_qr showing');
    expect(told(reading).some((one) => one.startsWith('state connecting'))).toBe(true);
    expect(told(reading).at(-1)).toBe('end ready healthy');
    expect(server.events.readers).toBe(0);
  });

  test('ends at once for one that is ready, and 204 tells an EventSource that comes back to stay away', async () => {
    await server.ready('shop');
    const reading = await follow();
    expect(await reading.ended).toBeNull();
    expect([told(reading), reading.lastEventId]).toEqual([['end ready healthy'], 'end']);
    const again = await ask({ accept: 'text/event-stream', 'last-event-id': reading.lastEventId });
    expect([again.status, await again.text()]).toEqual([204, '']);
  });

  test('ends when nobody has scanned in time, and does not open the browser again by itself', async () => {
    await open({ manager: { qrTimeoutMs: 100 } });
    await server.unpaired('shop');
    const reading = await follow();
    expect(await reading.ended).toBeNull();
    expect(told(reading).at(-1)).toBe('end needs_qr expired');
    const openings = () => server.driver.whatsapp.openings('shop').length;
    const before = openings();
    const settled = await server.manager.whenSettled('shop', { timeoutMs: 5000 });
    expect(settled).toMatchObject({ state: 'needs_qr', detail: 'expired' });
    expect(openings()).toBe(before);

    const asked = await follow();
    await expect.poll(() => told(asked)).toContain('qr');
    expect(openings()).toBe(before + 1);
    await asked.close();
  });

  test.each([
    ['a stop', () => server.manager.stop('shop'), /^end disconnected /],
    ['a removal', () => server.manager.remove('shop'), /^end /],
  ])('ends with %s', async (_, act, last) => {
    await server.unpaired('shop');
    const reading = await follow();
    await expect.poll(() => told(reading)).toContain('qr');
    await act();
    expect(await reading.ended).toBeNull();
    expect(told(reading).at(-1)).toMatch(last);
  });

  test('lets go of all when its reader hangs up', async () => {
    await server.unpaired('shop');
    const readings = await Promise.all(Array.from({ length: 5 }, follow));
    await Promise.all(readings.map((reading) => expect.poll(() => told(reading)).toContain('qr')));
    expect(server.events.readers).toBe(5);
    await Promise.all(readings.map((reading) => reading.close()));
    expect(server.events.readers).toBe(0);
  });

  test('of an instance that is not there is 404, and takes no place', async () => {
    const response = await ask({ accept: 'text/event-stream' });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'INSTANCE_NOT_FOUND' });
    expect(server.events.readers).toBe(0);
  });

  test('takes no place for a HEAD', async () => {
    await server.unpaired('shop');
    const response = await server.app.request('/v1/instances/shop/qr?follow=true', { method: 'HEAD' });
    expect([response.status, server.events.readers]).toEqual([200, 0]);
  });
});

describe('GET /v1/instances/:id/qr?follow=true', () => {
  test('draws for a terminal: each code in the place of the last, then what became of it', async () => {
    await server.unpaired('shop');
    const response = await ask({ accept: 'text/plain' }, '?follow=true');
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    const answer = response.text();
    await expect.poll(() => server.events.readers).toBe(1);
    scan();
    const text = await answer;
    expect(text.startsWith('\u001b[2J')).toBe(true);
    const lines = stripVTControlCharacters(text).split('\n');
    expect(lines.filter((line) => /^[ ▄▀█]+$/.test(line)).length).toBeGreaterThan(20);
    expect(lines).toContain('Scan it with the phone: Settings, Linked devices.');
    expect(lines.at(-2)).toBe('shop is ready (healthy).');
  });

  test('is events for everybody else, and ?follow=false is the code of now', async () => {
    await server.unpaired('shop');
    const followed = await ask({ accept: '*/*' }, '?follow=true');
    expect(followed.headers.get('content-type')).toBe('text/event-stream');
    await followed.body?.cancel();
    const once = await ask({}, '?follow=false');
    expect(await once.json()).toMatchObject({ qr: expect.any(String) });
  });
});
