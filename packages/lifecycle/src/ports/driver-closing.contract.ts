/** The driver's contract: how things end, and that nothing is left of them. */
import { describe, expect, it } from 'vitest';
import type { CloseMode, Driver } from './driver.js';
import type { DriverWorld, OpenedGeneration } from './driver-world.contract.js';
import { DEADLINE_MS, newId, newKey, RECIPIENT, SHORT_MS } from './driver-world.contract.js';

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Every call that rejects, made to a generation. */
const calls: Record<string, (driver: Driver, ref: OpenedGeneration['ref']) => Promise<unknown>> = {
  probe: (driver, ref) => driver.probe({ ...ref, deadlineMs: SHORT_MS }),
  reload: (driver, ref) => driver.reload({ ...ref, deadlineMs: SHORT_MS }),
  findSent: (driver, ref) =>
    driver.findSent({ ...ref, to: RECIPIENT, messageKey: newKey(), deadlineMs: SHORT_MS }),
  requestPairingCode: (driver, ref) =>
    driver.requestPairingCode({ ...ref, phoneNumber: '4915112345678', deadlineMs: SHORT_MS }),
  react: (driver, ref) =>
    driver.react({ ...ref, messageId: `true_${RECIPIENT}_${newKey()}`, emoji: '👍', deadlineMs: SHORT_MS }),
  markRead: (driver, ref) => driver.markRead({ ...ref, chatId: RECIPIENT, deadlineMs: SHORT_MS }),
  screenshot: (driver, ref) => driver.screenshot({ ...ref, deadlineMs: SHORT_MS }),
  logout: (driver, ref) => driver.logout({ ...ref, deadlineMs: SHORT_MS }),
};

export function describeClosing(world: () => DriverWorld): void {
  describe('closing', () => {
    it.each(['soft', 'graceful', 'kill', 'forget'] satisfies CloseMode[])(
      'closes (%s) what is open, again what is closed, and what never was',
      async (mode) => {
        const instanceId = newId('closed');
        const fresh = world().open(instanceId);
        await fresh.hears('qr');
        await world().settled(fresh.opened);
        for (let round = 0; round < 2; round++) {
          await world().close(instanceId, mode);
          expect(await world().harness.browsers(instanceId)).toBe(0);
        }
        await world().close(newId('never'), mode);
      },
    );

    it('shares one teardown among closes at the same time, and honours the strongest', async () => {
      const { driver, harness } = world();
      const instanceId = newId('shared');
      await world().pair(instanceId);
      const closes = (['soft', 'graceful', 'forget', 'kill'] as const).map((mode) =>
        driver.close({ instanceId, mode, deadlineMs: DEADLINE_MS }),
      );
      await world().settled(Promise.all(closes));
      expect(await harness.browsers(instanceId)).toBe(0);
      await world().open(instanceId).hears('qr');
    });

    it('says nothing after the close has resolved', async () => {
      const { harness } = world();
      const instanceId = newId('silent');
      const first = await world().pair(instanceId);
      await world().close(instanceId, 'graceful');
      const heard = first.heard.length;
      // What happens to the next generation is what the one before would still hear, if it listened.
      const second = await world().ready(instanceId);
      await harness.receive(instanceId, 'for the second');
      await second.hears('inbound');
      await harness.killBrowser(instanceId);
      await second.hears('lost');
      expect(first.heard).toHaveLength(heard);
    });

    it('ends an opening that is under way', async () => {
      const instanceId = newId('opening');
      const opening = world().open(instanceId);
      await world().close(instanceId, 'kill');
      await world().failure(opening.opened);
      expect(await world().harness.browsers(instanceId)).toBe(0);
    });

    it('kills at the deadline what does not end by itself', async () => {
      const { harness } = world();
      const instanceId = newId('frozen');
      await world().pair(instanceId);
      await harness.freezeBrowser(instanceId);
      const before = harness.now();
      await world().close(instanceId, 'graceful', SHORT_MS);
      expect(harness.now() - before).toBeLessThan(SHORT_MS + GRACE_MS);
      expect(await harness.browsers(instanceId)).toBe(0);
    });

    it.each(Object.keys(calls))('rejects %s to a generation that is not open', async (name) => {
      const call = calls[name] as (typeof calls)[string];
      const ref = { instanceId: newId('nowhere'), generation: 1 };
      const error = await world().failure(call(world().driver, ref));
      expect(error.failure.message).not.toBe('');
    });

    it('does not mistake one generation for the next', async () => {
      const instanceId = newId('stale');
      const first = await world().pair(instanceId);
      await world().close(instanceId, 'soft');
      const second = await world().ready(instanceId, 'soft');
      for (const call of Object.values(calls)) await world().failure(call(world().driver, first.ref));
      await world().settled(second.probe());
      expect(second.losses).toEqual([]);
    });

    it('takes a picture of the page', async () => {
      const instanceId = newId('picture');
      const fresh = world().open(instanceId);
      await fresh.hears('qr');
      await world().settled(fresh.opened);
      const picture = await world().settled(
        world().driver.screenshot({ ...fresh.ref, deadlineMs: DEADLINE_MS }),
      );
      expect([...picture.slice(0, PNG.length)]).toEqual(PNG);
    });

    it('logs out: the pairing, the browser and the profile are gone, and nothing is lost by it', async () => {
      const { driver, harness } = world();
      const instanceId = newId('leaving');
      const paired = await world().pair(instanceId);
      await world().settled(driver.logout({ ...paired.ref, deadlineMs: DEADLINE_MS }));
      expect(await harness.browsers(instanceId)).toBe(0);
      await world().close(instanceId, 'forget');
      expect(paired.losses).toEqual([]);
      await world().open(instanceId).hears('qr');
    });

    it.each(['forget', 'remove'] as const)('asks for a code after %s', async (how) => {
      const { driver } = world();
      const instanceId = newId('gone');
      await world().pair(instanceId);
      await world().close(instanceId, how === 'forget' ? 'forget' : 'graceful');
      if (how === 'remove') await world().settled(driver.remove(instanceId));
      await world().open(instanceId).hears('qr');
    });

    it('removes nothing from under a browser, and what never was without complaint', async () => {
      const { driver } = world();
      const instanceId = newId('used');
      const paired = await world().pair(instanceId);
      await world().failure(driver.remove(instanceId));
      await world().settled(paired.probe());
      await world().settled(driver.remove(newId('never')));
    });

    it('ends everything at shutdown, keeps what is paired, and opens nothing afterwards', async () => {
      const { driver, harness } = world();
      const [one, two] = [newId('last'), newId('last')];
      await world().pair(one);
      const opening = world().open(two);
      await world().settled(Promise.all([driver.shutdown(), driver.shutdown()]));
      await world()
        .settled(opening.opened)
        .catch(() => {});
      for (const instanceId of [one, two]) expect(await harness.browsers(instanceId)).toBe(0);
      await world().failure(world().open(one).opened);
      await world().restart();
      expect((await world().ready(one)).types).not.toContain('qr');
    });
  });
}

/** What a machine under load may add to a deadline. */
const GRACE_MS = 5_000;
