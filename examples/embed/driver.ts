/** What the instances talk to: WhatsApp Web in Chromium, or with DRIVER=simulated a WhatsApp in memory that scans by itself. */
import type { Driver } from '@wakeeper/lifecycle';

export async function openDriver(dataDir: string): Promise<Driver> {
  if (process.env.DRIVER === 'simulated') {
    const { simulatedDriver } = await import('@wakeeper/lifecycle/testing');
    return simulatedDriver({ scanAfterMs: 1000 });
  }
  const { containLibraryRejections, whatsappWebDriver } = await import('@wakeeper/lifecycle/whatsapp-web');
  // whatsapp-web.js leaves rejections unhandled, and Node ends a process for one.
  containLibraryRejections((reason) => console.warn('whatsapp-web.js:', reason));
  return whatsappWebDriver({ authBaseDir: `${dataDir}/profiles`, chromePath: process.env.CHROME_PATH });
}
