/** What is told of an account that WhatsApp lets open no new chats: once when it begins and once when it is over. */
import { afterEach, describe, expect, it } from 'vitest';
import type { ItemContent } from '../domain/message.js';
import { endNodes, InboxNode } from './inbox-node.fixture.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const STRANGER = '4915100000055@c.us';
const FRIEND = '4915100000001@c.us';
const kind = 'RESTRICT_ALL_COMPANIONS';
const text = (to: string): ItemContent => ({ type: 'message', payload: { to, text: 'Hello' } });
afterEach(endNodes);

const alerts = (node: InboxNode): string[] =>
  node.facts.flatMap((fact) =>
    fact.type === 'alert.raised' || fact.type === 'alert.resolved'
      ? [`${fact.type} ${fact.body.name} ${fact.instanceId} ${fact.body.instances}`]
      : [],
  );
const RAISED = 'alert.raised account_restricted shop shop';
const RESOLVED = 'alert.resolved account_restricted shop shop';

async function restricted(hours: number | null): Promise<InboxNode> {
  const node = await InboxNode.ready();
  const until = hours === null ? null : node.clock.now() + hours * HOUR;
  node.whatsapp.restrict('shop', { kind, until });
  await node.clock.advance(1);
  return node;
}

describe('an account that may open no new chats', () => {
  it('is told by a fact, an alert and the view, and once', async () => {
    const node = await restricted(72);
    const until = node.clock.now() - 1 + 3 * DAY;
    expect(node.of('account.restricted').map(({ body }) => body)).toEqual([{ kind, until }]);
    expect(alerts(node)).toEqual([RAISED]);
    expect(node.of('alert.raised')[0]?.body.message).toContain(new Date(until).toISOString());
    expect(node.manager.get('shop').restriction).toEqual({ kind, until });
    node.whatsapp.restrict('shop', { kind, until });
    await node.killed();
    await node.clock.advance(HOUR);
    expect(node.of('account.restricted')).toHaveLength(1);
    expect(alerts(node)).toEqual([RAISED]);
    expect(node.manager.get('shop').restriction).toEqual({ kind, until });
  });

  it('is told again when the end has changed, under the same alert', async () => {
    const node = await restricted(72);
    const until = node.clock.now() + 6 * DAY;
    node.whatsapp.restrict('shop', { kind, until });
    await node.clock.advance(1);
    expect(node.of('account.restricted').map(({ body }) => body.until)).toEqual([expect.any(Number), until]);
    expect(alerts(node)).toEqual([RAISED]);
  });

  it('is free again by the word of the page', async () => {
    const node = await restricted(null);
    expect(node.manager.get('shop').restriction).toEqual({ kind, until: null });
    node.whatsapp.restrict('shop', null);
    await node.clock.advance(1);
    expect(alerts(node)).toEqual([RAISED, RESOLVED]);
    expect(node.manager.get('shop').restriction).toBe(null);
  });

  it('is free again when the time has passed, also after days', async () => {
    const node = await restricted(50);
    await node.stopped();
    await node.clock.advance(2 * DAY);
    expect(alerts(node)).toEqual([RAISED]);
    await node.clock.advance(3 * HOUR);
    expect(alerts(node)).toEqual([RAISED, RESOLVED]);
    expect(node.manager.get('shop').restriction).toBe(null);
  });

  it('is told to be free by a process that has not seen it restricted', async () => {
    const node = await restricted(72);
    await node.killed({}, () => node.whatsapp.restrict('shop', null));
    await node.clock.advance(1);
    expect(alerts(node)).toEqual([RAISED, RESOLVED]);
    await node.killed();
    await node.clock.advance(1);
    expect(alerts(node)).toEqual([RAISED, RESOLVED]);
  });

  it('is reported once over a restart, also where its facts are forgotten', async () => {
    const node = await restricted(72);
    node.data.facts.splice(0);
    await node.killed();
    await node.clock.advance(1);
    expect(alerts(node)).toEqual([RAISED]);
    expect(node.manager.get('shop').restriction).toMatchObject({ kind: expect.any(String) });
    await node.killed({}, () => node.whatsapp.restrict('shop', null));
    await node.clock.advance(1);
    expect(alerts(node)).toEqual([RAISED, RESOLVED]);
  });

  it('is over in its time also after a restart, where no page says so', async () => {
    const node = await restricted(3);
    await node.stopped();
    node.driver.die();
    await node.boot();
    expect(node.manager.get('shop')).toMatchObject({ state: 'disconnected', restriction: { kind } });
    await node.clock.advance(4 * HOUR);
    expect(alerts(node)).toEqual([RAISED, RESOLVED]);
    node.driver.die();
    await node.boot();
    await node.clock.advance(HOUR);
    expect(alerts(node)).toEqual([RAISED, RESOLVED]);
  });

  it('leaves no alert behind when its instance is removed', async () => {
    const node = await restricted(72);
    const removal = node.manager.remove('shop');
    await node.clock.until(() => alerts(node).length === 2);
    await removal;
    expect(alerts(node)).toEqual([RAISED, RESOLVED]);
  });

  it('sends to nobody new, once and for all, and goes on with the others', async () => {
    const node = await restricted(72);
    node.phone.receive({ from: FRIEND, body: 'Are you open?' });
    const [stranger, friend] = [
      await node.manager.send('shop', text(STRANGER), { waitMs: 0 }),
      await node.manager.send('shop', text(FRIEND), { waitMs: 0 }),
    ];
    await node.clock.until(() => node.of('message.sent').length === 1);
    expect(node.of('message.sent')[0]?.body.queueId).toBe(friend.queueId);
    expect(node.of('message.failed').map(({ body }) => body)).toMatchObject([
      {
        queueId: stranger.queueId,
        errorCode: 'RECIPIENT_TIMELOCKED',
        error: expect.stringContaining('until'),
      },
    ]);
    expect((await node.manager.queueItem('shop', stranger.queueId ?? '')).attemptCount).toBe(1);
    await node.clock.advance(HOUR);
    expect(node.whatsapp.frames('shop')).toHaveLength(1);
  });
});

describe('a new chat whose number WhatsApp says nothing about', () => {
  it('is tried by default', async () => {
    const node = await InboxNode.ready();
    node.whatsapp.faults('shop').always('exists', 'silence');
    await node.manager.send('shop', text(STRANGER), { waitMs: 0 });
    await node.clock.until(() => node.of('message.sent').length === 1);
  });

  it('is not opened where its word is required, and the message fails after the attempts', async () => {
    const node = await InboxNode.ready({ recipientCheck: 'required', maxSendAttempts: 3 });
    node.whatsapp.faults('shop').always('exists', 'silence');
    const { queueId } = await node.manager.send('shop', text(STRANGER), { waitMs: 0 });
    await node.clock.until(() => node.of('message.failed').length === 1);
    expect(node.of('message.failed')[0]?.body).toMatchObject({ queueId, errorCode: 'MAX_ATTEMPTS' });
    expect((await node.manager.queueItem('shop', queueId ?? '')).attemptCount).toBe(3);
    expect(node.whatsapp.frames('shop')).toEqual([]);
  });

  it('is opened where its word is required as soon as there is one', async () => {
    const node = await InboxNode.ready({ recipientCheck: 'required' });
    node.whatsapp.faults('shop').next('exists', 'silence');
    await node.manager.send('shop', text(STRANGER), { waitMs: 0 });
    await node.clock.until(() => node.of('message.sent').length === 1);
    expect(node.whatsapp.frames('shop')).toHaveLength(1);
  });
});
