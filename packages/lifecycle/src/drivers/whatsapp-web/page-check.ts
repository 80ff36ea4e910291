/**
 * The self-test of WhatsApp's page without a server. It opens a page that is not linked, on a profile that is thrown away,
 * or the page of an instance whose profile nothing else uses. Nothing is sent.
 */
import { access, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pRetry from 'p-retry';
import { LifecycleError } from '../../domain/errors.js';
import { parseInstanceId, profileFolder } from '../../domain/instance-id.js';
import type { PageReport } from '../../domain/page-report.js';
import { DriverError, type DriverEvent } from '../../ports/driver.js';
import { Deferred } from './deferred.js';
import { isNavigation } from './driver-failure.js';
import { within } from './page-call.js';
import { WhatsAppWebDriver } from './whatsapp-web-driver.js';
import type { WhatsAppWebOptions } from './whatsapp-web-options.js';

export interface PageCheckOptions
  extends Pick<WhatsAppWebOptions, 'authBaseDir' | 'chromePath' | 'chromeArgs' | 'webVersion'> {
  readonly pageLayerFile?: string | undefined;
  /** The instance whose profile is opened; null for a page that is not linked. */
  readonly instanceId: string | null;
  readonly proxy?: string | null;
  /** For all of it; 180,000 by default. */
  readonly deadlineMs?: number;
}

export interface PageCheck {
  /** False: only the modules were looked for, and most of what they do could not be tried. */
  readonly linked: boolean;
  readonly report: PageReport;
}

const UNLINKED = 'page-check';
const CLOSE_MS = 8_000;
const MAX_RELOADS = 3;
/** From a reload to a document that can be asked. */
const RELOADED_MS = 1_000;

/** @throws DriverError, LifecycleError PROFILE_NOT_FOUND */
export async function checkPage(options: PageCheckOptions): Promise<PageCheck> {
  const { instanceId } = options;
  if (instanceId !== null) {
    await mustExist(options.authBaseDir, instanceId);
    return runOn(options, instanceId);
  }
  const authBaseDir = await mkdtemp(join(await realpath(tmpdir()), 'wakeeper-page-'));
  try {
    // A pinned version lies in the folder of the profiles: what is not linked is tried on the page of today.
    return await runOn({ ...options, authBaseDir, webVersion: undefined }, UNLINKED);
  } finally {
    await rm(authBaseDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

async function runOn(options: PageCheckOptions, instanceId: string): Promise<PageCheck> {
  const {
    authBaseDir,
    chromePath,
    chromeArgs,
    webVersion,
    pageLayerFile,
    proxy,
    deadlineMs = 180_000,
  } = options;
  const driver = new WhatsAppWebDriver({
    authBaseDir,
    chromePath,
    chromeArgs,
    webVersion,
    pageLayerFile,
    initializeTimeoutMs: deadlineMs,
  });
  const began = performance.now();
  const leftMs = () => Math.max(1_000, deadlineMs - (performance.now() - began));
  const answer = new Deferred<PageReport | 'notLinked'>();
  answer.promise.catch(() => undefined);
  const hear = (event: DriverEvent): void => {
    if (event.type === 'pageTested') answer.resolve(event.report);
    if (event.type === 'qr') answer.resolve('notLinked');
    if (event.type === 'lost') answer.reject(new DriverError(event.failure));
  };
  const ref = { instanceId, generation: 1 };
  const { signal } = new AbortController();
  try {
    await driver.open({ ...ref, rung: 'hard', proxy: proxy ?? null, signal, hear });
    const late = {
      code: 'NEVER_READY',
      message: `The page was neither ready nor asked for a scan within ${Math.round(deadlineMs / 1000)} s.`,
    } as const;
    const said = await within(answer.promise, leftMs(), late);
    if (said !== 'notLinked') return { linked: true, report: said };
    if (options.instanceId !== null)
      throw new DriverError({
        code: 'UNPAIRED',
        message: 'The profile of this instance is not linked any more: its page asks for a scan.',
      });
    const test = () => driver.testUnlinkedPage({ ...ref, deadlineMs: leftMs() });
    return { linked: false, report: await overReloads(test) };
  } finally {
    await driver.close({ instanceId, mode: 'graceful', deadlineMs: CLOSE_MS });
    await driver.shutdown();
  }
}

/**
 * A page that waits for a scan loads itself anew every twenty seconds or so, and takes a test that is under way with it.
 * @internal
 */
export const overReloads = <T>(test: () => Promise<T>): Promise<T> =>
  pRetry(test, {
    retries: MAX_RELOADS,
    minTimeout: RELOADED_MS,
    factor: 1,
    shouldRetry: ({ error }) => isNavigation(error.cause),
  });

/** Opening makes a profile that is not there. */
async function mustExist(authBaseDir: string, instanceId: string): Promise<void> {
  const profile = join(authBaseDir, profileFolder(parseInstanceId(instanceId)), `session-${instanceId}`);
  await access(profile).catch((cause: unknown) => {
    throw new LifecycleError('PROFILE_NOT_FOUND', {
      message: `There is no profile of ${instanceId} in AUTH_BASE_DIR (${profile}).`,
      cause,
    });
  });
}
