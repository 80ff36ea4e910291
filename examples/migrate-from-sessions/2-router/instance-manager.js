import { existsSync, readdirSync } from 'node:fs';
import { InstanceManager, isLifecycleError } from '@wakeeper/lifecycle';
import { sqliteStore } from '@wakeeper/lifecycle/sqlite';
import { containLibraryRejections, whatsappWebDriver } from '@wakeeper/lifecycle/whatsapp-web';

const { AUTH_BASE_DIR = './.wwebjs_auth', CHROME_PATH } = process.env;
const OLD_AUTH_DIR = './.wwebjs_auth';

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

/** Every profile of sessions.js becomes an instance, by a copy. Those that are one already are left alone. */
export async function adoptSessions() {
  if (!existsSync(OLD_AUTH_DIR)) return;
  for (const folder of readdirSync(OLD_AUTH_DIR).filter((name) => name.startsWith('session-'))) {
    const id = folder.slice('session-'.length);
    try {
      await manager.adopt({ id, source: `${OLD_AUTH_DIR}/${folder}` });
      console.log(`${id}: adopted`);
    } catch (error) {
      if (!isLifecycleError(error, 'INSTANCE_EXISTS')) throw error;
    }
  }
}
