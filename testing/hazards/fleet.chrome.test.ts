/** What happens to a node and all its instances at once, with real Chromium: all of them at first, then three. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browsers } from '../fleet/browsers.js';
import { eventually } from '../fleet/eventually.js';
import type { LogLine } from '../fleet/node-process.js';
import { SmallDisk } from '../fleet/small-disk.js';
import { burn } from './burners.js';
import type { FaultKey } from './fault-table.js';
import { record } from './measurement.js';
import { scale } from './scale.js';
import { type Account, isReady, Scene } from './scene.js';
import { SwitchableHost } from './switchable-host.js';

const account = (number: number): Account => ({
  id: `fleet-${number}`,
  phone: `49151300000${String(number).padStart(2, '0')}`,
});
const ALL = Array.from({ length: scale.startsAtOnce }, (_, number) => account(number));
const TWELVE = ALL.slice(0, 12);
const THREE = ALL.slice(0, 3);
const OFFLINE = ALL.slice(0, scale.offlineInstances);
const GATE = 3;
const READY_TIMEOUT_MS = 10_000;
const DRAIN_TIMEOUT_MS = 2_000;
/** Between two looks at the host, over which the recovery is spread, and for the launches that the gate lets pass. */
const BACK_ONLINE_MS = 5_000 + 15_000 + (scale.offlineInstances > 3 ? 100_000 : 15_000);
const LAUNCHING: readonly string[] = ['launching', 'opening'];

describe('a node that', () => {
  const host = new SwitchableHost();
  let scene: Scene;
  let disk: SmallDisk;
  beforeAll(async () => {
    await host.open();
    scene = await Scene.open({
      HOST_CHECK: host.address,
      DRAIN_TIMEOUT_MS: String(DRAIN_TIMEOUT_MS),
      READY_TIMEOUT_MS: '60000',
      // Twenty pages on few cores, after minutes without a network, take longer than the scene's two seconds.
      RECONNECT_GRACE_MS: '60000',
    });
    disk = new SmallDisk(join(scene.folder, 'store'));
    await startNode({ MAX_CONCURRENT_LAUNCHES: String(GATE) });
  }, 60_000);
  afterAll(async () => {
    await scene.node.stop();
    disk.dispose();
    await scene.close();
    await host.close();
  }, 60_000);

  const startNode = (env: Readonly<Record<string, string>>) =>
    scene.startNode({ STORE_URL: `sqlite:${join(disk.folder, 'wakeeper.db')}`, ...env });
  const alerts = (): readonly (readonly [string, unknown])[] =>
    scene.node.log
      .filter((line: LogLine) => line.msg.startsWith('alert '))
      .map(({ msg, alert }) => [msg.split(':')[0] ?? '', alert]);
  const used = (accounts = THREE) =>
    Promise.all(accounts.map(async ({ id }) => (await scene.api.instance(id)).restarts.used));
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

  /** From one moment until all of them are ready. */
  async function backAfter(accounts: readonly Account[], since: number, withinMs: number): Promise<number> {
    const times = accounts.map(async ({ id }) =>
      Date.parse((await scene.transition(id, since, isReady, withinMs)).at),
    );
    return Math.max(...(await Promise.all(times))) - since;
  }
  /** Checks that nothing was lost, and says how much of it is uncertain. */
  async function nothingIsLost(accounts: readonly Account[]): Promise<number> {
    for (const one of accounts) await scene.everythingArrived(one, 30_000);
    return sum(await Promise.all(accounts.map(async ({ id }) => (await scene.uncertain(id)).length)));
  }
  async function neverAskedForACode(accounts: readonly Account[], since: number): Promise<void> {
    for (const { id } of accounts)
      expect((await scene.historySince(id, since)).filter(({ state }) => state === 'needs_qr')).toEqual([]);
  }
  const say = async (accounts: readonly Account[], count: number) =>
    sum(await Promise.all(accounts.map(({ id }) => scene.say(id, count))));
  async function note(
    fault: FaultKey,
    values: {
      seenMs: number | null;
      backMs: number;
      accepted: number;
      uncertain: number;
      spent?: number;
      since: number;
    },
  ): Promise<void> {
    const { since, ...rest } = values;
    const facts = await scene.historySince(THREE[0]?.id ?? '', since);
    record(fault, { spent: 0, ...rest, path: facts.map(({ state, detail }) => `${state}.${detail}`) });
  }

  it('is asked for all its instances at once: the gate lets three launch at a time', async () => {
    const begun = Date.now();
    let mostAtOnce = 0;
    let isOver = false;
    const watch = async () => {
      const { body } = await scene.api.call<{ items: { detail: string }[] }>('GET', '/v1/instances');
      const launching = body.items.filter(({ detail }) => LAUNCHING.includes(detail)).length;
      mostAtOnce = Math.max(mostAtOnce, launching);
      return isOver || undefined;
    };
    const watching = eventually(watch, 230_000, () => mostAtOnce);
    await Promise.all(ALL.map((one) => scene.pair(one))).finally(() => {
      isOver = true;
    });
    await watching;
    const backMs = await backAfter(ALL, begun, 0);
    expect(mostAtOnce).toBe(GATE);
    const accepted = await say(ALL, 1);
    await note('starts-at-once', {
      seenMs: null,
      backMs,
      accepted,
      uncertain: await nothingIsLost(ALL),
      since: begun,
    });
    await Promise.all(ALL.slice(TWELVE.length).map(({ id }) => scene.command(id, 'stop?wait=20')));
  }, 240_000);

  it('is killed while they send: all restored at once under load, and no ready is lost', async () => {
    await scene.web.setFaults({ loseReady: true });
    const accepted = await say(TWELVE, 3);
    const killedAt = Date.now();
    await scene.node.kill();
    await scene.noBrowserIsLeft();
    const seenMs = Date.now() - killedAt;
    const burnOut = burn(2);
    const begun = Date.now();
    try {
      await startNode({ MAX_CONCURRENT_LAUNCHES: String(TWELVE.length) });
      const backMs = await backAfter(TWELVE, begun, 90_000);
      const uncertain = await nothingIsLost(TWELVE);
      expect(uncertain).toBeLessThanOrEqual(TWELVE.length);
      await neverAskedForACode(TWELVE, begun);
      await note('node-killed', { seenMs, backMs, accepted, uncertain, since: begun });
    } finally {
      burnOut();
      await scene.web.clearFaults();
    }
    await Promise.all(TWELVE.slice(THREE.length).map(({ id }) => scene.command(id, 'stop?wait=20')));
  }, 180_000);

  it('is terminated while they launch: it ends in time, and the next start restores them', async () => {
    const uncertain = await nothingIsLost(THREE);
    await scene.node.stop();
    await startNode({});
    await eventually(
      async () => {
        const { body } = await scene.api.call<{ items: { detail: string }[] }>('GET', '/v1/instances');
        return body.items.some(({ detail }) => LAUNCHING.includes(detail)) || undefined;
      },
      10_000,
      () => 'no launch was seen',
    );
    const accepted = await say(THREE, 1);
    const terminatedAt = Date.now();
    expect(await scene.node.stop()).toBe(0);
    const seenMs = Date.now() - terminatedAt;
    expect(seenMs).toBeLessThan(DRAIN_TIMEOUT_MS + 1_500 + 1_000);
    await scene.noBrowserIsLeft('', 2_000);

    const begun = Date.now();
    await startNode({ READY_TIMEOUT_MS: String(READY_TIMEOUT_MS) });
    const backMs = await backAfter(THREE, begun, 60_000);
    await neverAskedForACode(THREE, terminatedAt);
    await note('sigterm-launching', {
      seenMs,
      backMs,
      accepted,
      uncertain: (await nothingIsLost(THREE)) - uncertain,
      since: begun,
    });
  }, 120_000);

  it(
    'loses its network: one alert, nobody spends budget, all come back',
    async () => {
      await Promise.all(OFFLINE.slice(THREE.length).map(({ id }) => scene.command(id, 'start?wait=60')));
      const [before, uncertain] = [await used(OFFLINE), await nothingIsLost(OFFLINE)];
      const cutAt = Date.now();
      await host.close();
      await scene.web.setFaults({ offline: true });
      await eventually(() => alerts().length > 0 || undefined, 15_000, alerts);
      const seenMs = Date.now() - cutAt;
      const dead = OFFLINE.filter((_, number) => number % 7 === 0);
      const alive = OFFLINE.filter((one) => !dead.includes(one));
      for (const { id } of dead)
        for (const pid of browsers(join(scene.profiles, id))) process.kill(pid, 'SIGKILL');
      for (const { id } of dead) await scene.until(id, ({ detail }) => detail === 'suspended', 20_000);
      const accepted = await say(OFFLINE, 2);
      await eventually(
        () => Date.now() - cutAt > scale.offlineMs || undefined,
        scale.offlineMs + 1_000,
        () => `offline for less than ${scale.offlineMs} ms`,
      );
      for (const { id } of alive) expect((await scene.api.instance(id)).detail).toBe('reconnecting');
      for (const { id } of dead) expect((await scene.api.instance(id)).state).toBe('disconnected');

      const mendedAt = Date.now();
      await host.open();
      await scene.web.clearFaults();
      const backMs = await backAfter(OFFLINE, mendedAt, BACK_ONLINE_MS);
      expect(await used(OFFLINE)).toEqual(before);
      expect(alerts()).toEqual([
        ['alert raised', 'host_offline'],
        ['alert resolved', 'host_offline'],
      ]);
      await note('host-offline', {
        seenMs,
        backMs,
        accepted,
        uncertain: (await nothingIsLost(OFFLINE)) - uncertain,
        since: cutAt,
      });
      await Promise.all(OFFLINE.slice(THREE.length).map(({ id }) => scene.command(id, 'stop?wait=20')));
    },
    180_000 + scale.offlineMs,
  );

  it('is served a page that nobody understands: one alert, no storm', async () => {
    const [before, uncertain, alertsBefore] = [await used(), await nothingIsLost(THREE), alerts().length];
    await scene.web.setFaults({ missingModules: ['WAWebCollections'] });
    const changedAt = Date.now();
    for (const { id } of THREE)
      for (const pid of browsers(join(scene.profiles, id))) process.kill(pid, 'SIGKILL');
    await eventually(() => alerts().length > alertsBefore || undefined, 6 * READY_TIMEOUT_MS, alerts);
    const seenMs = Date.now() - changedAt;
    for (const { id } of THREE)
      await scene.until(id, ({ detail }) => detail === 'incompatible', 2 * READY_TIMEOUT_MS);
    const accepted = await say(THREE, 1);
    for (const { id } of THREE) {
      const launches = (await scene.historySince(id, changedAt)).filter(
        ({ detail }) => detail === 'launching',
      );
      expect(launches).toHaveLength(1);
      const { retryAt } = await scene.api.instance(id);
      expect(Date.parse(retryAt ?? '')).toBeGreaterThan(Date.now() + 60_000);
    }
    const spent = Math.max(...(await used()).map((now, index) => now - (before[index] ?? 0)));

    await scene.web.clearFaults();
    const mendedAt = Date.now();
    const [first, ...others] = THREE;
    if (first) await scene.command(first.id, 'start');
    const backMs = await backAfter(THREE.slice(0, 1), mendedAt, 3 * READY_TIMEOUT_MS);
    // The page is well, and nobody has to say so of each: the others go on by themselves within the spread.
    await backAfter(others, mendedAt, 6 * READY_TIMEOUT_MS);
    const histories = await Promise.all(THREE.map(({ id }) => scene.historySince(id, changedAt)));
    expect(alerts().slice(alertsBefore), JSON.stringify(histories)).toEqual([
      ['alert raised', 'page_incompatible'],
      ['alert resolved', 'page_incompatible'],
    ]);
    await note('page-incompatible', {
      seenMs,
      backMs,
      accepted,
      spent,
      uncertain: (await nothingIsLost(THREE)) - uncertain,
      since: changedAt,
    });
  }, 240_000);

  it('has no room left under its store: it refuses what it cannot keep', async () => {
    const uncertain = await nothingIsLost(THREE);
    const id = THREE[0]?.id ?? '';
    const padding = ` ${'x'.repeat(32 * 1024)}`;
    const filledAt = Date.now();
    disk.fill(scene.node.pid);
    let accepted = 0;
    // What the store's files have room for already is accepted, and kept.
    const refused = await eventually(
      async () => {
        if ((await scene.say(id, 1, padding)) === 0) return true;
        accepted += 1;
        return undefined;
      },
      30_000,
      () => accepted,
    );
    expect(refused).toBe(true);
    const seenMs = Date.now() - filledAt;
    const body = { to: '4915199999999', text: padding };
    const answer = await scene.api.call<{ errorCode: string }>('POST', `/v1/instances/${id}/messages`, body);
    expect(answer).toMatchObject({ status: 503, body: { errorCode: 'STORE_UNAVAILABLE' } });
    expect((await scene.api.call('GET', '/v1/instances')).status).toBe(200);

    const freedAt = Date.now();
    disk.free(scene.node.pid);
    await eventually(
      async () => ((await scene.say(id, 1, padding)) === 1 ? true : undefined),
      15_000,
      () => 'still refused',
    );
    const backMs = Date.now() - freedAt;
    // It was ready all the time.
    expect(await scene.historySince(id, filledAt)).toEqual([]);
    await note('disk-full', {
      seenMs,
      backMs,
      accepted: accepted + 1,
      uncertain: (await nothingIsLost(THREE)) - uncertain,
      since: filledAt,
    });
  }, 120_000);
});
