/** What a ready instance finds by itself: messages without an event, and such as become readable late, or never. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { endNodes, InboxNode } from './inbox-node.fixture.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const GROUP = '120363000000000001@g.us';
/** The longest time between two looks, and to the next one. */
const LOOK = 6 * MINUTE;
afterEach(endNodes);

describe('a message that the page stored without an event', () => {
  it('is told within minutes, marked, and once', async () => {
    const node = await InboxNode.ready();
    node.phone.receive({ body: 'Heard' });
    node.phone.receive({ body: 'Not a word', silent: true });
    await node.clock.advance(LOOK);
    expect(node.told).toEqual([
      ['Heard', false],
      ['Not a word', true],
    ]);
    await node.clock.advance(5 * LOOK);
    await node.killed();
    await node.clock.advance(LOOK);
    expect(node.told).toHaveLength(2);
  });

  it('is told at the next ready at the latest, also where looking is switched off', async () => {
    const node = await InboxNode.ready({ lookBackMs: 0 });
    const asked = vi.spyOn(node.driver, 'fetchMessages');
    node.phone.receive({ body: 'Not a word', silent: true });
    await node.clock.advance(HOUR);
    expect(node.told).toEqual([]);
    expect(asked).not.toHaveBeenCalled();
    await node.killed();
    expect(node.told).toEqual([['Not a word', true]]);
  });

  it('costs an idle page one question each time, about minutes', async () => {
    const node = await InboxNode.ready();
    const asked = vi.spyOn(node.driver, 'fetchMessages');
    await node.clock.advance(HOUR);
    expect(asked.mock.calls.length).toBeGreaterThanOrEqual(9);
    expect(asked.mock.calls.length).toBeLessThanOrEqual(15);
    for (const [{ since, limit }] of asked.mock.calls.slice(1)) {
      expect(limit).toBeLessThanOrEqual(200);
      expect(since).toBeGreaterThan(node.clock.now() - HOUR - 20 * MINUTE);
    }
    const { since } = asked.mock.calls.at(-1)?.[0] ?? { since: 0 };
    expect(node.clock.now() - since).toBeLessThan(25 * MINUTE);
  });

  it('leaves what is on its way to its event', async () => {
    const node = await InboxNode.ready();
    const answers: number[] = [];
    const fetch = node.driver.fetchMessages.bind(node.driver);
    vi.spyOn(node.driver, 'fetchMessages').mockImplementation(async (request) => {
      // It is in the page, and its event comes a moment after the look.
      const message = node.phone.receive({ body: 'Just now', silent: true });
      const answer = await fetch(request);
      answers.push(answer.messages.length);
      node.clock.setTimeout(() => node.whatsapp.browser('shop').say({ type: 'inbound', message }), 500);
      return answer;
    });
    await node.clock.until(() => answers.length > 0, LOOK);
    await node.clock.advance(1_000);
    expect(answers).toEqual([1]);
    expect(node.told).toEqual([['Just now', false]]);
  });

  it('is looked for again after a look that failed, and the log says so', async () => {
    const node = await InboxNode.ready();
    node.whatsapp.faults('shop').next('fetchMessages', { reject: 'PAGE_HUNG' });
    node.phone.receive({ body: 'Not a word', silent: true });
    await node.clock.advance(LOOK);
    expect(node.told).toEqual([]);
    expect(node.complaints.join()).toContain('could not be looked through');
    await node.clock.advance(LOOK);
    expect(node.told).toEqual([['Not a word', true]]);
  });

  it('is not looked for behind the ready where nothing of before is wanted', async () => {
    const node = await InboxNode.ready({ inboundBackfillHours: 0 });
    await node.stopped();
    node.phone.receive({ body: 'Nobody listens' });
    await node.clock.advance(MINUTE);
    await node.started();
    node.phone.receive({ body: 'Not a word', silent: true });
    await node.clock.advance(LOOK);
    expect(node.told).toEqual([['Not a word', true]]);
  });

  it('of which there are more than one look takes is told by the next ones', async () => {
    const node = await InboxNode.ready();
    for (let count = 0; count < 4_000; count += 1) {
      node.phone.receive({ body: `${count}`, silent: true });
      if (count % 100 === 0) await node.clock.advance(1_000);
    }
    await node.clock.advance(4 * LOOK);
    expect(node.told).toHaveLength(4_000);
  });
});

describe('a message that cannot be read at first', () => {
  it('is told once it can be read, and not as unreadable', async () => {
    const node = await InboxNode.ready();
    const { id } = node.phone.receive({ body: 'A secret', unreadable: true });
    await node.clock.advance(MINUTE);
    expect(node.told).toEqual([]);
    node.phone.decrypt(id);
    await node.clock.advance(HOUR);
    expect(node.told).toEqual([['A secret', false]]);
    expect(node.of('message.unreadable')).toEqual([]);
  });

  it('is told after a restart, although it became readable meanwhile and newer ones were told before', async () => {
    const node = await InboxNode.ready();
    const { id } = node.phone.receive({ body: 'A secret', unreadable: true });
    // Beyond what a fetch overlaps.
    await node.clock.advance(30 * MINUTE);
    node.phone.receive({ body: 'Newer' });
    await node.clock.advance(1);
    await node.killed({}, () => node.phone.decrypt(id));
    expect(node.told).toEqual([
      ['Newer', false],
      ['A secret', true],
    ]);
    await node.killed();
    expect(node.told).toHaveLength(2);
  });

  it('is told after the second restart, when the first has found it unreadable still', async () => {
    const node = await InboxNode.ready();
    const { id } = node.phone.receive({ body: 'A secret', unreadable: true });
    await node.clock.advance(30 * MINUTE);
    node.phone.receive({ body: 'Newer' });
    await node.clock.advance(1);
    await node.killed();
    await node.clock.advance(30 * MINUTE);
    node.phone.receive({ body: 'Newest' });
    await node.clock.advance(HOUR);
    await node.killed({}, () => node.phone.decrypt(id));
    expect(node.told.map(([body]) => body)).toEqual(['Newer', 'Newest', 'A secret']);
  });

  it('is told as unreadable after ten minutes, by its key alone, and once', async () => {
    const node = await InboxNode.ready();
    const { id, chatId, timestamp } = node.phone.receive({ chat: GROUP, body: 'A secret', unreadable: true });
    await node.clock.advance(9 * MINUTE);
    expect(node.of('message.unreadable')).toEqual([]);
    await node.clock.advance(2 * MINUTE);
    expect(node.of('message.unreadable').map(({ body }) => body)).toEqual([
      {
        id,
        chatId,
        fromMe: false,
        phoneNumber: expect.any(String),
        lid: null,
        participant: expect.stringMatching(/@c\.us$/),
        timestamp,
      },
    ]);
    await node.clock.advance(HOUR);
    await node.killed();
    await node.clock.advance(HOUR);
    expect(node.of('message.unreadable')).toHaveLength(1);
    expect(JSON.stringify(node.facts)).not.toContain('A secret');
  });

  it('is told as unreadable too where the page never told of it, and where looking is switched off', async () => {
    const node = await InboxNode.ready({ lookBackMs: 0 });
    await node.stopped();
    node.phone.receive({ body: 'A secret', unreadable: true });
    await node.started();
    await node.clock.advance(11 * MINUTE);
    expect(node.of('message.unreadable')).toHaveLength(1);
  });

  it('is told with its content after all, when it can be read after that', async () => {
    const node = await InboxNode.ready();
    const { id } = node.phone.receive({ body: 'A secret', unreadable: true });
    await node.clock.advance(11 * MINUTE);
    expect(node.of('message.unreadable')).toHaveLength(1);
    node.phone.decrypt(id);
    await node.clock.advance(1);
    expect(node.told).toEqual([['A secret', false]]);
  });

  it('that the page read without an event is told by the look that would have called it unreadable', async () => {
    const node = await InboxNode.ready({ lookBackMs: 0 });
    const { id } = node.phone.receive({ body: 'A secret', unreadable: true });
    await node.clock.advance(MINUTE);
    node.whatsapp.account('shop').inbox.decrypt(id);
    await node.clock.advance(10 * MINUTE);
    expect(node.told).toEqual([['A secret', true]]);
    expect(node.of('message.unreadable')).toEqual([]);
  });

  it('is not told as unreadable when it was deleted meanwhile', async () => {
    const node = await InboxNode.ready();
    const { id } = node.phone.receive({ body: 'A secret', unreadable: true });
    await node.clock.advance(MINUTE);
    node.phone.revoke(id);
    await node.clock.advance(HOUR);
    expect(node.of('message.unreadable')).toEqual([]);
  });

  it('of the status is reported as unreadable as well, though a look does not read the status', async () => {
    const node = await InboxNode.ready();
    node.phone.receive({ chat: 'status@broadcast', body: 'A secret', unreadable: true });
    await node.clock.advance(30 * MINUTE);
    expect(node.of('message.unreadable')).toHaveLength(1);
  });

  it('is reported as unreadable where the page did not name all of them', async () => {
    const node = await InboxNode.ready();
    const fetch = node.driver.fetchMessages.bind(node.driver);
    vi.spyOn(node.driver, 'fetchMessages').mockImplementation(async (request) => ({
      ...(await fetch(request)),
      unreadable: [],
      isPartial: true,
    }));
    node.phone.receive({ body: 'A secret', unreadable: true });
    await node.clock.advance(30 * MINUTE);
    expect(node.of('message.unreadable')).toHaveLength(1);
  });

  it('costs no fact in a chat that is ignored', async () => {
    const node = await InboxNode.ready({ ignoreChats: ['groups'] });
    node.phone.receive({ chat: GROUP, body: 'A secret', unreadable: true });
    await node.clock.advance(HOUR);
    expect(node.of('message.unreadable')).toEqual([]);
  });

  it('does not keep the newer ones from being told, when there are more than one fetch takes', async () => {
    const node = await InboxNode.ready({ lookBackMs: 0 });
    node.phone.receive({ body: 'A secret', unreadable: true });
    await node.clock.advance(1);
    await node.stopped();
    const first = node.phone.receive({ body: 'First of many' });
    const fetch = node.driver.fetchMessages.bind(node.driver);
    // 30,000 that come one a second.
    vi.spyOn(node.driver, 'fetchMessages').mockImplementation(async (request) => {
      const { unreadable } = await fetch(request);
      const from = Math.max(0, Math.ceil((request.since - first.timestamp) / 1000));
      const count = Math.min(request.limit, 30_000 - from);
      const messages = Array.from({ length: count }, (_, at) => ({
        ...first,
        id: `${first.id}${from + at}`,
        timestamp: first.timestamp + (from + at) * 1000,
      }));
      return { messages, unreadable, more: from + count < 30_000 };
    });
    await node.clock.advance(10 * HOUR);
    for (let ready = 0; ready < 3; ready += 1) {
      await node.started();
      await node.clock.advance(MINUTE);
      await node.stopped();
    }
    await node.started();
    await node.clock.advance(MINUTE);
    expect(node.told).toHaveLength(30_000);
    expect(node.data.inboxes.get('shop')?.heardUntil).toBeGreaterThanOrEqual(first.timestamp + 29_999_000);
  });
});

describe('an instance that was there and could not hear', () => {
  const DAYS = 24 * HOUR;
  /** Its page cannot be understood from now on. */
  async function deaf(node: InboxNode): Promise<void> {
    node.whatsapp.changePage('shop', ['ids']);
    node.whatsapp.browser('shop').testPage();
    await node.clock.until(() => node.manager.get('shop').detail === 'incompatible');
  }
  /** The page is well again. */
  async function cured(node: InboxNode): Promise<void> {
    node.whatsapp.changePage('shop');
    await node.started();
  }

  it('fetches from when it was last well, whatever the hours say', async () => {
    const node = await InboxNode.ready({ inboundBackfillHours: 2 });
    node.phone.receive({ body: 'Long ago' });
    // It is well for days, and nothing comes.
    await node.clock.advance(3 * DAYS);
    await deaf(node);
    node.phone.receive({ body: 'Unheard' });
    await node.clock.advance(5 * DAYS);
    node.phone.receive({ body: 'Unheard too' });
    await cured(node);
    expect(node.told).toEqual([
      ['Long ago', false],
      ['Unheard', true],
      ['Unheard too', true],
    ]);
  });

  it('does not fetch what was left out before by the hours', async () => {
    const node = await InboxNode.ready({ inboundBackfillHours: 2 });
    await node.stopped();
    node.phone.receive({ body: 'Left out' });
    await node.clock.advance(DAYS);
    await node.started();
    await node.clock.advance(3 * HOUR);
    await deaf(node);
    node.phone.receive({ body: 'Unheard' });
    await node.clock.advance(3 * HOUR);
    await cured(node);
    expect(node.told).toEqual([['Unheard', true]]);
  });

  it('does so at the next ready, when the first one ended before it was done', async () => {
    const node = await InboxNode.ready({ inboundBackfillHours: 2 });
    await deaf(node);
    node.phone.receive({ body: 'Unheard' });
    await node.clock.advance(5 * DAYS);
    node.whatsapp.faults('shop').next('fetchMessages', { reject: 'PAGE_HUNG' });
    await cured(node);
    await node.stopped();
    expect(node.told).toEqual([]);
    await node.started();
    expect(node.told).toEqual([['Unheard', true]]);
  });

  it('does so over two restarts of the process before the page is well, and a kill before it was done', async () => {
    const options = { inboundBackfillHours: 2 };
    const node = await InboxNode.ready(options);
    await deaf(node);
    node.phone.receive({ body: 'Unheard' });
    await node.clock.advance(5 * DAYS);
    // The first process sees the page that is not well and is killed while it launches; so is the second.
    node.whatsapp.faults('shop').always('open', 'hang');
    for (let restarts = 0; restarts < 2; restarts += 1) {
      node.driver.die();
      await node.boot(options);
      await node.clock.until(() => node.manager.get('shop').detail === 'launching');
      await node.clock.advance(1_000);
    }
    node.whatsapp.faults('shop').clear();
    node.whatsapp.changePage('shop');
    node.whatsapp.faults('shop').next('fetchMessages', 'hang');
    await node.killed(options);
    expect(node.told).toEqual([]);
    await node.killed(options);
    expect(node.told).toEqual([['Unheard', true]]);
    await node.clock.advance(2 * HOUR);
    // It is well since: what it misses while it is stopped is as old as the hours say at the most.
    await node.stopped();
    node.phone.receive({ body: 'Left out' });
    await node.clock.advance(DAYS);
    await node.started();
    expect(node.told).toEqual([['Unheard', true]]);
  });

  it('repeats nothing, although the keys of what it told are older than they are kept', async () => {
    const node = await InboxNode.ready({ inboundBackfillHours: 1 });
    node.phone.receive({ body: 'Told' });
    await node.clock.advance(MINUTE);
    await deaf(node);
    node.phone.receive({ body: 'Unheard' });
    await node.clock.advance(6 * DAYS);
    await cured(node);
    expect(node.told).toEqual([
      ['Told', false],
      ['Unheard', true],
    ]);
  });

  it('does so also where nothing else is fetched afterwards', async () => {
    const node = await InboxNode.ready({ inboundBackfillHours: 0, lookBackMs: 0 });
    await deaf(node);
    node.phone.receive({ body: 'Unheard' });
    await node.clock.advance(DAYS);
    await cured(node);
    expect(node.told).toEqual([['Unheard', true]]);
    await node.stopped();
    node.phone.receive({ body: 'Nobody listens' });
    await node.started();
    expect(node.told).toEqual([['Unheard', true]]);
  });
});
