/** Faults that only a deadline ends. They are waited out side by side, each on an instance of its own. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserProcesses } from '../fleet/browsers.js';
import { scale } from './scale.js';
import { type Account, isReady, Scene } from './scene.js';

const READY_TIMEOUT_MS = 8_000;
const QR_TIMEOUT_MS = 8_000;
const DRAIN_TIMEOUT_MS = 1_000;
/** A teardown has 15 s, of which the last 3 s are for the kill. */
const CLOSE_TIMEOUT_MS = 15_000;
/** Longer than an attempt, or a code, has. */
const SYNC_MS = scale.syncMs;
/** What a busy machine, and a start in a new browser, add. */
const GRACE_MS = 30_000;

const FROZEN: Account = { id: 'frozen', phone: '4915120000001' };
const ASTRAY: Account = { id: 'astray', phone: '4915120000002' };
const SYNCING: Account = { id: 'syncing', phone: '4915120000003' };

describe.concurrent('an instance', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.open({
      READY_TIMEOUT_MS: String(READY_TIMEOUT_MS),
      QR_TIMEOUT_MS: String(QR_TIMEOUT_MS),
      DRAIN_TIMEOUT_MS: String(DRAIN_TIMEOUT_MS),
    });
    await scene.startNode();
    for (const account of [FROZEN, ASTRAY, SYNCING]) await scene.pair(account);
  }, 120_000);
  afterAll(async () => {
    await scene.close();
  }, 60_000);

  it('whose browser is frozen when it is stopped: it is killed at the deadline', async () => {
    await scene.suffer({
      fault: 'browser-frozen',
      account: FROZEN,
      strike: async () => {
        for (const pid of browserProcesses(join(scene.profiles, FROZEN.id))) process.kill(pid, 'SIGSTOP');
        await scene.command(FROZEN.id, 'stop');
      },
      seen: ({ detail }) => detail === 'stopped',
      seenWithinMs: DRAIN_TIMEOUT_MS + CLOSE_TIMEOUT_MS + GRACE_MS,
      mend: async () => {
        await scene.noBrowserIsLeft(FROZEN.id, 0);
        await scene.command(FROZEN.id, 'start');
      },
      backWithinMs: GRACE_MS,
    });
  }, 120_000);

  it('whose page navigates away and never boots: each attempt ends at its deadline', async () => {
    const { spent } = await scene.suffer({
      fault: 'never-boots',
      account: ASTRAY,
      strike: async () => {
        await scene.web.setFaults({ page: 'blank' }, ASTRAY.phone);
        await scene.web.pageCommand(ASTRAY.phone, 'navigateAway');
      },
      seen: ({ detail }) => detail === 'reconnecting',
      seenWithinMs: 5_000,
      last: async () => {
        const begun = Date.now();
        await scene.until(ASTRAY.id, ({ lastError }) => lastError?.code === 'SOCKET_STUCK', GRACE_MS);
        await scene.until(ASTRAY.id, ({ detail }) => detail === 'launching', GRACE_MS);
        const { lastError } = await scene.until(
          ASTRAY.id,
          (instance) => instance.detail !== 'launching' && instance.lastError?.code !== 'SOCKET_STUCK',
          READY_TIMEOUT_MS + 5_000,
        );
        expect(lastError?.code).toBe('READY_TIMEOUT');
        console.log(`an attempt to nowhere was over ${Date.now() - begun} ms after the page was gone`);
      },
      mend: () => scene.web.clearFaults(ASTRAY.phone),
      backWithinMs: READY_TIMEOUT_MS + CLOSE_TIMEOUT_MS + GRACE_MS,
    });
    expect(spent).toBeGreaterThanOrEqual(2);
    expect(spent).toBeLessThanOrEqual(3);
  }, 180_000);

  it('whose scan takes long to sync: progress keeps the attempt alive', async () => {
    const { spent, backMs, path } = await scene.suffer({
      fault: 'slow-sync',
      account: SYNCING,
      strike: () => scene.web.unlink(SYNCING.phone),
      seen: ({ state }) => state === 'needs_qr',
      seenWithinMs: GRACE_MS,
      mend: async () => {
        await scene.web.setFaults({ syncMs: SYNC_MS, progressSteps: 8 }, SYNCING.phone);
        await scene.scan(SYNCING);
      },
      backWithinMs: SYNC_MS + GRACE_MS,
    });
    await scene.web.clearFaults(SYNCING.phone);
    expect(backMs).toBeGreaterThanOrEqual(SYNC_MS);
    expect(spent).toBe(0);
    // One attempt, and one code: neither deadline has cut it short.
    expect(path.filter((place) => /launching|opening|showing/.test(place))).toEqual([
      'needs_qr.opening',
      'needs_qr.showing',
    ]);
    expect(isReady(await scene.api.instance(SYNCING.id))).toBe(true);
  }, 180_000);
});
