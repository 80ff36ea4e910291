/**
 * What takes other systems down, done to one instance of a node in real Chromium: the rest of the node answers as if
 * nothing had happened, the other instances notice nothing, and the victim recovers or says why not.
 */
import { readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { browsers, renderers } from '../fleet/browsers.js';
import { logOf, tear } from '../fleet/torn-write.js';
import { BYSTANDERS, NodeUnderLoad, type Observation, VICTIM } from './node-under-load.js';
import { type Blow, isReady, type Scene, type StateFact } from './scene.js';

/** A restart in a browser that starts anew, on a busy machine. */
const RESTART_MS = 30_000;
const AT_ONCE_MS = 5_000;
/** The deadline of a screenshot, and what a busy machine adds: sooner than a page that hangs is given up. */
const PAGE_DEADLINE_MS = 10_000 + AT_ONCE_MS;
/** Three probes: 0.5 s and 20 %, and a deadline of 5 s each. */
const THREE_PROBES_MS = 3 * (600 + 5_000);

let node: NodeUnderLoad;
let scene: Scene;
let before: readonly string[];

const bystanders = () =>
  Promise.all(BYSTANDERS.map(async ({ id }) => JSON.stringify(await scene.history(id))));
const victimProfile = () => join(scene.profiles, VICTIM.id);
const isDisconnected = ({ state }: StateFact) => state === 'disconnected';
const isIn = (place: string) => (fact: StateFact) => place === `${fact.state}.${fact.detail}`;

beforeAll(async () => {
  node = await NodeUnderLoad.start();
  scene = node.scene;
}, 180_000);
afterAll(async () => {
  await scene.close();
}, 60_000);
beforeEach(async () => {
  await scene.until(VICTIM.id, isReady);
  before = await bystanders();
});

describe('a node to one of whose instances it happens', () => {
  function expectUndisturbed({ p99, asked, refused, pageAnswers }: Observation): void {
    console.log(`p99 ${p99.toFixed(0)} ms of ${asked} answers; ${pageAnswers.length} screenshots asked for`);
    expect(refused).toEqual([]);
    expect(p99).toBeLessThan(250);
    for (const { status, ms } of pageAnswers) {
      expect([200, 409, 504]).toContain(status);
      expect(ms).toBeLessThan(PAGE_DEADLINE_MS);
    }
  }

  it('that its browser is killed', async () => {
    const seen = await node.observe(async () => {
      const { spent } = await scene.suffer({
        fault: 'browser-killed',
        code: 'BROWSER_EXITED',
        account: VICTIM,
        strike: () => {
          for (const pid of browsers(victimProfile())) process.kill(pid, 'SIGKILL');
        },
        seen: isDisconnected,
        seenWithinMs: AT_ONCE_MS,
        backWithinMs: RESTART_MS,
      });
      expect(spent).toBe(1);
    });
    expectUndisturbed(seen);
    expect(await bystanders()).toEqual(before);
  }, 120_000);

  it('that its browser is killed in the middle of a write, and killed again', async () => {
    const seen = await node.observe(async () => {
      for (let time = 0; time < 2; time++)
        await scene.suffer({
          fault: 'browser-killed-writing',
          code: 'BROWSER_EXITED',
          account: VICTIM,
          strike: () => {
            // Stopped first, so that nothing can be written behind the torn record.
            for (const pid of browsers(victimProfile())) process.kill(pid, 'SIGSTOP');
            tear(logOf(join(victimProfile(), `session-${VICTIM.id}`)));
            for (const pid of browsers(victimProfile())) process.kill(pid, 'SIGKILL');
          },
          seen: isDisconnected,
          seenWithinMs: AT_ONCE_MS,
          backWithinMs: RESTART_MS,
        });
    });
    expectUndisturbed(seen);
    expect(await bystanders()).toEqual(before);
  }, 120_000);

  it('that its page hangs for ever: three probes, then the ladder', async () => {
    const seen = await node.observe(async () => {
      const { spent } = await scene.suffer({
        fault: 'page-hung',
        code: 'PROBE_FAILED',
        account: VICTIM,
        strike: () => scene.web.pageCommand(VICTIM.phone, 'hang'),
        seen: isDisconnected,
        seenWithinMs: 2 * THREE_PROBES_MS,
        backWithinMs: RESTART_MS,
      });
      expect(spent).toBe(1);
    });
    expectUndisturbed(seen);
    expect(await bystanders()).toEqual(before);
  }, 180_000);

  it('that its ready is lost, because the page was in sync before the library listened', async () => {
    await scene.web.setFaults({ loseReady: true }, VICTIM.phone);
    const seen = await node.observe(async () => {
      const { spent } = await scene.suffer({
        fault: 'ready-lost',
        account: VICTIM,
        strike: () => scene.command(VICTIM.id, 'restart', { mode: 'hard' }),
        seen: isDisconnected,
        seenWithinMs: AT_ONCE_MS,
        backWithinMs: RESTART_MS,
      });
      // That of the restart by hand: an attempt that waits for ready until READY_TIMEOUT_MS would cost another.
      expect(spent).toBe(1);
    });
    await scene.web.clearFaults(VICTIM.phone);
    expectUndisturbed(seen);
    expect(await bystanders()).toEqual(before);
  }, 120_000);

  it('that a lock of a container that is gone lies in its profile', async () => {
    const profile = join(victimProfile(), `session-${VICTIM.id}`);
    await scene.command(VICTIM.id, 'stop?wait=20');
    const seen = await node.observe(async () => {
      rmSync(join(profile, 'SingletonLock'), { force: true });
      symlinkSync('another-container-4711', join(profile, 'SingletonLock'));
      expect(readlinkSync(join(profile, 'SingletonLock'))).toBe('another-container-4711');
      await scene.command(VICTIM.id, 'start');
      await scene.until(VICTIM.id, isReady);
    });
    expectUndisturbed(seen);
    expect((await scene.history(VICTIM.id)).some(({ detail }) => detail === 'cooling')).toBe(false);
    expect(await bystanders()).toEqual(before);
  }, 120_000);

  it('that it is started five times at once: one browser', async () => {
    await scene.command(VICTIM.id, 'stop?wait=20');
    const seen = await node.observe(async () => {
      await Promise.all(Array.from({ length: 5 }, () => scene.command(VICTIM.id, 'start')));
      const again = await scene.api.call('POST', '/v1/instances', { id: VICTIM.id });
      expect(again.status).toBe(409);
      await scene.until(VICTIM.id, isReady);
    });
    expect(browsers(victimProfile())).toHaveLength(1);
    expectUndisturbed(seen);
    expect(await bystanders()).toEqual(before);
  }, 120_000);

  it('that the phone logs it out while the page cannot boot: the library throws into the void', async () => {
    await scene.web.setFaults({ pageAfterLogout: 'blank' });
    const seen = await node.observe(async () => {
      const { spent } = await scene.suffer({
        fault: 'logged-out',
        code: 'LOGGED_OUT',
        account: VICTIM,
        strike: () => scene.web.unlink(VICTIM.phone),
        seen: ({ state }) => state === 'needs_qr',
        seenWithinMs: 30_000,
        mend: async () => {
          await scene.until(VICTIM.id, ({ detail }) => detail === 'showing', 60_000);
          await scene.scan(VICTIM);
        },
        backWithinMs: RESTART_MS,
      });
      expect(spent).toBe(0);
    });
    await scene.web.clearFaults();
    expectUndisturbed(seen);
    expect(await bystanders()).toEqual(before);
  }, 180_000);
});

type Case = Omit<Blow, 'account'> & { readonly name: string; readonly spends: 0 | 1 };

describe('an instance to which it happens', () => {
  const stuck = (state: 'OPENING' | 'TIMEOUT') => ({
    strike: () => scene.web.socketState(VICTIM.phone, state),
    seen: isIn('connecting.reconnecting'),
    seenWithinMs: AT_ONCE_MS,
    backWithinMs: 2_000 + RESTART_MS,
    code: 'SOCKET_STUCK',
    spends: 1 as const,
  });
  const cases: readonly Case[] = [
    {
      name: 'that the renderer of its page is killed',
      fault: 'renderer-killed',
      strike: () => {
        for (const pid of renderers(victimProfile())) process.kill(pid, 'SIGKILL');
      },
      seen: isIn('connecting.reloading'),
      seenWithinMs: AT_ONCE_MS,
      backWithinMs: RESTART_MS,
      spends: 0,
    },
    {
      name: 'that its page crashes',
      fault: 'page-crashed',
      strike: () => scene.web.pageCommand(VICTIM.phone, 'crash'),
      seen: isIn('connecting.reloading'),
      seenWithinMs: AT_ONCE_MS,
      backWithinMs: RESTART_MS,
      spends: 0,
    },
    { name: 'that its socket is stuck in OPENING', fault: 'socket-opening', ...stuck('OPENING') },
    { name: 'that its socket is stuck in TIMEOUT', fault: 'socket-timeout', ...stuck('TIMEOUT') },
    {
      name: 'that its account is opened elsewhere',
      fault: 'conflict',
      code: 'CONFLICT',
      strike: () => scene.web.socketState(VICTIM.phone, 'CONFLICT'),
      seen: isDisconnected,
      seenWithinMs: AT_ONCE_MS,
      backWithinMs: RESTART_MS,
      spends: 1,
    },
    {
      name: 'that its socket says UNPAIRED although the pairing holds',
      fault: 'unpaired',
      code: 'UNPAIRED',
      strike: () => scene.web.socketState(VICTIM.phone, 'UNPAIRED'),
      seen: ({ state }) => state === 'needs_qr',
      seenWithinMs: AT_ONCE_MS,
      backWithinMs: RESTART_MS,
      spends: 0,
    },
    {
      name: 'that its session is revoked while it is stopped',
      fault: 'revoked',
      strike: async () => {
        await scene.command(VICTIM.id, 'stop?wait=20');
        scene.web.revoke(VICTIM.phone);
        await scene.command(VICTIM.id, 'start');
      },
      seen: ({ state }) => state === 'needs_qr',
      seenWithinMs: RESTART_MS,
      mend: async () => {
        expect((await scene.api.instance(VICTIM.id)).lastError?.code).toBe('PAIRING_LOST');
        await scene.scan(VICTIM);
      },
      backWithinMs: RESTART_MS,
      spends: 0,
    },
    {
      name: 'that its profile cannot be written',
      fault: 'profile-not-writable',
      strike: async () => {
        await scene.command(VICTIM.id, 'stop?wait=20');
        renameSync(victimProfile(), `${victimProfile()}.aside`);
        writeFileSync(victimProfile(), 'a file in the place of a folder, which root cannot write to either');
        await scene.command(VICTIM.id, 'start');
      },
      seen: isIn('error.halted'),
      seenWithinMs: RESTART_MS,
      mend: async () => {
        const { lastError, reason, retryAt } = await scene.api.instance(VICTIM.id);
        expect(lastError?.code).toBe('PROFILE_NOT_WRITABLE');
        expect(reason).toContain(victimProfile());
        expect(retryAt).toBeNull();
        rmSync(victimProfile());
        renameSync(`${victimProfile()}.aside`, victimProfile());
        await scene.command(VICTIM.id, 'start');
      },
      backWithinMs: RESTART_MS,
      spends: 0,
    },
  ];

  it.each(cases)(
    '$name',
    async ({ spends, name: _name, ...blow }) => {
      const { spent } = await scene.suffer({ ...blow, account: VICTIM });
      expect(spent).toBe(spends);
      expect(browsers(victimProfile())).toHaveLength(1);
      expect(await bystanders()).toEqual(before);
    },
    120_000,
  );
});
