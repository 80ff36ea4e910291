import puppeteer, { type Browser, type CDPSession, type Page } from 'puppeteer';
import type { RegisteredPasskey } from './passkey.js';
import type { WaWeb } from './server.js';

interface Holder {
  readonly page: Page;
  readonly tools: CDPSession;
}

const AUTHENTICATOR = {
  protocol: 'ctap2',
  transport: 'internal',
  hasResidentKey: true,
  hasUserVerification: true,
  isUserVerified: true,
  automaticPresenceSimulation: true,
} as const;
const PRINTED_WITHIN_MS = 20_000;

const REGISTER = `(async () => {
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\\+/g, '-').replace(/\\//g, '_').replace(/=/g, '');
  const { id, response } = await navigator.credentials.create({
    publicKey: {
      challenge: crypto.getRandomValues(new Uint8Array(32)),
      rp: { id: 'whatsapp.com', name: 'WhatsApp' },
      user: { id: crypto.getRandomValues(new Uint8Array(16)), name: 'account', displayName: 'account' },
      pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    },
  });
  return { credentialId: id, publicKey: text(response.getPublicKey()) };
})()`;

/**
 * The browser of the person who links accounts: a Chromium of its own with pages at https://web.whatsapp.com, one for each
 * account, whose passkey lies in an authenticator that Chromium itself plays. What is signed there is truly signed.
 */
export class OperatorBrowser {
  readonly #waWeb: Pick<WaWeb, 'chromeArgs' | 'registerPasskey'>;
  readonly #holders = new Map<string, Holder>();
  #browser: Promise<Browser> | undefined;

  constructor(waWeb: Pick<WaWeb, 'chromeArgs' | 'registerPasskey'>) {
    this.#waWeb = waWeb;
  }

  /** The account gets a passkey, and WhatsApp knows its public key. */
  async register(phone: string): Promise<void> {
    const { page } = await this.#hold(phone);
    this.#waWeb.registerPasskey(phone, (await page.evaluate(REGISTER)) as RegisteredPasskey);
  }

  /** What a snippet prints that is pasted into the developer tools of the account's page. */
  async run(phone: string, snippet: string): Promise<unknown> {
    const { page } = await this.#hold(phone);
    const printed = new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('the snippet prints nothing')), PRINTED_WITHIN_MS);
      page.once('console', (message) => {
        clearTimeout(timer);
        resolve(message.text());
      });
    });
    printed.catch(() => {});
    await page.evaluate(snippet);
    return JSON.parse(await printed);
  }

  async close(): Promise<void> {
    await (await this.#browser)?.close();
  }

  async #hold(phone: string): Promise<Holder> {
    const known = this.#holders.get(phone);
    if (known) return known;
    this.#browser ??= puppeteer.launch({
      executablePath: process.env.CHROME_PATH ?? '/usr/bin/chromium',
      pipe: true,
      args: [...this.#waWeb.chromeArgs, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
    });
    const page = await (await this.#browser).newPage();
    await page.goto('https://web.whatsapp.com/elsewhere');
    const tools = await page.createCDPSession();
    await tools.send('WebAuthn.enable');
    await tools.send('WebAuthn.addVirtualAuthenticator', { options: AUTHENTICATOR });
    const holder = { page, tools };
    this.#holders.set(phone, holder);
    return holder;
  }
}
