/** The driver's contract: what an account can look up. */
import { describe, expect, it } from 'vitest';
import type { Chat, ChatPlace, NumberLookup } from '../domain/directory.js';
import { compareChatPlaces, placeOfChat } from '../domain/directory.js';
import type { DriverWorld, OpenedGeneration } from './driver-world.contract.js';
import { DEADLINE_MS, newId, newKey, RECIPIENT, textTo } from './driver-world.contract.js';

const numberOf = (chatId: string): string => chatId.split('@')[0] ?? chatId;

export function describeDirectory(world: () => DriverWorld): void {
  describe('looking up', () => {
    const lookUp = ({ ref }: OpenedGeneration, phoneNumber: string): Promise<NumberLookup> =>
      world().settled(world().driver.lookupNumber({ ...ref, phoneNumber, deadlineMs: DEADLINE_MS }));
    const chatsOf = (
      { ref }: OpenedGeneration,
      limit: number,
      after: ChatPlace | null = null,
    ): Promise<readonly Chat[]> =>
      world().settled(world().driver.listChats({ ...ref, limit, after, deadlineMs: DEADLINE_MS }));

    it('tells of a number whether it is on WhatsApp, where its chat is, and how WhatsApp has it', async () => {
      const { unknownRecipient, lengthenedNumber } = world().harness;
      const shop = await world().pair(newId('asking'));
      expect(await lookUp(shop, numberOf(RECIPIENT))).toEqual({
        exists: true,
        chatId: RECIPIENT,
        phoneNumber: numberOf(RECIPIENT),
        lid: expect.stringMatching(/^\d+@lid$/),
      });
      expect(await lookUp(shop, numberOf(unknownRecipient))).toEqual({
        exists: false,
        chatId: null,
        phoneNumber: numberOf(unknownRecipient),
        lid: null,
      });
      expect(await lookUp(shop, lengthenedNumber.written)).toMatchObject({
        exists: true,
        chatId: `${lengthenedNumber.registered}@c.us`,
        phoneNumber: lengthenedNumber.registered,
      });
    });

    it('lists the chats newest first, whole or page by page', async () => {
      const instanceId = newId('chatting');
      const shop = await world().pair(instanceId);
      const key = newKey();
      await shop.send(textTo(RECIPIENT, 'Hello'), key);
      await shop.isAcknowledged(key);
      await world().harness.receive(instanceId, 'Are you open?');
      const { message } = await shop.hears('inbound');
      const all = await chatsOf(shop, 50);
      expect(all).toHaveLength(2);
      expect(all.map(placeOfChat)).toEqual(all.map(placeOfChat).toSorted(compareChatPlaces));
      expect(all).toContainEqual({
        id: message.chatId,
        name: expect.any(String),
        isGroup: false,
        unreadCount: 1,
        isMarkedUnread: false,
        isArchived: false,
        isPinned: false,
        isMuted: false,
        timestamp: expect.any(Number),
      });
      expect(all).toContainEqual(expect.objectContaining({ id: world().recipientChat, unreadCount: 0 }));
      const [first] = await chatsOf(shop, 1);
      expect(first).toEqual(all[0]);
      const rest = await chatsOf(shop, 1, first ? placeOfChat(first) : null);
      expect(rest).toEqual([all[1]]);
      expect(await chatsOf(shop, 1, rest[0] ? placeOfChat(rest[0]) : null)).toEqual([]);
    });

    it('rejects while nobody is paired, and once it is closed', async () => {
      const fresh = world().open(newId('unpaired'));
      await fresh.hears('qr');
      await world().settled(fresh.opened);
      const { failure } = await world().failure(lookUp(fresh, numberOf(RECIPIENT)));
      expect(failure.code).toBe('DISCONNECTED');
      expect((await world().failure(chatsOf(fresh, 1))).failure.code).toBe('DISCONNECTED');
      await world().close(fresh.instanceId, 'graceful');
      await world().failure(lookUp(fresh, numberOf(RECIPIENT)));
      await world().failure(chatsOf(fresh, 1));
    });
  });
}
