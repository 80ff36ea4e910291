/** The two fleets of the process that is measured: many instances in memory, and a few in real Chromium. */
import { join } from 'node:path';
import { InstanceManager, type LifecycleOptions, type Log } from '@wakeeper/lifecycle';
import { sqliteStore } from '@wakeeper/lifecycle/sqlite';
import { type SimulatedDriver, simulatedDriver } from '@wakeeper/lifecycle/testing';
import { whatsappWebDriver } from '@wakeeper/lifecycle/whatsapp-web';
import type { SoakedOptions } from './soak-messages.js';

export interface Fleet {
  readonly ids: readonly string[];
  readonly manager: InstanceManager;
}

/** Short, so that minutes hold many restarts. A window that ends soon bounds what an instance remembers of them. */
const SIMULATED: Partial<LifecycleOptions> = {
  maxConcurrentLaunches: 20,
  restartBackoffMs: 100,
  maxRestartsPerWindow: 20,
  windowMinutes: 1,
  readyTimeoutMs: 4_000,
  syncTimeoutMs: 4_000,
  stableAfterMs: 1_000,
  reconnectGraceMs: 1_000,
  qrTimeoutMs: 5_000,
  healthCheckIntervalMs: 4_000,
  probeTimeoutMs: 500,
  maxProbeFailures: 2,
  reloadTimeoutMs: 1_000,
  closeTimeoutMs: 2_000,
  logoutTimeoutMs: 2_000,
  drainTimeoutMs: 500,
  resumeSpreadMs: 1_000,
  sendIntervalMs: 20,
  sendTimeoutMs: 1_000,
  ackTimeoutMs: 1_000,
};
const SIMULATED_TIMES = {
  openMs: 60,
  syncMs: 60,
  closeMs: 10,
  qrIntervalMs: 1_000,
  qrStallAfterMs: 2_000,
  scanAfterMs: 200,
  sendMs: 5,
  ackMs: 15,
};

/** A browser takes seconds: its deadlines are nearer to those of the product. */
const CHROMIUM: Partial<LifecycleOptions> = {
  restartBackoffMs: 200,
  maxRestartsPerWindow: 50,
  windowMinutes: 1,
  readyTimeoutMs: 30_000,
  stableAfterMs: 1_000,
  reconnectGraceMs: 2_000,
  healthCheckIntervalMs: 1_500,
  probeTimeoutMs: 3_000,
  maxProbeFailures: 2,
  reloadTimeoutMs: 20_000,
  drainTimeoutMs: 2_000,
  sendIntervalMs: 50,
  sendTimeoutMs: 5_000,
  ackTimeoutMs: 3_000,
};

export async function openSimulated(
  { folder, simulated }: SoakedOptions,
  log: Log,
  checkHost: () => Promise<boolean>,
): Promise<Fleet & { readonly driver: SimulatedDriver }> {
  const driver = simulatedDriver(SIMULATED_TIMES);
  const ids = Array.from({ length: simulated }, (_, number) => `many-${String(number).padStart(3, '0')}`);
  const manager = await InstanceManager.open({
    ...SIMULATED,
    driver,
    store: sqliteStore({ path: join(folder, 'many.db') }),
    checkHost,
    log,
  });
  return { ids, manager, driver };
}

export async function openChromium(
  { folder, chromium, chromeArgs }: SoakedOptions,
  log: Log,
): Promise<Fleet> {
  const driver = whatsappWebDriver({
    authBaseDir: join(folder, 'profiles'),
    chromePath: process.env.CHROME_PATH,
    chromeArgs,
    onNotice: ({ instanceId, message }) => log.info({ instanceId }, message),
  });
  const manager = await InstanceManager.open({
    ...CHROMIUM,
    driver,
    store: sqliteStore({ path: join(folder, 'few.db') }),
    checkHost: async () => true,
    log,
  });
  return { ids: chromium, manager };
}

/** Creates its instances, one after another, as people do. */
export async function populate({ ids, manager }: Fleet): Promise<void> {
  for (const id of ids) await manager.create({ id });
}

/** Every instance is ready with nothing to do, and none is being looked at right now. */
export const isAtRest = ({ ids, manager }: Fleet): boolean =>
  ids.every((id) => {
    const { state, detail, queueDepth } = manager.get(id);
    return state === 'ready' && detail === 'healthy' && queueDepth === 0;
  });
