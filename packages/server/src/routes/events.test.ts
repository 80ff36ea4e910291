import type { FactDraft } from '@wakeeper/lifecycle';
import { VirtualClock } from '@wakeeper/lifecycle/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EventReading } from '../event-reading.fixture.js';
import { type OpenApp, type OpenAppOptions, openApp } from '../open-app.fixture.js';

const KEY = 'the-right-key';
let clock: VirtualClock;
let server: OpenApp;
const readings: EventReading[] = [];
const open = async (options: OpenAppOptions = {}) => {
  await server?.close();
  clock = new VirtualClock();
  server = await openApp({ ...options, events: { clock, ...options.events } });
};
beforeEach(() => open());
afterEach(async () => {
  await Promise.all(readings.splice(0).map((reading) => reading.close()));
  await server.close();
});

const get = (path: string, headers: Record<string, string> = {}) =>
  server.request('GET', path, undefined, headers);
const read = async (path = '/v1/events', lastEventId?: string) => {
  const headers: Record<string, string> = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
  const reading = new EventReading(await get(path, headers), lastEventId);
  readings.push(reading);
  return reading;
};
/** As a reader that is there, and has heard nothing yet. */
const listening = async (path?: string, lastEventId?: string) => {
  const reading = await read(path, lastEventId);
  await expect.poll(() => reading.text).toContain('retry: ');
  return reading;
};

const ack = (instanceId: string | null, messageId = 'm'): FactDraft => ({
  type: 'message.ack',
  instanceId,
  at: 1_767_225_600_000,
  body: { messageId, queueId: null, ack: 2, metadata: null },
});
const alert: FactDraft = {
  type: 'alert.raised',
  instanceId: null,
  at: 1_767_225_600_000,
  body: { name: 'X', message: 'Look.', instances: [] },
};
const acks = (count: number) => Array.from({ length: count }, (_, index) => ack('shop', `m${index}`));
const upTo = (count: number, from = 1) =>
  Array.from({ length: count - from + 1 }, (_, index) => from + index);

describe('GET /v1/events', () => {
  test('is a stream of server-sent events that no proxy gathers', async () => {
    const response = await get('/v1/events');
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    await response.body?.cancel();
  });

  test('tells each fact as a webhook would, with its number as the id', async () => {
    const reading = await listening();
    await server.tell([ack('shop')]);
    expect(await reading.first(1)).toEqual([
      {
        id: '1',
        type: 'message.ack',
        data: { instanceId: 'shop', seq: 1, messageId: 'm', queueId: null, ack: 2, metadata: null },
      },
    ]);
    expect(reading.text).toContain('"timestamp":"2026-01-01T00:00:00.000Z"');
    expect(reading.text).not.toContain('event:');
  });

  test('begins with what comes now, and says where that is, so that nothing is missed before the first event', async () => {
    await server.tell(acks(3));
    const reading = await listening();
    await reading.close();
    expect([reading.events, reading.lastEventId]).toEqual([[], '3']);
    await server.tell(acks(2));
    const again = await read('/v1/events', reading.lastEventId);
    await again.first(2);
    expect(again.numbers).toEqual([4, 5]);
  });

  test('goes on after Last-Event-ID, over many pages of the store and on into what comes', async () => {
    await server.tell(acks(1234));
    const reading = await read('/v1/events', '7');
    await server.tell(acks(5));
    await reading.first(1232);
    await server.tell(acks(5));
    await reading.first(1237);
    expect(reading.numbers).toEqual(upTo(1244, 8));
    expect(reading.events.every(({ id, data }) => Number(id) === data.seq)).toBe(true);
  });

  test('goes on after ?since, and the header of one that comes back wins', async () => {
    await server.tell(acks(5));
    const all = await read('/v1/events?since=0');
    await all.first(5);
    expect(all.numbers).toEqual([1, 2, 3, 4, 5]);
    const again = await read('/v1/events?since=0', '4');
    await again.first(1);
    expect(again.numbers).toEqual([5]);
  });

  test.each([
    ['?type=message.*', [1, 2, 4]],
    ['?type=alert.raised,poll.vote', [3]],
    ['?instance=shop', [1, 4]],
    ['?instance=shop,help', [1, 2, 4]],
    ['?instance=help&type=*', [2]],
  ])('%s: past and present facts that are wanted, and no others', async (query, wanted) => {
    const facts = [ack('shop'), ack('help'), alert, ack('shop')];
    await server.tell(facts);
    const reading = await read(`/v1/events${query}&since=0`);
    await reading.first(wanted.length);
    await server.tell([...facts, ack('shop'), ack('help'), alert]);
    await reading.first(wanted.length * 2);
    expect(reading.numbers.slice(0, wanted.length * 2)).toEqual([...wanted, ...wanted.map((one) => one + 4)]);
  });

  test.each([
    ['?type=message', 'type'],
    ['?type=', 'type'],
    ['?instance=a%20b', 'instance'],
    ['?since=-1', 'since'],
    ['?since=soon', 'since'],
  ])('%s is refused', async (query, path) => {
    const response = await get(`/v1/events${query}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'INVALID_INPUT', errors: [{ path }] });
  });

  test('refuses a Last-Event-ID that is no number', async () => {
    const response = await get('/v1/events', { 'last-event-id': '7; drop' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ path: 'Last-Event-ID' }] });
  });

  test('takes no place for a HEAD', async () => {
    expect((await server.app.request('/v1/events', { method: 'HEAD' })).status).toBe(200);
    expect(server.events.readers).toBe(0);
  });
});

describe('what is not there any more', () => {
  const shown = (reading: EventReading) =>
    reading.events.map(({ type, id, data }) =>
      type === 'gap' ? [id, data.reason, data.from, data.to] : Number(id),
    );
  const forget = (keep: number) => {
    server.data.facts = server.data.facts.slice(-keep);
  };

  test('is said as a gap, with the numbers that are missing', async () => {
    await server.tell(acks(10));
    forget(3);
    const reading = await read('/v1/events', '2');
    await reading.first(4);
    expect(shown(reading)).toEqual([['7', 'forgotten', 3, 7], 8, 9, 10]);
    expect(reading.events[0]?.data.message).toBe('Events 3 to 7 are not kept any more.');
  });

  test('is said as a gap too where nothing at all is left, and what comes follows', async () => {
    await server.tell(acks(10));
    server.data.facts = [];
    const reading = await read('/v1/events', '2');
    await reading.first(1);
    await server.tell(acks(1));
    await reading.first(2);
    expect(shown(reading)).toEqual([['10', 'forgotten', 3, 10], 11]);
  });

  test('is no gap for one that has it, and is said once to one that comes back', async () => {
    await server.tell(acks(10));
    forget(3);
    const reading = await read('/v1/events', '7');
    await reading.first(3);
    expect(shown(reading)).toEqual([8, 9, 10]);
  });

  test('is said to those who filter: it may have been theirs', async () => {
    await server.tell(acks(10));
    forget(3);
    const reading = await read('/v1/events?instance=help', '2');
    await server.tell([ack('help')]);
    await reading.first(2);
    expect(shown(reading)).toEqual([['7', 'forgotten', 3, 7], 11]);
  });

  test('was never there: an id of another store is told so, and gets all that is kept', async () => {
    await server.tell(acks(2));
    const reading = await read('/v1/events', '5000');
    await reading.first(3);
    expect(shown(reading)).toEqual([['0', 'unknown', null, null], 1, 2]);
  });
});

describe('heartbeats', () => {
  test('keep a silent stream awake, and move the place of a reader whose filter wants nothing', async () => {
    const reading = await listening('/v1/events?instance=help');
    await clock.advance(15_000);
    await expect.poll(() => reading.text).toMatch(/: heartbeat\n\n$/);
    await server.tell(acks(3));
    await clock.advance(15_000);
    await expect.poll(() => reading.lastEventId).toBe('3');
    expect(reading.events).toEqual([]);
  });
});

describe('readers', () => {
  test('are let go when they hang up: no place, no listener, no timer is left', async () => {
    const many = await Promise.all(Array.from({ length: 20 }, () => listening()));
    expect(server.events.readers).toBe(20);
    await Promise.all(many.map((reading) => reading.close()));
    expect(server.events.readers).toBe(0);
    expect(clock.pending).toBe(0);
  });

  test('beyond the limit are refused, until one leaves', async () => {
    await open({ events: { maxReaders: 2 } });
    const first = await listening();
    await listening();
    const refused = await get('/v1/events');
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('10');
    expect(await refused.json()).toMatchObject({ code: 'TOO_MANY_READERS' });
    await first.close();
    await listening();
  });

  test('get a proper end when the server closes, and nobody new is let in', async () => {
    const reading = await listening();
    await server.tell(acks(1));
    await reading.first(1);
    server.events.close();
    expect(await reading.ended).toBeNull();
    expect((await get('/v1/events')).status).toBe(503);
    expect(server.events.readers).toBe(0);
  });

  test('are cut off where the store cannot be read, and come back to where they were', async () => {
    await server.tell(acks(300));
    const { facts } = server.data;
    const reading = await read('/v1/events', '0');
    await reading.first(1);
    Object.defineProperty(server.data, 'facts', {
      configurable: true,
      get: () => {
        throw new Error('The disk is gone.');
      },
    });
    const cut = await read('/v1/events', '0');
    expect(await cut.ended).toBeInstanceOf(Error);
    expect(cut.numbers).toEqual([]);
    Object.defineProperty(server.data, 'facts', { value: facts, writable: true, configurable: true });
    const again = await read('/v1/events', cut.lastEventId || '0');
    await again.first(300);
    expect(again.numbers).toEqual(upTo(300));
  });
});

describe('POST /v1/events/tokens', () => {
  beforeEach(() => open({ app: { apiKeys: [KEY] } }));
  const withKey = { 'x-api-key': KEY };
  const token = async (body: object = {}) => {
    const response = await server.request('POST', '/v1/events/tokens', body, withKey);
    expect(response.status).toBe(201);
    return (await response.json()) as { token: string; expiresAt: string; instance: string | null };
  };
  const statusOf = async (path: string) => {
    const response = await get(path);
    await response.body?.cancel();
    return response.status;
  };

  test('gives what opens the events and the codes for five minutes', async () => {
    await server.manager.create({ id: 'shop', start: false });
    const made = await token();
    expect(made).toEqual({
      token: expect.stringMatching(/^[\w-]+\.[\w-]{43}$/),
      expiresAt: new Date(clock.now() + 300_000).toISOString(),
      instance: null,
    });
    const paths = [`/v1/events?token=${made.token}`, `/v1/instances/shop/qr?follow=true&token=${made.token}`];
    for (const path of paths) expect([path, await statusOf(path)]).toEqual([path, 200]);
    await clock.advance(299_999);
    expect(await statusOf(`/v1/events?token=${made.token}`)).toBe(200);
    await clock.advance(1);
    for (const path of paths) expect([path, await statusOf(path)]).toEqual([path, 401]);
  });

  test('opens nothing else', async () => {
    await server.manager.create({ id: 'shop', start: false });
    const made = await token();
    for (const path of ['/v1/instances', '/v1/instances/shop', '/v1/webhooks', '/v1/instances/shop/queue'])
      expect([path, await statusOf(`${path}?token=${made.token}`)]).toEqual([path, 401]);
    const query = `?token=${made.token}`;
    for (const path of ['/v1/events/tokens', '/v1/instances/shop/stop', '/v1/instances'])
      expect((await server.request('POST', path + query, {})).status).toBe(401);
    expect((await server.app.request(`/v1/events${query}`, { method: 'DELETE' })).status).toBe(401);
  });

  test('for one instance opens that one alone', async () => {
    for (const id of ['shop', 'help']) await server.manager.create({ id, start: false });
    const { token: own, instance } = await token({ instance: 'shop', ttlSeconds: 60 });
    expect(instance).toBe('shop');
    expect(await statusOf(`/v1/events?instance=shop&token=${own}`)).toBe(200);
    expect(await statusOf(`/v1/instances/shop/qr?follow=true&token=${own}`)).toBe(200);
    for (const path of [
      `/v1/events?token=${own}`,
      `/v1/events?instance=help&token=${own}`,
      `/v1/events?instance=shop,help&token=${own}`,
      `/v1/instances/help/qr?follow=true&token=${own}`,
    ])
      expect([path, await statusOf(path)]).toEqual([path, 401]);
    expect(await statusOf(`/v1/events?instance=shop&instance=help&token=${own}`)).toBe(400);
  });

  test('is worth nothing when it was changed', async () => {
    const { token: good } = await token({ instance: 'shop' });
    const [payload = '', signature = ''] = good.split('.');
    const forged = Buffer.from(JSON.stringify({ expiresAt: clock.now() + 1e9, instance: null })).toString(
      'base64url',
    );
    for (const bad of [
      `${forged}.${signature}`,
      `${payload}.${'A'.repeat(43)}`,
      payload,
      '.',
      `${good}x`,
      ' ',
    ])
      expect([bad, await statusOf(`/v1/events?token=${encodeURIComponent(bad)}`)]).toEqual([bad, 401]);
  });

  test('is good for every process with the same keys, and for none with others', async () => {
    const { token: good } = await token({ ttlSeconds: 3600 });
    await open({ app: { apiKeys: ['another', KEY] } });
    expect(await statusOf(`/v1/events?token=${good}`)).toBe(401);
    await open({ app: { apiKeys: [KEY] } });
    expect(await statusOf(`/v1/events?token=${good}`)).toBe(200);
  });

  test('never reaches the log', async () => {
    const { token: good } = await token();
    await statusOf(`/v1/events?token=${good}`);
    await statusOf(`/v1/events?token=${good}x`);
    await statusOf(`/v1/instances/nobody/qr?follow=true&token=${good}`);
    expect(server.logged.filter((line) => line.includes('/v1/'))).toHaveLength(3);
    expect(server.logged.join('')).not.toContain(good.slice(0, 20));
  });

  test.each([{ ttlSeconds: 0 }, { ttlSeconds: 3601 }, { instance: 'a b' }, { x: 1 }])(
    'of %j is refused',
    async (body) => {
      expect((await server.request('POST', '/v1/events/tokens', body, withKey)).status).toBe(400);
    },
  );
});
