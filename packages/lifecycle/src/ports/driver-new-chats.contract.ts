/** The driver's contract: opening new chats, which WhatsApp may forbid, and for which its word may be required. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AccountRestriction } from '../domain/restriction.js';
import type { DriverWorld, OpenedGeneration } from './driver-world.contract.js';
import { newId, newKey, RECIPIENT, textTo } from './driver-world.contract.js';

/** What a look-up without an answer may take is a part of it. */
const DEADLINE_MS = 8_000;

let strangers = 0;
const stranger = (): string => `49151200${String(++strangers).padStart(5, '0')}@c.us`;

export function describeNewChats(world: () => DriverWorld): void {
  describe('opening new chats', () => {
    const instanceId = newId('caller');
    const until = (Math.floor(Date.now() / 1000) + 3 * 24 * 3_600) * 1000;
    const restriction: AccountRestriction = { kind: 'RESTRICT_ALL_COMPANIONS', until };
    let isPaired = false;
    let shop: OpenedGeneration;
    beforeEach(async () => {
      shop = isPaired ? await world().ready(instanceId) : await world().pair(instanceId);
      isPaired = true;
    });
    afterEach(async () => {
      await world().harness.restrict(instanceId, null);
      await world().harness.answerLookUps(instanceId);
    });
    const restrict = (next: AccountRestriction | null) => world().harness.restrict(instanceId, next);
    const deliveredOf = async (key: string): Promise<readonly string[]> =>
      (await world().harness.delivered(instanceId))
        .filter(({ messageKey }) => messageKey === key)
        .map(({ text }) => text);
    /** The driver has said it last. */
    const isSaid = async (expected: AccountRestriction | null): Promise<void> => {
      const wanted = JSON.stringify(expected);
      await world().harness.until(() => JSON.stringify(shop.all('timelock').at(-1)?.restriction) === wanted);
    };

    it('is refused while WhatsApp forbids it, with the end of that, and nothing is sent', async () => {
      await restrict(restriction);
      await isSaid(restriction);
      const key = newKey();
      const report = await shop.send(textTo(stranger(), 'Hello?'), key);
      expect(report).toMatchObject({ outcome: 'refused', code: 'RECIPIENT_TIMELOCKED', restriction });
      expect(report).toMatchObject({ message: expect.stringContaining(new Date(until).toISOString()) });
      expect(await deliveredOf(key)).toEqual([]);
      expect(await shop.findSent(key)).toEqual({ found: false, proof: true });
    });

    it('is not needed where there is a chat: those go on, no matter who wrote first', async () => {
      const key = newKey();
      await shop.send(textTo(RECIPIENT, 'There is a chat'), key);
      await shop.isAcknowledged(key);
      await world().harness.receive(instanceId, 'And another');
      const { message } = await shop.hears('inbound');
      await restrict(restriction);
      await isSaid(restriction);
      for (const to of [RECIPIENT, message.chatId]) {
        const again = newKey();
        expect(await shop.send(textTo(to, 'You know me'), again)).toMatchObject({ outcome: 'added' });
        await shop.isAcknowledged(again);
      }
    });

    it('is said to be forbidden again after a restart, and to be free when that is over', async () => {
      await restrict(restriction);
      await isSaid(restriction);
      await world().close(instanceId, 'graceful');
      shop = await world().ready(instanceId);
      await isSaid(restriction);
      await restrict(null);
      await isSaid(null);
      expect(await shop.send(textTo(stranger(), 'Hello!'))).toMatchObject({ outcome: 'added' });
    });

    it('is tried where WhatsApp does not say whether the number is registered, unless that is required', async () => {
      await world().harness.silenceLookUps(instanceId);
      const [to, key] = [stranger(), newKey()];
      const report = await shop.send(textTo(to, 'Are you there?'), key, DEADLINE_MS, 'required');
      expect(report).toMatchObject({ outcome: 'unsent', code: 'PAGE_UNAVAILABLE' });
      expect(await deliveredOf(key)).toEqual([]);
      const tried = await shop.send(textTo(to, 'Are you there?'), key, DEADLINE_MS, 'open');
      expect(tried).toMatchObject({ outcome: 'added' });
      await shop.isAcknowledged(key);
      const again = await shop.send(textTo(to, 'There is a chat'), newKey(), DEADLINE_MS, 'required');
      expect(again).toMatchObject({ outcome: 'added' });
    });
  });
}
