/** The driver's contract: how it notices what goes wrong, and what can be mended in place. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { FailureCode } from './driver.js';
import type { DriverWorld, OpenedGeneration } from './driver-world.contract.js';
import { DEADLINE_MS, newId, newKey, RECIPIENT, SHORT_MS, textTo } from './driver-world.contract.js';

/** States of WhatsApp's socket that end the session, and the code that says so. */
const FATAL: readonly (readonly [string, FailureCode])[] = [
  ['CONFLICT', 'CONFLICT'],
  ['UNPAIRED', 'UNPAIRED'],
  ['TOS_BLOCK', 'TOS_BLOCK'],
  ['PROXYBLOCK', 'PROXYBLOCK'],
  ['DEPRECATED_VERSION', 'VERSION_NOT_SUPPORTED'],
];

export function describeLosing(world: () => DriverWorld): void {
  describe('losing', () => {
    const instanceId = newId('frail');
    let isPaired = false;
    let frail: OpenedGeneration;
    beforeEach(async () => {
      // A browser that is killed right after its first pairing may lose it: close it well once.
      if (!isPaired) {
        await world().pair(instanceId);
        await world().close(instanceId, 'graceful');
        isPaired = true;
      }
      frail = await world().ready(instanceId);
    });

    it('answers a probe while the page is well', async () => {
      await world().settled(frail.probe());
      expect(frail.losses).toEqual([]);
    });

    it('notices at once that the browser was killed, and opens again without a code', async () => {
      await world().harness.killBrowser(instanceId);
      await frail.hears('lost');
      expect(frail.losses).toEqual(['BROWSER_EXITED']);
      await world().failure(frail.probe());
      expect(await frail.send(textTo(RECIPIENT, 'To nobody'))).toMatchObject({ outcome: 'unsent' });
      await world().close(instanceId, 'soft');
      const again = await world().ready(instanceId, 'soft');
      expect(again.types).not.toContain('qr');
    });

    it('says that the page crashed, and mends it by a reload', async () => {
      await world().harness.crashPage(instanceId);
      await frail.hears('pageCrashed');
      const readies = frail.all('ready').length;
      expect(['PAGE_CRASHED', 'PAGE_HUNG']).toContain(
        (await world().failure(frail.probe(SHORT_MS))).failure.code,
      );
      await world().settled(world().driver.reload({ ...frail.ref, deadlineMs: DEADLINE_MS }));
      await frail.hears('ready', readies + 1);
      await world().settled(frail.probe());
      const key = newKey();
      expect(await frail.send(textTo(RECIPIENT, 'Back again'), key)).toMatchObject({ outcome: 'added' });
      await frail.isAcknowledged(key);
      expect(frail.losses).toEqual([]);
    });

    it('notices that the page was closed', async () => {
      await world().harness.closePage(instanceId);
      await frail.hears('lost');
      expect(frail.losses).toEqual(['PAGE_CLOSED']);
      await world().failure(frail.probe());
    });

    it('passes on socket states that WhatsApp recovers from by itself', async () => {
      for (const state of ['TIMEOUT', 'OPENING', 'CONNECTED']) {
        await world().harness.setSocketState(instanceId, state);
        await world().harness.until(() => frail.all('socketState').at(-1)?.state === state);
      }
      expect(frail.losses).toEqual([]);
      await world().settled(frail.probe());
    });

    it.each(FATAL)(
      'is lost when the socket says %s, with the code %s, and stays paired',
      async (state, code) => {
        await world().harness.setSocketState(instanceId, state);
        await frail.hears('lost');
        expect(frail.losses).toEqual([code]);
        await world().close(instanceId, 'graceful');
        expect((await world().ready(instanceId)).types).not.toContain('qr');
      },
    );

    it('does not wait longer than the deadline for a browser that is frozen, and gives up with it at the close', async () => {
      const { harness, driver } = world();
      await harness.freezeBrowser(instanceId);
      const before = harness.now();
      await world().failure(frail.probe(SHORT_MS));
      expect(harness.now() - before).toBeLessThan(SHORT_MS + GRACE_MS);
      const inTime = { ...frail.ref, deadlineMs: SHORT_MS };
      const asked = [
        driver.lookupNumber({ ...inTime, phoneNumber: '4915100000099' }),
        driver.listChats({ ...inTime, limit: 1, after: null }),
      ];
      for (const { failure } of await Promise.all(asked.map((each) => world().failure(each))))
        expect(failure.code).toBe('PAGE_HUNG');
      const report = await frail.send(textTo(RECIPIENT, 'Lost'), newKey(), SHORT_MS);
      if (report.outcome !== 'unknown')
        throw new Error(`The report is ${report.outcome} and should be unknown.`);
      const late = world().failure(driver.screenshot({ ...frail.ref, deadlineMs: 10 * DEADLINE_MS }));
      await world().close(instanceId, 'kill', SHORT_MS);
      await world().settled(report.settled);
      await late;
      expect(await harness.browsers(instanceId)).toBe(0);
    });

    it('tells what became of a send when the browser dies under it, and settles it', async () => {
      const key = newKey();
      const sending = frail.send(textTo(RECIPIENT, 'In flight'), key);
      await world().harness.killBrowser(instanceId);
      const report = await sending;
      expect(report.outcome).not.toBe('refused');
      if (report.outcome === 'unknown') await world().settled(report.settled);
      const delivered = (await world().harness.delivered(instanceId)).filter(
        ({ messageKey }) => messageKey === key,
      );
      expect(delivered.length).toBeLessThanOrEqual(report.outcome === 'unsent' ? 0 : 1);
    });

    it('is lost as logged out, once, when the phone unlinks it, and asks for a code afterwards', async () => {
      const unlinked = newId('unlinked');
      const generation = await world().pair(unlinked);
      await world().harness.unlink(unlinked);
      await generation.hears('lost');
      await world().close(unlinked, 'forget');
      expect(generation.losses).toEqual(['LOGGED_OUT']);
      await world().open(unlinked).hears('qr');
    });

    it('finds out at its opening that the phone unlinked it meanwhile', async () => {
      const unlinked = newId('unlinked');
      await world().pair(unlinked);
      await world().close(unlinked, 'graceful');
      await world().harness.unlink(unlinked);
      const generation = world().open(unlinked);
      let failure: FailureCode | undefined;
      generation.opened.catch((error) => {
        failure = error.failure.code;
      });
      await world().harness.until(
        () => generation.types.includes('qr') || generation.losses.length > 0 || failure !== undefined,
      );
      expect([undefined, 'LOGGED_OUT', 'UNPAIRED']).toContain(failure ?? generation.losses[0]);
      await world().close(unlinked, 'forget');
      await world().open(unlinked).hears('qr');
    });
  });
}

/** What a machine under load may add to a deadline. */
const GRACE_MS = 5_000;
