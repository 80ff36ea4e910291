/**
 * Sessions as a plain script runs them: the unmodified library, the same browser with the same flags, and a restart at
 * once when the browser is gone.
 */
import { join } from 'node:path';
import wwebjs from 'whatsapp-web.js';
import { killGroup, type SessionKind, type Surroundings, timed, within } from './session.js';

type Client = InstanceType<typeof wwebjs.Client>;

export function plainSessions({ waWeb, chromePath, chromeArgs, folder }: Surroundings): SessionKind {
  const newClient = (phone: string): Client =>
    new wwebjs.Client({
      authStrategy: new wwebjs.LocalAuth({ clientId: phone, dataPath: join(folder, 'profiles') }),
      webVersionCache: { type: 'local', path: join(folder, 'versions') },
      puppeteer: {
        executablePath: chromePath,
        headless: true,
        defaultViewport: null,
        pipe: true,
        args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), ...chromeArgs],
      },
    });

  /** Resolves with the client when it is ready. */
  const begin = async (phone: string): Promise<Client> => {
    const client = newClient(phone);
    const ready = new Promise<void>((resolve, reject) => {
      client.once('ready', resolve);
      client.on('qr', (qr) => {
        waWeb.scan(qr, { phone }).catch(reject);
      });
    });
    await Promise.all([client.initialize(), ready]);
    return client;
  };

  return {
    measure: async (phone) => {
      let client: Client | undefined;
      const start = async () => {
        client = await begin(phone);
      };
      const end = async () => {
        await within('the end of the browser', client?.destroy() ?? Promise.resolve());
      };
      const killed = async () => {
        const browser = client?.pupBrowser;
        const pid = browser?.process()?.pid;
        if (!browser || pid === undefined) throw new Error('no browser is running');
        const restarted = new Promise<void>((resolve, reject) => {
          browser.once('disconnected', () => void start().then(resolve, reject));
        });
        killGroup(pid);
        await restarted;
      };
      const coldMs = await timed('ready after pairing', start);
      await end();
      const restoredMs = await timed('ready after a start', start);
      const recoveryMs = await timed('ready after a kill', killed);
      await end();
      return { coldMs, restoredMs, recoveryMs };
    },
    open: async (phone) => {
      const client = await within('ready after pairing', begin(phone));
      return () => within('the end of the browser', client.destroy());
    },
    end: async () => {},
  };
}
