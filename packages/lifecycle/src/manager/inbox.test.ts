/** What becomes a fact of all that is heard: each thing once, nothing of ignored chats, and what came while nobody listened. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { endNodes, InboxNode } from './inbox-node.fixture.js';

const HOUR = 3_600_000;
const GROUP = '120363000000000001@g.us';
afterEach(endNodes);

describe('what is heard', () => {
  it('is told with all that is known of it', async () => {
    const node = await InboxNode.ready();
    const { id } = node.phone.receive({ from: '4915199999999@c.us', body: 'Hello' });
    node.phone.write({ to: '4915188888888@c.us', body: 'By hand' });
    await node.clock.advance(1);
    expect(node.of('message.received').map(({ body }) => body)).toEqual([
      {
        id,
        chatId: '4915199999999@c.us',
        fromMe: false,
        source: 'phone',
        phoneNumber: '4915199999999',
        lid: null,
        participant: null,
        pushName: '4915199999999',
        type: 'chat',
        body: 'Hello',
        media: null,
        location: null,
        quotedId: null,
        timestamp: expect.any(Number),
        backfilled: false,
      },
    ]);
    expect(node.of('message.created').map(({ body }) => body)).toMatchObject([
      { chatId: '4915188888888@c.us', fromMe: true, source: 'phone', body: 'By hand' },
    ]);
  });

  it('is created by the API when the queue has sent it', async () => {
    const node = await InboxNode.ready();
    const content = { type: 'message', payload: { to: '4915112345678', text: 'From a program' } } as const;
    await node.manager.send('shop', content, { waitMs: 0 });
    await node.clock.until(() => node.of('message.sent').length === 1);
    const sent = node.of('message.sent')[0]?.body;
    expect(node.of('message.created').map(({ body }) => body)).toMatchObject([
      { id: sent?.messageId, source: 'api', body: 'From a program' },
    ]);
  });

  it('is told of changes, deletions, reactions and votes', async () => {
    const node = await InboxNode.ready();
    const { id: messageId } = node.phone.receive({ body: 'Tow' });
    node.phone.edit(messageId, 'Two');
    node.phone.react(messageId, '👍');
    node.phone.react(messageId, null);
    node.phone.vote('true_4915100000001@c.us_3EB0POLL', ['yes']);
    node.phone.revoke(messageId);
    await node.clock.advance(1);
    expect(node.of('message.edited')[0]?.body).toMatchObject({ messageId, body: 'Two', previousBody: 'Tow' });
    expect(node.of('message.reaction').map(({ body }) => body.reaction)).toEqual(['👍', null]);
    expect(node.of('poll.vote')[0]?.body).toMatchObject({
      chatId: '4915100000001@c.us',
      selectedOptions: ['yes'],
    });
    expect(node.of('message.revoked')[0]?.body).toMatchObject({ messageId, scope: 'everyone' });
  });

  it('is told once, however often it is said, over a restart too', async () => {
    const node = await InboxNode.ready();
    const message = node.phone.receive({ body: 'Once' });
    const edit = node.phone.edit(message.id, 'Once!');
    const reaction = node.phone.react(message.id, '👍');
    const vote = node.phone.vote('true_4915100000001@c.us_3EB0POLL', ['yes']);
    const again = () => {
      for (const event of [
        { type: 'inbound', message } as const,
        { type: 'edited', edit } as const,
        { type: 'reaction', reaction } as const,
        { type: 'pollVote', vote } as const,
      ])
        node.whatsapp.browser('shop').say(event);
    };
    again();
    await node.clock.advance(1);
    await node.killed();
    again();
    await node.clock.advance(1);
    expect(node.facts.map(({ type }) => type).filter((type) => !type.startsWith('instance.'))).toEqual([
      'message.received',
      'message.edited',
      'message.reaction',
      'poll.vote',
    ]);
  });

  it('costs no fact in a chat that is ignored', async () => {
    const node = await InboxNode.ready({ ignoreChats: ['groups', 'status'] });
    const before = node.data.lastFact;
    const { id } = node.phone.receive({ chat: GROUP, body: 'To all' });
    node.phone.react(id, '👍');
    node.phone.edit(id, 'To all of you');
    node.phone.revoke(id);
    node.phone.receive({ chat: 'status@broadcast', body: 'My holidays' });
    node.phone.vote(`true_${GROUP}_3EB0POLL`, ['yes']);
    await node.clock.advance(1);
    expect(node.data.lastFact).toBe(before);
    node.phone.receive({ chat: '120363000000000009@newsletter', body: 'News' });
    await node.clock.advance(1);
    expect(node.told).toEqual([['News', false]]);
  });
});

it('tells all of a burst, however many come at once', async () => {
  const node = await InboxNode.ready();
  for (let count = 0; count < 3000; count += 1) node.phone.receive({ body: `${count}` });
  await node.clock.advance(1);
  expect(node.told).toHaveLength(3000);
  expect(node.complaints).toEqual([]);
});

describe('what came while the instance was not there', () => {
  it('is fetched after ready, in the order of time, marked, and once', async () => {
    const node = await InboxNode.ready();
    node.phone.receive({ body: 'Before' });
    await node.stopped();
    node.phone.receive({ body: 'One' });
    await node.clock.advance(2_000);
    node.phone.write({ body: 'Two, by hand' });
    await node.clock.advance(2_000);
    node.phone.receive({ chat: GROUP, body: 'Three' });
    await node.started();
    await node.stopped();
    await node.started();
    expect(node.told).toEqual([
      ['Before', false],
      ['One', true],
      ['Two, by hand', true],
      ['Three', true],
    ]);
  });

  it('is fetched after kill -9 of the process, and told once although the page tells it too', async () => {
    const node = await InboxNode.ready();
    node.whatsapp.faults('shop').always('offline', 'told');
    await node.killed({}, () => node.phone.receive({ body: 'Meanwhile' }));
    expect(node.told.map(([body]) => body)).toEqual(['Meanwhile']);
  });

  it('does not reach back behind the pairing: what the phone had before is no news', async () => {
    const node = InboxNode.make();
    await node.boot();
    node.phone.receive({ body: 'Long ago' });
    await node.clock.advance(5_000);
    node.whatsapp.pair('shop');
    await node.manager.create({ id: 'shop' });
    await node.isReady();
    expect(node.told).toEqual([]);
    expect(node.complaints).toEqual([]);
  });

  it('reaches back as many hours as the option says, and not at all with 0', async () => {
    const node = await InboxNode.ready({ inboundBackfillHours: 2 });
    await node.stopped();
    node.phone.receive({ body: 'Too long ago' });
    await node.clock.advance(HOUR);
    node.phone.receive({ body: 'In time' });
    await node.clock.advance(1.5 * HOUR);
    await node.started();
    expect(node.told).toEqual([['In time', true]]);
    const without = await InboxNode.ready({ inboundBackfillHours: 0 });
    await without.stopped();
    without.phone.receive({ body: 'Nobody listens' });
    await without.started();
    expect(without.told).toEqual([]);
  });

  it('knows what the API had sent, by its key', async () => {
    const node = await InboxNode.ready();
    const content = { type: 'message', payload: { to: '4915112345678', text: 'Sent' } } as const;
    await node.manager.send('shop', content, { waitMs: 0 });
    await node.clock.until(() => node.of('message.sent').length === 1);
    // As if the process had died before it could write down what it heard.
    node.data.told.clear();
    node.facts.length = 0;
    await node.killed();
    expect(node.of('message.created').map(({ body }) => body)).toMatchObject([
      { body: 'Sent', source: 'api', backfilled: true },
    ]);
  });

  it('is not lost by a message that is heard before it was fetched', async () => {
    const node = await InboxNode.ready();
    await node.stopped();
    node.phone.receive({ body: 'Missed' });
    await node.clock.advance(HOUR);
    node.whatsapp.faults('shop').always('fetchMessages', { reject: 'PAGE_HUNG' });
    await node.started();
    node.phone.receive({ body: 'Heard' });
    await node.clock.advance(1);
    await node.killed({}, () => node.whatsapp.faults('shop').clear('fetchMessages'));
    expect(node.told).toEqual([
      ['Heard', false],
      ['Missed', true],
    ]);
  });

  it('is tried again while the page does not give it, and said in the log', async () => {
    const node = await InboxNode.ready();
    await node.stopped();
    node.phone.receive({ body: 'Patience' });
    node.whatsapp.faults('shop').next('fetchMessages', { reject: 'PAGE_HUNG' }, 2);
    await node.started();
    await node.clock.until(() => node.told.length === 1, 60_000);
    expect(node.told).toEqual([['Patience', true]]);
    expect(node.complaints).toHaveLength(2);
    expect(node.complaints[0]).toContain('could not be fetched');
  });

  it('is given up at the end of ready, and asked for at the next one', async () => {
    const node = await InboxNode.ready();
    await node.stopped();
    node.phone.receive({ body: 'Later' });
    node.whatsapp.faults('shop').next('fetchMessages', { reject: 'PAGE_HUNG' });
    await node.started();
    await node.stopped();
    await node.clock.advance(HOUR);
    expect(node.told).toEqual([]);
    await node.started();
    expect(node.told).toEqual([['Later', true]]);
  });

  it('is asked for every ten minutes in the end, as long as the instance is ready', async () => {
    const node = await InboxNode.ready();
    await node.stopped();
    node.phone.receive({ body: 'In the end' });
    node.whatsapp.faults('shop').always('fetchMessages', { reject: 'PAGE_HUNG' });
    await node.started();
    await node.clock.advance(HOUR);
    expect(node.complaints).toHaveLength(9);
    node.whatsapp.faults('shop').clear('fetchMessages');
    await node.clock.advance(600_000);
    expect(node.told).toEqual([['In the end', true]]);
  });

  it('is told whole, however many there are', async () => {
    const node = await InboxNode.ready();
    await node.stopped();
    for (let count = 0; count < 450; count += 1) {
      node.phone.receive({ body: `${count}` });
      if (count % 50 === 0) await node.clock.advance(1_000);
    }
    await node.started();
    expect(node.told.map(([body]) => Number(body))).toEqual(Array.from({ length: 450 }, (_, count) => count));
  });

  it('is told whole, although all of it came in the same second', async () => {
    const node = await InboxNode.ready();
    await node.stopped();
    for (let count = 0; count < 3000; count += 1) node.phone.receive({ body: `${count}` });
    await node.started();
    await node.clock.until(() => node.told.length === 3000);
    expect(node.complaints).toEqual([]);
  });

  it('is told in part, and the log says so, when more came in one second than is fetched at once', async () => {
    const node = await InboxNode.ready();
    await node.stopped();
    const message = node.phone.receive({ body: 'One of many' });
    vi.spyOn(node.driver, 'fetchMessages').mockImplementation(async ({ limit }) => ({
      messages: Array.from({ length: limit }, (_, count) => ({ ...message, id: `${message.id}${count}` })),
      unreadable: [],
      more: true,
    }));
    await node.started();
    await node.clock.until(() => node.complaints.length > 0);
    expect(node.told).toHaveLength(10_000);
    expect(node.complaints[0]).toContain('more came meanwhile than is fetched at once');
  });

  it('is told as far as a driver gives it that never gives more at a time, and the log says so', async () => {
    const node = await InboxNode.ready();
    await node.stopped();
    const message = node.phone.receive({ body: 'One of a few' });
    const asked = vi
      .spyOn(node.driver, 'fetchMessages')
      .mockResolvedValue({ messages: [message], unreadable: [], more: true });
    await node.started();
    await node.clock.until(() => node.complaints.length > 0);
    expect(node.told).toHaveLength(1);
    expect(asked.mock.calls.length).toBeLessThan(5);
    expect(node.complaints[0]).toContain('more came meanwhile than is fetched at once');
  });
});

it('forgets in time what nobody can repeat any more', async () => {
  const options = { inboundBackfillHours: 1, healthCheckIntervalMs: HOUR };
  const node = await InboxNode.ready(options);
  node.phone.receive({ body: 'Old' });
  await node.clock.advance(40 * HOUR);
  expect(node.data.told.get('shop')?.size).toBe(1);
  await node.clock.advance(10 * HOUR);
  expect(node.data.told.get('shop')).toBeUndefined();
  await node.killed(options);
  expect(node.told).toHaveLength(1);
});
