/** Sessions under wakeeper: an InstanceManager over the real driver and the SQLite store. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InstanceManager } from '@wakeeper/lifecycle';
import { sqliteStore } from '@wakeeper/lifecycle/sqlite';
import { whatsappWebDriver } from '@wakeeper/lifecycle/whatsapp-web';
import type { WaWeb } from '../../testing/wa-web/server.js';
import { processesOn } from '../lifecycle-internals.js';
import { killGroup, type SessionKind, type Surroundings, timed, within } from './session.js';

/** Each kill is to find a ladder that is reset and a budget that is full, as the first kill of a day does. */
const FRESH_EVERY_TIME = { stableAfterMs: 1, maxRestartsPerWindow: 1_000 } as const;

/** The process group, or null of a process that has ended. */
async function groupOf(pid: number): Promise<number | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  // The name in the second field may hold blanks and parentheses.
  return stat === null ? null : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
}

/** Resolves at the next time that the instance becomes ready; codes are scanned meanwhile. */
export const nextReady = (manager: InstanceManager, waWeb: WaWeb, id: string, phone: string): Promise<void> =>
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

  const begin = (id: string, phone: string, order: () => Promise<unknown>) => async () => {
    const ready = nextReady(manager, waWeb, id, phone);
    await order();
    await ready;
  };
  const stop = async (id: string): Promise<void> => {
    await manager.stop(id);
    await within('the end of the browser', manager.whenSettled(id));
  };
  /** The process that leads the browser's group. */
  const browserOf = async (id: string): Promise<number> => {
    const processes = await processesOn(join(authBaseDir, id, `session-${id}`));
    const leaders = await Promise.all(
      processes.map(async ({ pid }) => ((await groupOf(pid)) === pid ? pid : null)),
    );
    const browser = leaders.find((pid) => pid !== null);
    if (browser === undefined) throw new Error(`no browser of ${id} is running`);
    return browser;
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
      const browser = await browserOf(id);
      const recoveryMs = await timed(
        'ready after a kill',
        begin(id, phone, async () => killGroup(browser)),
      );
      await manager.remove(id);
      return { coldMs, restoredMs, recoveryMs };
    },
    open: async (phone) => {
      const id = `account-${phone}`;
      const ready = begin(id, phone, () => manager.create({ id }));
      await within('ready after pairing', ready());
      return async () => {
        await stop(id);
        await manager.remove(id);
      };
    },
    end: () => manager.close(),
  };
}
