/** Real Chromium, the real library, and the simulated WhatsApp Web behind them: what the tests of the driver stand on. */
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Browsers, next } from '../../../../../testing/wa-web/browser.js';
import type { EditionOptions } from '../../../../../testing/wa-web/editions.js';
import { OperatorBrowser } from '../../../../../testing/wa-web/operator-browser.js';
import { startWaWeb, type WaWeb } from '../../../../../testing/wa-web/server.js';
import { parseInstanceId, profileFolder } from '../../domain/instance-id.js';
import type { PageCapability } from '../../domain/page-report.js';
import { type PasskeyAssertion, type PasskeyOptions, parsePasskeyAssertion } from '../../domain/passkey.js';
import { passkeySnippet } from '../../domain/passkey-snippet.js';
import type { AccountRestriction } from '../../domain/restriction.js';
import type { DriverHarness, PasskeyRules, Picture } from '../../ports/driver.contract.js';
import type { Driver, DriverEvent, OpenRequest } from '../../ports/driver.js';
import { RECIPIENT } from '../../ports/driver-world.contract.js';
import { whatsappWebDriver } from '../../whatsapp-web.js';
import { processesOn } from './process-table.js';
import type { DriverNotice, WhatsAppWebOptions } from './whatsapp-web-options.js';

const UNTIL_MS = 30_000;
/** A module that a capability cannot do without, and no other one needs. */
const MODULE_OF: Partial<Record<PageCapability, string>> = {
  lookUp: 'WAWebQueryExistsJob',
  download: 'WAWebDownloadManager',
};
const LOOK_AGAIN_MS = 10;
const QR_STALL_MS = 3_000;

export async function until(fact: () => boolean | Promise<boolean>, what = 'the fact'): Promise<void> {
  const deadline = performance.now() + UNTIL_MS;
  while (!(await fact())) {
    if (performance.now() > deadline) throw new Error(`${what} did not come within ${UNTIL_MS} ms.`);
    await wait(LOOK_AGAIN_MS);
  }
}

export class ChromeWorld implements DriverHarness {
  readonly waWeb: WaWeb;
  readonly directory: string;
  readonly notices: DriverNotice[] = [];
  readonly unknownRecipient = '999123456789@c.us';
  readonly lengthenedNumber = { written: '5531987654321', registered: '553187654321' };
  readonly #options: Partial<WhatsAppWebOptions>;
  readonly #foreign: Browsers;
  readonly #phones = new Map<string, string>();
  /** Accounts that have a passkey, by the instance that they are to be linked with. */
  readonly #reserved = new Map<string, string>();
  readonly #operator: OperatorBrowser;
  readonly #shown = new Map<string, DriverEvent>();
  readonly #drivers: Driver[] = [];
  #people = 0;

  private constructor(waWeb: WaWeb, directory: string, options: Partial<WhatsAppWebOptions>) {
    this.waWeb = waWeb;
    this.directory = directory;
    this.#options = options;
    this.#foreign = new Browsers(waWeb);
    this.#operator = new OperatorBrowser(waWeb);
  }

  /** `page`: another edition of the page than the one that all tests run on. */
  static async start(
    options: Partial<WhatsAppWebOptions> = {},
    page: EditionOptions = {},
  ): Promise<ChromeWorld> {
    const directory = await realpath(await mkdtemp(join(tmpdir(), 'wakeeper-driver-')));
    const waWeb = await startWaWeb(page);
    const world = new ChromeWorld(waWeb, directory, options);
    await world.clearFaults();
    return world;
  }

  /** The world as it is at first, for all accounts. */
  async clearFaults(): Promise<void> {
    await this.waWeb.clearFaults();
    await this.waWeb.setFaults({
      qrRefreshMs: QR_STALL_MS / 2,
      unregistered: [this.unknownRecipient.split('@')[0] ?? ''],
      registeredAs: { [this.lengthenedNumber.written]: this.lengthenedNumber.registered },
    });
  }

  private get driverOptions(): WhatsAppWebOptions {
    return {
      authBaseDir: this.directory,
      // The port is for the tests alone, to close a page from outside.
      chromeArgs: [...this.waWeb.chromeArgs, '--remote-debugging-port=0'],
      qrStallMs: QR_STALL_MS,
      onNotice: (notice) => this.notices.push(notice),
      ...this.#options,
    };
  }

  async makeDriver(options: Partial<WhatsAppWebOptions> = {}): Promise<Driver> {
    const driver = whatsappWebDriver({ ...this.driverOptions, ...options });
    this.#drivers.push(driver);
    // What an instance shows to the person with the phone is read from what it says.
    const open = (request: OpenRequest): Promise<void> =>
      driver.open({ ...request, hear: (event) => this.#look(request, event) });
    return new Proxy(driver, {
      get: (target, name: keyof Driver) => {
        if (name === 'open') return open;
        const member = target[name];
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
  }

  #look({ instanceId, hear }: OpenRequest, event: DriverEvent): void {
    if (event.type === 'qr' || event.type === 'pairingCode') this.#shown.set(instanceId, event);
    hear(event);
  }

  profile(instanceId: string): string {
    return join(this.directory, profileFolder(parseInstanceId(instanceId)), `session-${instanceId}`);
  }
  get recipientChat(): string {
    return this.waWeb.chatId(RECIPIENT);
  }
  phone(instanceId: string): string {
    const phone = this.#phones.get(instanceId);
    if (!phone) throw new Error(`${instanceId} was never paired.`);
    return phone;
  }

  until(fact: () => boolean): Promise<void> {
    return until(fact);
  }
  now(): number {
    return performance.now();
  }
  async browsers(instanceId: string): Promise<number> {
    return (await processesOn(this.profile(instanceId))).length > 0 ? 1 : 0;
  }

  async scan(instanceId: string): Promise<void> {
    await this.#showsValidCode(instanceId);
    const shown = this.#shown.get(instanceId);
    const account = { phone: this.#reserved.get(instanceId) ?? this.#newPhone(), name: instanceId };
    if (shown?.type === 'qr') await this.waWeb.scan(shown.qr, account);
    else if (shown?.type === 'pairingCode') await this.waWeb.enterPairingCode(shown.code, account);
    else throw new Error(`${instanceId} shows nothing to scan.`);
    this.#phones.set(instanceId, account.phone);
  }
  /** Between the page's next code and its event, the code that was shown cannot be scanned any more. */
  #showsValidCode(instanceId: string): Promise<void> {
    const isValid = () => {
      const shown = this.#shown.get(instanceId);
      return shown?.type !== 'qr' || this.waWeb.unpaired().some(({ ref }) => shown.qr.startsWith(`${ref},`));
    };
    return until(isValid, 'a code that can be scanned');
  }
  /** The number of the account that is to be linked with the instance. */
  reserve(instanceId: string): string {
    const phone = this.#reserved.get(instanceId) ?? this.#newPhone();
    this.#reserved.set(instanceId, phone);
    return phone;
  }
  #newPhone(): string {
    return `155500${String(++this.#people).padStart(5, '0')}`;
  }
  async requirePasskey(instanceId: string, { code, ...rules }: PasskeyRules): Promise<void> {
    const phone = this.reserve(instanceId);
    await this.waWeb.setFaults({ passkey: { ...rules, ...(code && { code: 'compare' }) } }, phone);
    await this.#operator.register(phone);
  }
  async assertPasskey(instanceId: string, options: PasskeyOptions): Promise<PasskeyAssertion> {
    const phone = this.#reserved.get(instanceId);
    if (!phone) throw new Error(`The account of ${instanceId} has no passkey.`);
    return parsePasskeyAssertion(await this.#operator.run(phone, passkeySnippet(options)));
  }
  async comparePasskeyCode(instanceId: string, code: string): Promise<void> {
    await this.waWeb.comparePasskeyCode(this.phone(instanceId), code);
  }
  async unlink(instanceId: string): Promise<void> {
    await this.waWeb.unlink(this.phone(instanceId));
  }
  async receive(instanceId: string, body: string, chat?: string): Promise<string> {
    const message = { from: '4915100000077', name: 'Bo', body, ...(chat && { chat }) };
    return this.waWeb.receive(this.phone(instanceId), message);
  }
  async receiveUnreadable(instanceId: string, body: string): Promise<string> {
    const message = { from: '4915100000077', name: 'Bo', body, unreadable: true };
    return this.waWeb.receive(this.phone(instanceId), message);
  }
  async decrypt(instanceId: string, messageId: string): Promise<void> {
    this.waWeb.decrypt(this.phone(instanceId), messageId);
  }
  async receiveSilently(instanceId: string, body: string): Promise<string> {
    const phone = this.phone(instanceId);
    await this.waWeb.setFaults({ silentAdd: true }, phone);
    const id = this.waWeb.receive(phone, { from: '4915100000077', name: 'Bo', body });
    await this.waWeb.waitFor(phone, { quiet: true });
    await this.waWeb.clearFaults(phone, ['silentAdd']);
    return id;
  }
  async receivePicture(instanceId: string, { bytes, ...file }: Picture): Promise<string> {
    const media = { ...file, data: Buffer.from(bytes).toString('base64'), caption: 'Look' };
    return this.waWeb.receive(this.phone(instanceId), { from: '4915100000077', media });
  }
  async write(instanceId: string, body: string): Promise<string> {
    const phone = this.phone(instanceId);
    return this.waWeb.receive(phone, { from: phone, chat: '4915100000088', body });
  }
  async edit(instanceId: string, messageId: string, body: string): Promise<void> {
    this.waWeb.edit(this.phone(instanceId), messageId, body);
  }
  async revoke(instanceId: string, messageId: string): Promise<void> {
    this.waWeb.revokeMessage(this.phone(instanceId), messageId);
  }
  async react(instanceId: string, to: string, reaction: string | null): Promise<void> {
    this.waWeb.react(this.phone(instanceId), { to, sender: '4915100000077', text: reaction ?? '' });
  }
  async vote(instanceId: string, poll: string, option: string): Promise<void> {
    this.waWeb.vote(this.phone(instanceId), { poll, voter: '4915100000077', options: [option] });
  }
  async delivered(instanceId: string) {
    return this.waWeb.sent(this.phone(instanceId)).map(({ id, poll, body, mentions, quotedId }) => ({
      messageKey: id.split('_')[2] ?? '',
      text: poll?.question ?? body ?? '',
      mentions: mentions ?? [],
      quotedKey: quotedId ?? null,
    }));
  }

  async reactions(instanceId: string): Promise<Record<string, string>> {
    const standing: Record<string, string> = {};
    for (const { frame } of this.waWeb.raw(this.phone(instanceId))) {
      const { t, message, emoji } = frame as { t: string; message: string; emoji: string };
      if (t === 'react' && emoji === '') delete standing[message];
      else if (t === 'react') standing[message] = emoji;
    }
    return standing;
  }
  async readChats(instanceId: string): Promise<readonly string[]> {
    const frames = this.waWeb
      .raw(this.phone(instanceId))
      .map(({ frame }) => frame as { t: string; chat: string });
    return frames.filter(({ t }) => t === 'seen').map(({ chat }) => chat);
  }

  async killBrowser(instanceId: string): Promise<void> {
    // Its children are told apart by their type; it takes them along. Pids start again from the bottom, and say nothing.
    for (const { pid } of await processesOn(this.profile(instanceId))) {
      const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '--type=ended');
      if (!commandLine.includes('--type=')) process.kill(pid, 'SIGKILL');
    }
  }
  async freezeBrowser(instanceId: string): Promise<void> {
    for (const { pid } of await processesOn(this.profile(instanceId))) process.kill(pid, 'SIGSTOP');
  }
  async crashPage(instanceId: string): Promise<void> {
    await this.waWeb.pageCommand(this.phone(instanceId), 'crash');
  }
  async closePage(instanceId: string): Promise<void> {
    const [port] = (await readFile(join(this.profile(instanceId), 'DevToolsActivePort'), 'utf8')).split('\n');
    const tools = `http://127.0.0.1:${port}/json`;
    const targets = (await (await fetch(`${tools}/list`)).json()) as { id: string; type: string }[];
    for (const { id, type } of targets) if (type === 'page') await fetch(`${tools}/close/${id}`);
  }
  async setSocketState(instanceId: string, state: string): Promise<void> {
    await this.waWeb.socketState(this.phone(instanceId), state as Parameters<WaWeb['socketState']>[1]);
  }
  async changePage(instanceId: string, lacking: readonly PageCapability[]): Promise<void> {
    const phone = this.#phones.get(instanceId);
    const missingModules = lacking.flatMap((name) => MODULE_OF[name] ?? []);
    if (missingModules.length > 0) await this.waWeb.setFaults({ missingModules }, phone);
    else await this.waWeb.clearFaults(phone, ['missingModules']);
  }
  async stopCodes(): Promise<void> {
    await this.waWeb.setFaults({ qrRefreshMs: 0 });
  }
  async withholdAcks(instanceId: string): Promise<void> {
    await this.waWeb.setFaults({ withholdAcks: true }, this.phone(instanceId));
  }
  async releaseAcks(instanceId: string): Promise<void> {
    const phone = this.phone(instanceId);
    await this.waWeb.clearFaults(phone, ['withholdAcks']);
    for (const { id } of this.waWeb.sent(phone)) await this.waWeb.ack(phone, id, 1);
  }
  async restrict(instanceId: string, restriction: AccountRestriction | null): Promise<void> {
    const phone = this.phone(instanceId);
    if (!restriction) await this.waWeb.clearFaults(phone, ['timelock']);
    else
      await this.waWeb.setFaults(
        { timelock: { kind: restriction.kind, until: restriction.until ?? Number.MAX_SAFE_INTEGER } },
        phone,
      );
  }
  async silenceLookUps(instanceId: string): Promise<void> {
    await this.waWeb.setFaults({ exists: 'hang' }, this.phone(instanceId));
  }
  async answerLookUps(instanceId: string): Promise<void> {
    await this.waWeb.clearFaults(this.phone(instanceId), ['exists']);
  }
  async forgetHistory(instanceId: string): Promise<void> {
    await this.waWeb.setFaults({ history: 'forgotten', outbox: 'forgotten' }, this.phone(instanceId));
  }

  /** As a server without wakeeper leaves it: the library's own client, paired. */
  async foreignProfile(use: 'free' | 'inUse'): Promise<string> {
    const folder = await this.#foreign.profile();
    const client = this.#foreign.client(folder);
    const [qr, ready] = [next<string>(client, 'qr'), next(client, 'ready')];
    await client.initialize();
    await this.waWeb.scan(await qr, { phone: `155600${String(++this.#people).padStart(5, '0')}` });
    await ready;
    const profile = join(folder, 'session');
    if (use === 'inUse') return profile;
    await client.destroy();
    // The library's `destroy()` is over before the last process of its browser.
    await until(async () => (await processesOn(profile)).length === 0, 'the end of the browser');
    return profile;
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#drivers.map((driver) => driver.shutdown()));
    await this.#foreign.close();
    await this.#operator.close();
    await this.waWeb.close();
    await rm(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }
}
