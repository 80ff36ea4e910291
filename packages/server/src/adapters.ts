/** The driver and the store that the configuration names. Each is loaded only when it is wanted: both are heavy. */
import { type Driver, type Log, messageOf, type Store } from '@wakeeper/lifecycle';
import type { Config } from './config.js';

export async function openStore({ store, storeStallTimeoutMs }: Config): Promise<Store> {
  if (store.kind === 'memory') {
    const { memoryStore } = await import('@wakeeper/lifecycle/testing');
    return memoryStore();
  }
  const { sqliteStore } = await import('@wakeeper/lifecycle/sqlite');
  return sqliteStore({ path: store.path, commitDeadlineMs: storeStallTimeoutMs });
}

export async function openDriver(config: Config, log: Log): Promise<Driver> {
  if (config.driver === 'simulated') {
    const { simulatedDriver } = await import('@wakeeper/lifecycle/testing');
    return simulatedDriver({ scanAfterMs: config.simulatedScanAfterMs });
  }
  const { containLibraryRejections, findBrowser, whatsappWebDriver } = await import(
    '@wakeeper/lifecycle/whatsapp-web'
  );
  containLibraryRejections((reason) => log.warn({ err: reason }, 'whatsapp-web.js leaked a rejection'));
  try {
    findBrowser(config.chrome.path ?? undefined);
  } catch (error) {
    // No reason not to start: a browser can be installed later, and each instance says the same.
    log.warn({}, messageOf(error));
  }
  return whatsappWebDriver({
    authBaseDir: config.authBaseDir,
    chromePath: config.chrome.path ?? undefined,
    chromeArgs: config.chrome.args,
    webVersion: config.chrome.webVersion ?? undefined,
    pageLayerFile: config.pageLayer.file ?? undefined,
    pageLayerLabel: config.pageLayer.label ?? undefined,
    onboardingLabels: config.onboardingLabels,
    onNotice: ({ instanceId, message, cause }) => log.warn({ instanceId, err: cause }, message),
  });
}
