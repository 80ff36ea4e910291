/** Sessions under wakeeper: an InstanceManager over the real driver and the SQLite store. */
import { join } from 'node:path';
import { InstanceManager } from '@wakeeper/lifecycle';
import { sqliteStore } from '@wakeeper/lifecycle/sqlite';
import { whatsappWebDriver } from '@wakeeper/lifecycle/whatsapp-web';
import { processesOn } from '../lifecycle-internals.js';
import { killGroup, type SessionKind, type Surroundings, timed, within } from './session.js';

/** Each kill is to find a ladder that is reset and a budget that is full, as the first kill of a day does. */
const FRESH_EVERY_TIME = { stableAfterMs: 1, maxRestartsPerWindow: 1_000 } as const;

export async function managedSessions(
  { waWeb, chromePath, chromeArgs, folder }: Surroundings,
  options: { readonly restartBackoffMs?: number } = {},
): Promise<SessionKind> {
  const authBaseDir = join(folder, 'profiles');
  const manager = await InstanceManager.open({
    driver: whatsappWebDriver({ authBaseDir, chromePath, chromeArgs }),
    store: sqliteStore({ path: join(folder, 'wakeeper.db') }),
    checkHost: async () => true,
    ...FRESH_EVERY_TIME,
    ...options,
  });

  /** Resolves at the next time that the instance becomes ready; codes are scanned meanwhile. */
  const nextReady = (id: string, phone: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const unsubscribe = manager.subscribe(
        (fact) => {
          if (fact.type === 'instance.qr' && fact.body.qr) waWeb.scan(fact.body.qr, { phone }).catch(reject);
          if (fact.type !== 'instance.state' || fact.body.state !== 'ready' || fact.body.previous === 'ready')
            return;
          unsubscribe();
          resolve();
        },
        { instanceId: id, types: ['instance.state', 'instance.qr'] },
      );
    });

  const begin = (id: string, phone: string, order: () => Promise<unknown>) => async () => {
    const ready = nextReady(id, phone);
    await order();
    await ready;
  };
  const stop = async (id: string): Promise<void> => {
    await manager.stop(id);
    await within('the end of the browser', manager.whenSettled(id));
  };
  const kill = async (id: string): Promise<void> => {
    const processes = await processesOn(join(authBaseDir, id, `session-${id}`));
    const pids = processes.map(({ pid }) => pid);
    if (pids.length === 0) throw new Error(`no browser of ${id} is running`);
    // The browser is the oldest of its processes.
    killGroup(Math.min(...pids));
  };

  return {
    measure: async (phone) => {
      const id = `account-${phone}`;
      const coldMs = await timed(
        'ready after pairing',
        begin(id, phone, () => manager.create({ id })),
      );
      await stop(id);
      const restoredMs = await timed(
        'ready after a start',
        begin(id, phone, () => manager.start(id)),
      );
      const recoveryMs = await timed(
        'ready after a kill',
        begin(id, phone, () => kill(id)),
      );
      await manager.remove(id);
      return { coldMs, restoredMs, recoveryMs };
    },
    end: () => manager.close(),
  };
}
