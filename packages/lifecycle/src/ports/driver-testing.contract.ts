/** The driver's contract: what it says of the page that it drives, before it is ready and when it is asked. */
import { beforeEach, describe, expect, it } from 'vitest';
import { PAGE_CAPABILITIES, type PageCapability, REQUIRED_CAPABILITIES } from '../domain/page-report.js';
import type { DriverWorld, OpenedGeneration } from './driver-world.contract.js';
import { DEADLINE_MS, newId } from './driver-world.contract.js';

export function describeTesting(world: () => DriverWorld): void {
  describe('testing the page', () => {
    const instanceId = newId('tested');
    let isPaired = false;
    let tested: OpenedGeneration;
    beforeEach(async () => {
      await world().harness.changePage(instanceId, []);
      tested = isPaired ? await world().ready(instanceId) : await world().pair(instanceId);
      isPaired = true;
    });
    const testAgain = async (generation = tested) => {
      const count = generation.all('pageTested').length + 1;
      await world().settled(world().driver.testPage({ ...generation.ref, deadlineMs: DEADLINE_MS }));
      return (await generation.hears('pageTested', count)).report;
    };
    const lacks = async (): Promise<readonly PageCapability[]> => {
      const { capabilities } = await testAgain();
      return PAGE_CAPABILITIES.filter((name) => !capabilities[name].ok);
    };

    it('reports on each document just before it is ready', async () => {
      await world().settled(world().driver.reload({ ...tested.ref, deadlineMs: DEADLINE_MS }));
      await tested.hears('ready', 2);
      const steps = tested.types.filter((type) => type === 'ready' || type === 'pageTested');
      expect(steps).toEqual(['pageTested', 'ready', 'pageTested', 'ready']);
      for (const { report } of tested.all('pageTested')) {
        expect(Object.keys(report.capabilities).sort()).toEqual([...PAGE_CAPABILITIES].sort());
        for (const name of REQUIRED_CAPABILITIES)
          expect(report.capabilities[name], name).toEqual({ ok: true, missing: [] });
        expect(report.version).toMatch(/./);
        expect(report.library).toMatch(/./);
      }
    });

    it('says what the page has lost when it is asked, and that it is back', async () => {
      const before = await lacks();
      await world().harness.changePage(instanceId, ['lookUp']);
      expect(await lacks()).toEqual(
        PAGE_CAPABILITIES.filter((name) => name === 'lookUp' || before.includes(name)),
      );
      expect((await testAgain()).capabilities.lookUp.missing).not.toEqual([]);
      await world().harness.changePage(instanceId, []);
      expect(await lacks()).toEqual(before);
      expect(tested.losses).toEqual([]);
    });

    it('is ready all the same on a page that lacks something: what that means is decided elsewhere', async () => {
      await world().close(instanceId, 'graceful');
      await world().harness.changePage(instanceId, ['download']);
      const lacking = await world().ready(instanceId);
      expect(lacking.all('pageTested')).toHaveLength(1);
      expect(lacking.all('pageTested')[0]?.report.capabilities.download.ok).toBe(false);
    });

    it('refuses to test a page that is not ready, or another generation', async () => {
      const fresh = world().open(newId('untested'));
      await fresh.hears('qr');
      await world().settled(fresh.opened);
      await world().failure(world().driver.testPage({ ...fresh.ref, deadlineMs: DEADLINE_MS }));
      const other = { instanceId, generation: tested.generation + 1000, deadlineMs: DEADLINE_MS };
      await world().failure(world().driver.testPage(other));
      expect(fresh.all('pageTested')).toEqual([]);
    });
  });
}
