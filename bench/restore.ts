/**
 * The promise: a server that starts again has its fleet back soon, and loses nobody. Ten paired instances that the manager
 * restores at its start, as many at once as the launch gate lets, against the same ten started one after another, each when
 * the one before is ready.
 */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InstanceManager } from '@wakeeper/lifecycle';
import { sqliteStore } from '@wakeeper/lifecycle/sqlite';
import { containLibraryRejections, whatsappWebDriver } from '@wakeeper/lifecycle/whatsapp-web';
import { startWaWeb, type WaWeb } from '../testing/wa-web/server.js';
import { chromiumFor } from './measuring/browsers.js';
import { type Row, rowOf } from './measuring/row.js';
import { interleaved } from './measuring/spread.js';
import { nextReady } from './sessions/managed-sessions.js';
import { within } from './sessions/session.js';

const SIZE = 10;
/** How long the page synchronises: the least of what people see of the real one. */
const SYNC_MS = 1_500;
const READY_WITHIN_MS = 180_000;

const WHY_MISSED =
  'the processor is what they share: each start is about a second of a core, and with few cores only the page synchronising costs nothing to overlap.';

interface Fleet {
  readonly ids: readonly string[];
  open(): Promise<InstanceManager>;
}

/** Ten profiles with a pairing each, which are to run at the next opening or not. */
async function pairedFleet(
  waWeb: WaWeb,
  chromePath: string,
  folder: string,
  next: 'running' | 'stopped',
): Promise<Fleet> {
  const ids = Array.from({ length: SIZE }, (_, index) => `account-${next}-${index}`);
  const open = () =>
    InstanceManager.open({
      driver: whatsappWebDriver({
        authBaseDir: join(folder, next),
        chromePath,
        chromeArgs: waWeb.chromeArgs,
      }),
      store: sqliteStore({ path: join(folder, `${next}.db`) }),
      checkHost: async () => true,
    });
  const manager = await open();
  for (const [index, id] of ids.entries()) {
    const phone = `1555${next === 'running' ? 1 : 2}${String(index).padStart(6, '0')}`;
    const ready = nextReady(manager, waWeb, id, phone);
    await manager.create({ id });
    await within('ready after pairing', ready);
    if (next === 'stopped') await manager.stop(id);
  }
  await manager.close();
  return { ids, open };
}

/** @throws Error naming those that did not become ready */
async function allReady(manager: InstanceManager, ids: readonly string[]): Promise<void> {
  const outcomes = await Promise.allSettled(
    ids.map((id) => manager.whenReady(id, { timeoutMs: READY_WITHIN_MS })),
  );
  const lost = ids.filter((_, index) => outcomes[index]?.status === 'rejected');
  if (lost.length > 0) throw new Error(`${lost.length} of ${ids.length} were lost: ${lost.join(', ')}`);
}

async function timedOpening(
  { open, ids }: Fleet,
  restored: (manager: InstanceManager) => Promise<void>,
  end: (manager: InstanceManager) => Promise<unknown>,
): Promise<number> {
  const began = performance.now();
  const manager = await open();
  try {
    await restored(manager);
    await allReady(manager, ids);
    const tookMs = performance.now() - began;
    await end(manager);
    return tookMs;
  } finally {
    await manager.close();
  }
}

const atOnce = (fleet: Fleet) =>
  timedOpening(
    fleet,
    async () => {},
    async () => {},
  );

const oneAfterAnother = (fleet: Fleet) =>
  timedOpening(
    fleet,
    async (manager) => {
      for (const id of fleet.ids) {
        await manager.start(id);
        await manager.whenReady(id, { timeoutMs: READY_WITHIN_MS });
      }
    },
    (manager) => Promise.all(fleet.ids.map((id) => manager.stop(id))),
  );

export async function restore(pairs: number): Promise<Row[]> {
  const chromePath = chromiumFor('restore');
  if (chromePath === null) return [];
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'wakeeper-bench-')));
  const waWeb = await startWaWeb({ syncMs: SYNC_MS });
  const letGo = containLibraryRejections(() => {});
  try {
    const running = await pairedFleet(waWeb, chromePath, folder, 'running');
    const stopped = await pairedFleet(waWeb, chromePath, folder, 'stopped');
    const measured = await interleaved(
      pairs,
      () => atOnce(running),
      () => oneAfterAnother(stopped),
    );
    const text = {
      promise: 'restore',
      what: `${SIZE} instances at the start of the manager`,
      unit: 'ms',
      floorName: 'the same, one after another',
      targets: [{ on: 'ratio', atMost: 0.6 }],
      note: `all ${SIZE} were ready in every run: one that is lost fails the measure.`,
      whyMissed: WHY_MISSED,
    } as const;
    return [rowOf(text, measured)];
  } finally {
    letGo();
    await waWeb.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
