/** The driver's contract: messages out, what becomes of them, and messages in. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { DriverWorld, OpenedGeneration } from './driver-world.contract.js';
import { newId, newKey, RECIPIENT, textTo } from './driver-world.contract.js';

export function describeSending(world: () => DriverWorld): void {
  describe('sending and hearing', () => {
    const instanceId = newId('shop');
    let isPaired = false;
    let shop: OpenedGeneration;
    beforeEach(async () => {
      shop = isPaired ? await world().ready(instanceId) : await world().pair(instanceId);
      isPaired = true;
    });
    const deliveredOf = async (key: string): Promise<readonly string[]> =>
      (await world().harness.delivered(instanceId))
        .filter(({ messageKey }) => messageKey === key)
        .map(({ text }) => text);

    it('adds a message under our key, and hears the acknowledgement', async () => {
      const key = newKey();
      const report = await shop.send(textTo(RECIPIENT, 'Hello'), key);
      expect(report).toMatchObject({ outcome: 'added', messageId: world().ownId(key) });
      await shop.isAcknowledged(key);
      expect(shop.all('ack').find(({ messageKey }) => messageKey === key)?.messageId).toBe(
        world().ownId(key),
      );
      expect(await deliveredOf(key)).toEqual(['Hello']);
    });

    it('delivers in the order of the calls', async () => {
      const sent = [newKey(), newKey(), newKey()];
      for (const key of sent) {
        await shop.send(textTo(RECIPIENT, key), key);
        await shop.isAcknowledged(key);
      }
      const delivered = (await world().harness.delivered(instanceId)).map(({ messageKey }) => messageKey);
      expect(delivered.filter((key) => sent.includes(key))).toEqual(sent);
    });

    it('delivers once what is sent twice under one key', async () => {
      const key = newKey();
      await shop.send(textTo(RECIPIENT, 'Once'), key);
      await shop.isAcknowledged(key);
      expect(await shop.send(textTo(RECIPIENT, 'Once'), key)).toMatchObject({
        messageId: world().ownId(key),
      });
      expect(await deliveredOf(key)).toEqual(['Once']);
    });

    it('sends a poll, and hears who votes', async () => {
      const key = newKey();
      const payload = { to: RECIPIENT, question: 'Tea or coffee?', options: ['Tea', 'Coffee'] };
      const report = await shop.send({ type: 'poll', payload }, key);
      expect(report).toMatchObject({ outcome: 'added', messageId: world().ownId(key) });
      await shop.isAcknowledged(key);
      expect(await deliveredOf(key)).toEqual(['Tea or coffee?']);
      await world().harness.vote(instanceId, world().ownId(key), 'Coffee');
      const { vote } = await shop.hears('pollVote');
      expect(vote).toMatchObject({ messageId: world().ownId(key), selectedOptions: ['Coffee'] });
      expect(vote.voter).toMatch(/@/);
    });

    it('mentions people, and quotes what the account has: its own message and another’s', async () => {
      await world().harness.receive(instanceId, 'Are you open?');
      const { message: received } = await shop.hears('inbound');
      const [plain, answer] = [newKey(), newKey()];
      const mentions = ['4915100000001@c.us', '4915100000002@c.us'];
      const quoting = (text: string, quotedMessageId: string) =>
        ({ type: 'message', payload: { to: RECIPIENT, text, mentions, quotedMessageId } }) as const;
      await shop.send(quoting('@4915100000001 and @4915100000002', received.id), plain);
      await shop.isAcknowledged(plain);
      await shop.send(quoting('Once more', world().ownId(plain)), answer);
      await shop.isAcknowledged(answer);
      const delivered = await world().harness.delivered(instanceId);
      const expected = { mentions, quotedKey: received.id.split('_')[2] };
      expect(delivered.find(({ messageKey }) => messageKey === plain)).toMatchObject(expected);
      expect(delivered.find(({ messageKey }) => messageKey === answer)).toMatchObject({ quotedKey: plain });
    });

    it.each([`true_${RECIPIENT}_3EB0NEVERSENT`, 'nonsense'])(
      'refuses to quote what the account does not have (%s), and sends nothing',
      async (quotedMessageId) => {
        const key = newKey();
        const content = {
          type: 'message',
          payload: { to: RECIPIENT, text: 'Answer', quotedMessageId },
        } as const;
        expect(await shop.send(content, key)).toMatchObject({
          outcome: 'refused',
          code: 'QUOTED_MESSAGE_NOT_FOUND',
        });
        expect(await deliveredOf(key)).toEqual([]);
        expect(await shop.findSent(key)).toEqual({ found: false, proof: true });
      },
    );

    it('refuses a recipient who is not on WhatsApp', async () => {
      const report = await shop.send(textTo(world().harness.unknownRecipient, 'Anybody?'));
      expect(report).toMatchObject({ outcome: 'refused', code: 'RECIPIENT_NOT_FOUND' });
    });

    it('reports as unsent what was meant for a page that is not open', async () => {
      await world().close(instanceId, 'graceful');
      expect(await shop.send(textTo(RECIPIENT, 'Too late'))).toMatchObject({
        outcome: 'unsent',
        code: 'PAGE_UNAVAILABLE',
      });
      const fresh = world().open(newId('unpaired'));
      await fresh.hears('qr');
      await world().settled(fresh.opened);
      expect(await fresh.send(textTo(RECIPIENT, 'Too early'))).toMatchObject({
        outcome: 'unsent',
        code: 'PAGE_UNAVAILABLE',
      });
    });

    it('finds what it sent, also after a restart', async () => {
      const key = newKey();
      await shop.send(textTo(RECIPIENT, 'Find me'), key);
      await shop.isAcknowledged(key);
      const messageId = world().ownId(key);
      expect(await shop.findSent(key)).toMatchObject({
        found: true,
        messageId,
        ack: expect.toSatisfy(isAtLeastOne),
      });
      await world().close(instanceId, 'graceful');
      const again = await world().ready(instanceId);
      expect(await again.findSent(key)).toMatchObject({
        found: true,
        messageId,
        ack: expect.toSatisfy(isAtLeastOne),
      });
    });

    it('does not take the absence of a message that it never sent for a proof', async () => {
      expect(await shop.findSent(newKey())).toEqual({ found: false, proof: false });
    });

    it('proves by its absence that a refused message was not sent, as long as the page is the same', async () => {
      const key = newKey();
      const { unknownRecipient } = world().harness;
      await shop.send(textTo(unknownRecipient, 'Anybody?'), key);
      expect(await shop.findSent(key, unknownRecipient)).toEqual({ found: false, proof: true });
      await world().close(instanceId, 'graceful');
      const again = await world().ready(instanceId);
      expect(await again.findSent(key, unknownRecipient)).toEqual({ found: false, proof: false });
    });

    it('proves nothing by the absence of a message that the page has forgotten, and delivers it once all the same', async () => {
      const key = newKey();
      await shop.send(textTo(RECIPIENT, 'Forgotten'), key);
      await shop.isAcknowledged(key);
      await world().close(instanceId, 'graceful');
      await world().harness.forgetHistory(instanceId);
      const again = await world().ready(instanceId);
      expect(await again.findSent(key)).toEqual({ found: false, proof: false });
      expect(await again.send(textTo(RECIPIENT, 'Forgotten'), key)).toMatchObject({ outcome: 'added' });
      await again.isAcknowledged(key);
      expect(await deliveredOf(key)).toEqual(['Forgotten']);
    });

    it('knows a message as pending while the acknowledgement is withheld, and hears it late', async () => {
      const key = newKey();
      await world().harness.withholdAcks(instanceId);
      expect(await shop.send(textTo(RECIPIENT, 'Pending'), key)).toMatchObject({ outcome: 'added', ack: 0 });
      expect(await shop.findSent(key)).toMatchObject({ found: true, ack: 0 });
      expect(shop.types).not.toContain('ack');
      await world().harness.releaseAcks(instanceId);
      await shop.isAcknowledged(key);
    });
  });
}

const isAtLeastOne = (ack: unknown): boolean => typeof ack === 'number' && ack >= 1;
