/** The driver's contract: what is done to messages and chats without sending a message. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { DriverWorld, OpenedGeneration } from './driver-world.contract.js';
import { DEADLINE_MS, newId, newKey, RECIPIENT, textTo } from './driver-world.contract.js';

export function describeActing(world: () => DriverWorld): void {
  describe('reacting and reading', () => {
    const instanceId = newId('reader');
    let isPaired = false;
    let reader: OpenedGeneration;
    beforeEach(async () => {
      reader = isPaired ? await world().ready(instanceId) : await world().pair(instanceId);
      isPaired = true;
    });
    const deadline = () => ({ ...reader.ref, deadlineMs: DEADLINE_MS });
    const react = (messageId: string, emoji: string): Promise<boolean> =>
      world().settled(world().driver.react({ ...deadline(), messageId, emoji }));
    const markRead = (chatId: string): Promise<boolean> =>
      world().settled(world().driver.markRead({ ...deadline(), chatId }));
    const received = async () => {
      await world().harness.receive(instanceId, 'Are you open?');
      return (await reader.hears('inbound')).message;
    };

    it('reacts to a message of another and to its own, and takes it back', async () => {
      const { id: another } = await received();
      const key = newKey();
      await reader.send(textTo(RECIPIENT, 'Mine'), key);
      await reader.isAcknowledged(key);
      const own = world().ownId(key);
      for (const id of [another, own]) expect(await react(id, '👍')).toBe(true);
      expect(await world().harness.reactions(instanceId)).toMatchObject({ [another]: '👍', [own]: '👍' });
      expect(await react(another, '')).toBe(true);
      expect(await world().harness.reactions(instanceId)).not.toHaveProperty([another]);
    });

    it.each([`false_${RECIPIENT}_3EB0NEVERCAME`, 'nonsense'])(
      'says that there is no message %s to react to',
      async (messageId) => {
        const before = await world().harness.reactions(instanceId);
        expect(await react(messageId, '👍')).toBe(false);
        expect(await world().harness.reactions(instanceId)).toEqual(before);
      },
    );

    it('marks a chat as read when it is asked to, and never by itself', async () => {
      const { chatId } = await received();
      const key = newKey();
      await reader.send(textTo(chatId, 'An answer'), key);
      await reader.isAcknowledged(key);
      expect(await world().harness.readChats(instanceId)).not.toContain(chatId);
      expect(await markRead(chatId)).toBe(true);
      expect(await world().harness.readChats(instanceId)).toContain(chatId);
    });

    it('says that there is no chat to mark', async () => {
      expect(await markRead(world().harness.unknownRecipient)).toBe(false);
      expect(await markRead('120363000000000000@newsletter')).toBe(false);
    });

    it('does neither in a page that is not paired', async () => {
      const fresh = world().open(newId('unpaired'));
      await fresh.hears('qr');
      await world().settled(fresh.opened);
      const ref = { ...fresh.ref, deadlineMs: DEADLINE_MS };
      await world().failure(world().driver.react({ ...ref, messageId: 'true_1@c.us_A', emoji: '👍' }));
      await world().failure(world().driver.markRead({ ...ref, chatId: RECIPIENT }));
    });
  });
}
