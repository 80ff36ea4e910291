/** What the manager stands on: WhatsApp Web and a file, or with DRIVER=simulated a WhatsApp and a store in memory. */
import type { Driver, Store } from '@wakeeper/lifecycle';

const isSimulated = process.env.DRIVER === 'simulated';

export async function openDriver(): Promise<Driver> {
  if (isSimulated) {
    const { simulatedDriver } = await import('@wakeeper/lifecycle/testing');
    return simulatedDriver({ scanAfterMs: 500 });
  }
  const { containLibraryRejections, whatsappWebDriver } = await import('@wakeeper/lifecycle/whatsapp-web');
  // whatsapp-web.js leaves rejections unhandled, and Node ends a process for one.
  containLibraryRejections((reason) => console.warn('whatsapp-web.js:', reason));
  return whatsappWebDriver({ authBaseDir: './data/profiles', chromePath: process.env.CHROME_PATH });
}

export async function openStore(): Promise<Store> {
  if (isSimulated) {
    const { memoryStore } = await import('@wakeeper/lifecycle/testing');
    return memoryStore();
  }
  const { sqliteStore } = await import('@wakeeper/lifecycle/sqlite');
  return sqliteStore({ path: './data/wakeeper.db' });
}
