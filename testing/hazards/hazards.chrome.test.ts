/**
 * What takes other systems down, done to one instance of a node in real Chromium: the rest of the node answers as if
 * nothing had happened, the other instances notice nothing, and the victim recovers or says why not.
 */
import { readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { browsers } from '../fleet/browsers.js';
import { BYSTANDERS, NodeUnderLoad, type Observation, VICTIM } from './node-under-load.js';

/** The deadline of a screenshot, and the time of an answer on a busy machine. */
const PAGE_DEADLINE_MS = 10_000 + 1_500;

describe('a node to one of whose instances it happens', () => {
  let scene: NodeUnderLoad;
  let before: readonly string[];

  const bystanders = () =>
    Promise.all(BYSTANDERS.map(async ({ id }) => JSON.stringify(await scene.history(id))));
  const isReady = ({ state }: { state: string }) => state === 'ready';

  function expectUndisturbed({ p99, asked, refused, pageAnswers }: Observation): void {
    console.log(`p99 ${p99.toFixed(0)} ms of ${asked} answers; ${pageAnswers.length} screenshots asked for`);
    expect(refused).toEqual([]);
    expect(p99).toBeLessThan(250);
    for (const { status, ms } of pageAnswers) {
      expect([200, 409, 504]).toContain(status);
      expect(ms).toBeLessThan(PAGE_DEADLINE_MS);
    }
  }

  beforeAll(async () => {
    scene = await NodeUnderLoad.start();
  }, 180_000);
  afterAll(async () => {
    await scene.close();
  }, 60_000);
  beforeEach(async () => {
    await scene.until(VICTIM.id, isReady);
    before = await bystanders();
  });

  it('that its browser is killed', async () => {
    const seen = await scene.observe(async () => {
      for (const pid of browsers(join(scene.profiles, VICTIM.id))) process.kill(pid, 'SIGKILL');
      await scene.until(VICTIM.id, (instance) => !isReady(instance), 5_000);
      await scene.until(VICTIM.id, isReady);
    });
    expectUndisturbed(seen);
    expect(await bystanders()).toEqual(before);
  }, 120_000);

  it('that its page hangs for ever: three probes, then the ladder', async () => {
    const seen = await scene.observe(async () => {
      await scene.web.pageCommand(VICTIM.phone, 'hang');
      await scene.until(VICTIM.id, (instance) => !isReady(instance), 40_000);
      await scene.until(VICTIM.id, isReady);
    });
    expectUndisturbed(seen);
    expect(await bystanders()).toEqual(before);
  }, 180_000);

  it('that its ready is lost, because the page was in sync before the library listened', async () => {
    await scene.web.setFaults({ loseReady: true }, VICTIM.phone);
    const seen = await scene.observe(async () => {
      await scene.api.call('POST', `/v1/instances/${VICTIM.id}/restart`, { mode: 'hard' });
      await scene.until(VICTIM.id, (instance) => !isReady(instance), 5_000);
      await scene.until(VICTIM.id, isReady, 15_000);
    });
    await scene.web.clearFaults(VICTIM.phone);
    expectUndisturbed(seen);
    expect(await bystanders()).toEqual(before);
  }, 120_000);

  it('that a lock of a container that is gone lies in its profile', async () => {
    const profile = join(scene.profiles, VICTIM.id, `session-${VICTIM.id}`);
    await scene.api.call('POST', `/v1/instances/${VICTIM.id}/stop?wait=20`);
    const seen = await scene.observe(async () => {
      rmSync(join(profile, 'SingletonLock'), { force: true });
      symlinkSync('another-container-4711', join(profile, 'SingletonLock'));
      expect(readlinkSync(join(profile, 'SingletonLock'))).toBe('another-container-4711');
      await scene.api.call('POST', `/v1/instances/${VICTIM.id}/start`);
      await scene.until(VICTIM.id, isReady);
    });
    expectUndisturbed(seen);
    expect((await scene.history(VICTIM.id)).some(({ detail }) => detail === 'cooling')).toBe(false);
    expect(await bystanders()).toEqual(before);
  }, 120_000);

  it('that it is started five times at once: one browser', async () => {
    await scene.api.call('POST', `/v1/instances/${VICTIM.id}/stop?wait=20`);
    const seen = await scene.observe(async () => {
      const starts = Array.from({ length: 5 }, () =>
        scene.api.call('POST', `/v1/instances/${VICTIM.id}/start`),
      );
      expect((await Promise.all(starts)).map(({ status }) => status)).toEqual([202, 202, 202, 202, 202]);
      const again = await scene.api.call('POST', '/v1/instances', { id: VICTIM.id });
      expect(again.status).toBe(409);
      await scene.until(VICTIM.id, isReady);
    });
    expect(browsers(join(scene.profiles, VICTIM.id))).toHaveLength(1);
    expectUndisturbed(seen);
    expect(await bystanders()).toEqual(before);
  }, 120_000);

  it('that the phone logs it out while the page cannot boot: the library throws into the void', async () => {
    await scene.web.setFaults({ pageAfterLogout: 'blank' });
    const seen = await scene.observe(async () => {
      scene.web.unlink(VICTIM.phone);
      await scene.until(VICTIM.id, ({ state }) => state === 'needs_qr', 30_000);
      await scene.until(VICTIM.id, ({ detail }) => detail === 'showing', 60_000);
    });
    await scene.web.clearFaults();
    expectUndisturbed(seen);
    expect(await bystanders()).toEqual(before);
    const { body } = await scene.api.call<{ qr: string }>('GET', `/v1/instances/${VICTIM.id}/qr?wait=20`);
    await scene.web.scan(body.qr, { phone: VICTIM.phone });
    await scene.until(VICTIM.id, isReady);
  }, 180_000);
});
