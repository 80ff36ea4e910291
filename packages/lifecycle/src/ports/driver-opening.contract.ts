/** The driver's contract: how a generation opens, pairs, and becomes ready. */
import { describe, expect, it } from 'vitest';
import type { DriverEvent } from './driver.js';
import type { DriverWorld } from './driver-world.contract.js';
import { DEADLINE_MS, newId } from './driver-world.contract.js';

/** The order in which the steps of a pairing were heard, each once. */
const steps = (types: readonly DriverEvent['type'][]): readonly string[] =>
  [...new Set(types)].filter((type) => ['qr', 'scanned', 'authenticated', 'ready'].includes(type));

export function describeOpening(world: () => DriverWorld): void {
  describe('opening', () => {
    it('shows a code to a fresh instance, and is ready after the scan', async () => {
      const { harness, settled } = bound(world());
      const instanceId = newId('fresh');
      const fresh = world().open(instanceId);
      const { qr } = await fresh.hears('qr');
      expect(qr.split(',')).toHaveLength(5);
      await settled(fresh.opened);
      expect(fresh.types).not.toContain('authenticated');
      await harness.scan(instanceId);
      const { me } = await fresh.hears('ready');
      expect(steps(fresh.types)).toEqual(['qr', 'scanned', 'authenticated', 'ready']);
      expect(me?.id).toMatch(/^\d+@c\.us$/);
      await settled(fresh.probe());
    });

    it('links by phone number with the code that it was asked for', async () => {
      const { driver, harness, settled } = bound(world());
      const instanceId = newId('number');
      const fresh = world().open(instanceId);
      await fresh.hears('qr');
      await settled(fresh.opened);
      const request = { ...fresh.ref, phoneNumber: '4915112345678', deadlineMs: DEADLINE_MS };
      expect(await settled(driver.requestPairingCode(request))).toMatch(/^[A-Z0-9]{8}$/);
      await harness.scan(instanceId);
      await fresh.hears('ready');
      await world().failure(driver.requestPairingCode(request));
    });

    it('says when codes stop coming', async () => {
      const instanceId = newId('stalled');
      const fresh = world().open(instanceId);
      await fresh.hears('qr');
      await world().settled(fresh.opened);
      await world().harness.stopCodes(instanceId);
      await fresh.hears('qrStalled');
      expect(fresh.losses).toEqual([]);
    });

    it('restores a paired session without a code, in a new process too', async () => {
      const instanceId = newId('restored');
      await world().pair(instanceId);
      await world().close(instanceId, 'graceful');
      const second = await world().ready(instanceId);
      await world().restart();
      const third = await world().ready(instanceId);
      for (const { types } of [second, third]) expect(steps(types)).toEqual(['authenticated', 'ready']);
    });

    it('initializes the same client again after a soft close', async () => {
      const instanceId = newId('soft');
      await world().pair(instanceId);
      for (let round = 0; round < 2; round++) {
        await world().close(instanceId, 'soft');
        const again = await world().ready(instanceId, 'soft');
        expect(again.types).not.toContain('qr');
        await world().settled(again.probe());
      }
    });

    it('gives up a launch when its signal is aborted, and can open afterwards', async () => {
      const { harness, settled } = bound(world());
      const instanceId = newId('aborted');
      const given = world().open(instanceId);
      given.abort();
      expect((await world().failure(given.opened)).failure.code).toBe('ABORTED');
      await world().close(instanceId, 'kill');
      expect(await harness.browsers(instanceId)).toBe(0);
      const next = world().open(instanceId);
      await next.hears('qr');
      await settled(next.opened);
      expect(given.heard).toEqual([]);
    });

    it('refuses a second browser on the profile, and leaves the first as it is', async () => {
      const instanceId = newId('twice');
      const first = await world().pair(instanceId);
      const second = world().open(instanceId);
      expect((await world().failure(second.opened)).failure.code).toBe('PROFILE_IN_USE');
      expect(second.heard).toEqual([]);
      await world().settled(first.probe());
    });

    it('tells each instance what is its own', async () => {
      const { harness } = bound(world());
      const [one, two] = [newId('one'), newId('two')];
      const [first, second] = [await world().pair(one), world().open(two)];
      await second.hears('qr');
      await world().settled(second.opened);
      await harness.receive(one, 'for one alone');
      await first.hears('inbound');
      expect(steps(second.types)).toEqual(['qr']);
      expect(second.types).not.toContain('inbound');
    });

    it('adopts a profile that somebody made, without a new scan and twice from the same source', async () => {
      const { driver, harness, settled } = bound(world());
      const source = await harness.foreignProfile('free');
      for (const instanceId of [newId('adopted'), newId('adopted')]) {
        await settled(driver.adopt({ instanceId, source }));
        expect((await world().ready(instanceId)).types).not.toContain('qr');
        await world().close(instanceId, 'graceful');
      }
    });

    it('adopts nothing that a browser uses, or that is not there', async () => {
      const { driver, harness } = bound(world());
      const inUse = await harness.foreignProfile('inUse');
      const instanceId = newId('refused');
      expect(await world().refusal(driver.adopt({ instanceId, source: inUse }))).toBe('PROFILE_IN_USE');
      expect(await world().refusal(driver.adopt({ instanceId, source: `${inUse}-that-never-was` }))).toBe(
        'PROFILE_NOT_FOUND',
      );
    });
  });
}

const bound = (world: DriverWorld) => ({
  driver: world.driver,
  harness: world.harness,
  settled: <T>(promise: Promise<T>): Promise<T> => world.settled(promise),
});
