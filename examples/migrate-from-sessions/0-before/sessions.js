import { existsSync, readdirSync } from 'node:fs';
import wwebjs from 'whatsapp-web.js';

const { Client, LocalAuth } = wwebjs;
const { CHROME_PATH } = process.env;
const AUTH_DIR = './.wwebjs_auth';

/** @type {Map<string, { client: InstanceType<typeof Client>, ready: boolean, qr: string | null }>} */
const sessions = new Map();

/** @param {string} id */
export function startSession(id) {
  if (sessions.has(id)) return;
  const client = new Client({
    authStrategy: new LocalAuth({ clientId: id }),
    puppeteer: { args: ['--no-sandbox'], ...(CHROME_PATH && { executablePath: CHROME_PATH }) },
  });
  /** @type {{ client: InstanceType<typeof Client>, ready: boolean, qr: string | null }} */
  const session = { client, ready: false, qr: null };
  sessions.set(id, session);

  client.on('qr', (qr) => {
    console.log(`${id}: scan the code`);
    session.qr = qr;
  });
  client.on('ready', () => {
    console.log(`${id}: ready`);
    session.ready = true;
    session.qr = null;
  });
  client.on('disconnected', async (reason) => {
    console.log(`${id}: disconnected (${reason}), starting again`);
    await stopSession(id);
    startSession(id);
  });
  client.initialize().catch((error) => console.error(`${id}: ${error.message}`));
}

/** All that were paired before. */
export function startKnownSessions() {
  if (!existsSync(AUTH_DIR)) return;
  for (const folder of readdirSync(AUTH_DIR)) {
    if (folder.startsWith('session-')) startSession(folder.slice('session-'.length));
  }
}

/** @param {string} id */
export const getSession = (id) => sessions.get(id);

/** @param {string} id */
export async function waitForReady(id, timeoutMs = 60_000) {
  const until = Date.now() + timeoutMs;
  while (Date.now() < until) {
    const session = sessions.get(id);
    if (session?.ready) return session.client;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  throw new Error(`Session ${id} is not ready`);
}

/** @param {string} id */
export async function stopSession(id) {
  const session = sessions.get(id);
  sessions.delete(id);
  await session?.client.destroy().catch(() => {});
}

export const stopSessions = () => Promise.all([...sessions.keys()].map(stopSession));
