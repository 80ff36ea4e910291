/** The driver's contract: what others write, what the phone writes, what happens to it, and what a page has of it afterwards. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { DriverWorld, OpenedGeneration, Picture } from './driver-world.contract.js';
import { newId, newKey, RECIPIENT, textTo } from './driver-world.contract.js';

const GROUP = '120363000000000001@g.us';
const PICTURE: Picture = {
  mimetype: 'image/png',
  filename: 'dot.png',
  bytes: new Uint8Array([137, 80, 78, 71, 0, 255, 10, 13]),
};

export function describeReceiving(world: () => DriverWorld): void {
  describe('receiving', () => {
    const instanceId = newId('inbox');
    let isPaired = false;
    let shop: OpenedGeneration;
    beforeEach(async () => {
      shop = isPaired ? await world().ready(instanceId) : await world().pair(instanceId);
      isPaired = true;
    });
    const harness = () => world().harness;
    const fetched = async (request: Parameters<OpenedGeneration['fetchMessages']>[0] = {}) =>
      (await shop.fetchMessages(request)).messages;

    it('hears what others write, with all that the page knows of them', async () => {
      const id = await harness().receive(instanceId, 'Are you open?');
      const { message } = await shop.hears('inbound');
      expect(message).toMatchObject({
        id,
        fromMe: false,
        participant: null,
        type: 'chat',
        body: 'Are you open?',
        media: null,
        location: null,
        quotedId: null,
      });
      expect([`${message.phoneNumber}@c.us`, message.lid]).toContain(message.chatId);
      expect(message.pushName).toEqual(expect.stringMatching(/./));
      expect(message.timestamp % 1000).toBe(0);
      expect(message.timestamp).toBeGreaterThan(0);
    });

    it('says who wrote in a group', async () => {
      const id = await harness().receive(instanceId, 'Hello all', GROUP);
      const { message } = await shop.hears('inbound');
      expect(message).toMatchObject({ id, chatId: GROUP, fromMe: false, body: 'Hello all' });
      expect([`${message.phoneNumber}@c.us`, message.lid]).toContain(message.participant);
    });

    it('hears what the phone itself writes, and tells it from what it sent', async () => {
      const id = await harness().write(instanceId, 'Yes, till six');
      const { message, ours } = await shop.hears('created');
      expect(message).toMatchObject({ id, body: 'Yes, till six', fromMe: true, pushName: null });
      expect(ours).toBe(false);
      const key = newKey();
      await shop.send(textTo(RECIPIENT, 'By the way'), key);
      const own = await shop.hears('created', 2);
      expect(own.ours).toBe(true);
      expect(own.message).toMatchObject({
        id: world().ownId(key),
        chatId: world().recipientChat,
        phoneNumber: RECIPIENT.split('@')[0],
        fromMe: true,
        body: 'By the way',
      });
    });

    it('hears that a message was changed, and that it was deleted', async () => {
      const messageId = await harness().receive(instanceId, 'Tow pizzas');
      const { message } = await shop.hears('inbound');
      await harness().edit(instanceId, messageId, 'Two pizzas');
      const { edit } = await shop.hears('edited');
      const of = { messageId, chatId: message.chatId, fromMe: false, participant: null };
      expect(edit).toMatchObject({ ...of, body: 'Two pizzas', previousBody: 'Tow pizzas' });
      expect(edit.timestamp).toBeGreaterThan(0);
      await harness().revoke(instanceId, messageId);
      const { revocation } = await shop.hears('revoked');
      expect(revocation).toMatchObject({ ...of, scope: 'everyone' });
      expect(shop.types.filter((type) => type === 'inbound' || type === 'edited')).toEqual([
        'inbound',
        'edited',
      ]);
    });

    it('hears reactions, and that one was taken back', async () => {
      const messageId = await harness().receive(instanceId, 'We have won!');
      const { message } = await shop.hears('inbound');
      await harness().react(instanceId, messageId, '🎉');
      const { reaction: made } = await shop.hears('reaction');
      expect(made).toMatchObject({ messageId, chatId: message.chatId, fromMe: false, reaction: '🎉' });
      expect(made.sender).toMatch(/@/);
      await harness().react(instanceId, messageId, null);
      expect((await shop.hears('reaction', 2)).reaction).toMatchObject({ messageId, reaction: null });
    });

    it('has what came while it was closed, in the order of time, each as it would have been heard', async () => {
      await world().close(instanceId, 'graceful');
      const before = await harness().receive(instanceId, 'First');
      const own = await harness().write(instanceId, 'Second, by hand');
      const group = await harness().receive(instanceId, 'Third', GROUP);
      shop = await world().ready(instanceId);
      const messages = await fetched();
      const one = (id: string) => messages.find((message) => message.id === id);
      expect(one(before)).toMatchObject({ body: 'First', fromMe: false, phoneNumber: expect.any(String) });
      expect(one(own)).toMatchObject({ body: 'Second, by hand', fromMe: true });
      expect(one(group)).toMatchObject({
        body: 'Third',
        chatId: GROUP,
        participant: expect.stringMatching(/@(c\.us|lid)$/),
      });
      // WhatsApp counts seconds: within one of them no order is known.
      const times = messages.map(({ timestamp }) => timestamp);
      expect(times).toEqual([...times].sort((a, b) => a - b));
    });

    it('gives the oldest up to a limit, nothing from before, and nothing of chats that are ignored', async () => {
      const id = await harness().receive(instanceId, 'Not for the group');
      const group = await harness().receive(instanceId, 'For the group', GROUP);
      await shop.hears('inbound', 2);
      const all = await fetched();
      expect(all.map(({ timestamp }) => timestamp)).toEqual(
        all.map(({ timestamp }) => timestamp).sort((a, b) => a - b),
      );
      expect(await shop.fetchMessages({ limit: 1 })).toEqual({
        messages: all.slice(0, 1),
        unreadable: [],
        more: true,
      });
      const newest = all.at(-1)?.timestamp ?? 0;
      expect((await fetched({ since: newest })).every(({ timestamp }) => timestamp === newest)).toBe(true);
      expect(await shop.fetchMessages({ since: newest + 60_000 })).toEqual({
        messages: [],
        unreadable: [],
        more: false,
      });
      const ids = (await fetched({ ignore: ['groups'] })).map((message) => message.id);
      expect(ids).toContain(id);
      expect(ids).not.toContain(group);
    });

    it('says that a message cannot be read yet, by its key alone, and hears it once it can', async () => {
      const id = await harness().receiveUnreadable(instanceId, 'A secret');
      const { message: key } = await shop.hears('unreadable');
      expect(key).toMatchObject({ id, fromMe: false, participant: null });
      // The chat has the one name or the other, as WhatsApp writes it.
      expect([`${key.phoneNumber}@c.us`, key.lid]).toContain(key.chatId);
      expect(Object.keys(key).sort()).toEqual(
        ['id', 'chatId', 'fromMe', 'phoneNumber', 'lid', 'participant', 'timestamp'].sort(),
      );
      const before = await shop.fetchMessages();
      expect(before.unreadable).toEqual([key]);
      expect(before.messages.map((message) => message.id)).not.toContain(id);
      await harness().decrypt(instanceId, id);
      const { message } = await shop.hears('inbound');
      expect(message).toMatchObject({ ...key, type: 'chat', body: 'A secret' });
      const after = await shop.fetchMessages();
      expect(after.unreadable).toEqual([]);
      expect(after.messages.map((each) => each.id)).toContain(id);
    });

    it('hears what becomes readable after a restart, behind newer messages', async () => {
      const id = await harness().receiveUnreadable(instanceId, 'At last');
      await shop.hears('unreadable');
      await harness().receive(instanceId, 'Newer');
      await shop.hears('inbound');
      await world().close(instanceId, 'graceful');
      shop = await world().ready(instanceId);
      expect((await shop.fetchMessages()).unreadable.map((key) => key.id)).toEqual([id]);
      await harness().decrypt(instanceId, id);
      expect((await shop.hears('inbound')).message).toMatchObject({ id, body: 'At last' });
    });

    it('has what became readable while it was closed', async () => {
      const id = await harness().receiveUnreadable(instanceId, 'Meanwhile');
      await shop.hears('unreadable');
      await world().close(instanceId, 'graceful');
      await harness().decrypt(instanceId, id);
      shop = await world().ready(instanceId);
      const { messages, unreadable } = await shop.fetchMessages();
      expect(messages.find((message) => message.id === id)).toMatchObject({ body: 'Meanwhile' });
      expect(unreadable).toEqual([]);
    });

    it('has what the page stored without an event', async () => {
      const id = await harness().receiveSilently(instanceId, 'Not a word');
      expect((await fetched()).find((message) => message.id === id)).toMatchObject({ body: 'Not a word' });
      expect(shop.all('inbound')).toEqual([]);
    });

    it('fetches the file of a message, and says why there is none', async () => {
      const id = await harness().receivePicture(instanceId, PICTURE);
      const { message } = await shop.hears('inbound');
      const { mimetype, bytes } = PICTURE;
      expect(message).toMatchObject({ type: 'image', media: { mimetype, bytes: bytes.length } });
      expect(await shop.fetchMedia(id)).toMatchObject({ outcome: 'fetched', mimetype, bytes });
      expect(await shop.fetchMedia(id, bytes.length - 1)).toEqual({
        outcome: 'tooLarge',
        bytes: bytes.length,
      });
      const text = await harness().receive(instanceId, 'No picture');
      await shop.hears('inbound', 2);
      expect(await shop.fetchMedia(text)).toEqual({ outcome: 'noMedia' });
      expect(await shop.fetchMedia('false_4915100000077@c.us_NONE')).toEqual({ outcome: 'unknownMessage' });
      expect(await shop.fetchMedia('no id at all')).toEqual({ outcome: 'unknownMessage' });
    });

    it('gives nothing of a page that is not open', async () => {
      await world().close(instanceId, 'graceful');
      await world().failure(shop.fetchMessages());
      await world().failure(shop.fetchMedia('false_4915100000077@c.us_NONE'));
    });
  });
}
