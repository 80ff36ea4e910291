import { InstanceManager } from '@wakeeper/lifecycle';
import { sqliteStore } from '@wakeeper/lifecycle/sqlite';
import { containLibraryRejections, whatsappWebDriver } from '@wakeeper/lifecycle/whatsapp-web';

const { AUTH_BASE_DIR = './.wwebjs_auth', CHROME_PATH } = process.env;

// whatsapp-web.js leaves rejections unhandled, and Node ends a process for one.
containLibraryRejections((reason) => console.warn('whatsapp-web.js:', reason));

export const manager = await InstanceManager.open({
  driver: whatsappWebDriver({ authBaseDir: AUTH_BASE_DIR, chromePath: CHROME_PATH }),
  store: sqliteStore({ path: './data/wakeeper.db' }),
});

manager.subscribe(({ type, instanceId, body }) => {
  if ('state' in body) console.log(`${instanceId}: ${body.state} (${body.detail}) ${body.reason ?? ''}`);
  else console.log(`${instanceId}: ${type}`);
});
