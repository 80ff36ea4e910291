import type { WebSocket } from 'ws';
import { Account } from './account.js';
import { numberOf, recipientOf } from './addresses.js';
import type { Faults, FaultTable } from './faults.js';
import { PageConnection } from './page-connection.js';
import { Pairing } from './pairing.js';
import { PasskeyLinks } from './passkey.js';
import type { Credentials, PageCommandName, PageFrame, WireMessage } from './wire.js';

type FrameOf<T extends PageFrame['t']> = Extract<PageFrame, { t: T }>;

/** How long a page may take to answer on a machine that is busy with other browsers. */
const PATIENCE_MS = 10_000;

/** WhatsApp's servers: who is paired, who is connected, what was sent. Knows nothing of HTTP. */
export class Backend {
  readonly pairing: Pairing;
  readonly passkeys = new PasskeyLinks();
  readonly #faults: FaultTable;
  readonly #byLid: boolean;
  readonly #accounts = new Map<string, Account>();
  readonly #pages = new Set<PageConnection>();
  readonly #watchers = new Set<() => void>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #connections = 0;
  #announcements = 0;

  /** `byLid`: pages file their chats under lids, and tests need not know. */
  constructor(faults: FaultTable, byLid: boolean, onRef: (ref: string) => void) {
    this.#faults = faults;
    this.#byLid = byLid;
    this.pairing = new Pairing(() => faults.of(undefined), onRef);
  }

  get accounts(): Account[] {
    return [...this.#accounts.values()];
  }

  find(phone: string): Account | undefined {
    return this.#accounts.get(phone);
  }

  account(phone: string): Account {
    const account = this.find(phone);
    if (!account) throw new Error(`there is no account ${phone}`);
    return account;
  }

  open(phone: string, name?: string): Account {
    const account = this.find(phone) ?? new Account(phone, name ?? `Account ${phone}`);
    if (name !== undefined) account.name = name;
    this.#accounts.set(phone, account);
    return account;
  }

  /** The first value that `read` gives, asked again after everything that happens here. */
  until<T>(read: () => T | undefined, timeoutMs: number, complaint: () => string): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (end: () => void) => {
        this.#watchers.delete(look);
        clearTimeout(timer);
        end();
      };
      const look = () => {
        const value = read();
        if (value !== undefined) settle(() => resolve(value));
      };
      const timer = setTimeout(() => settle(() => reject(new Error(complaint()))), timeoutMs);
      this.#watchers.add(look);
      look();
    });
  }

  meet(socket: WebSocket): void {
    this.#connections += 1;
    const page = new PageConnection(this.#connections, socket, (from, frame) => {
      this.#hear(from, frame);
      this.#changed();
    });
    this.#pages.add(page);
    page.onClose(() => {
      this.#pages.delete(page);
      this.pairing.withdraw(page);
      this.passkeys.withdraw(page);
      this.#accountOf(page)?.disconnect(page);
      this.#changed();
    });
  }

  /** An acknowledgement that the page is given now, or when it comes back. */
  acknowledge(account: Account, messageId: string, ack: number): void {
    const delivery = account.delivery(messageId);
    if (!delivery) throw new Error(`${account.phone} sent no message ${messageId}`);
    delivery.ack = ack;
    account.offer({ t: 'ack', id: delivery.id, ack });
  }

  /** Resolves when the page is about to obey: what comes after finds it hanging, gone, or crashed. */
  async command(page: PageConnection, command: PageCommandName, ms?: number): Promise<void> {
    this.#announcements += 1;
    const n = this.#announcements;
    page.hangs = command === 'hang' && ms === undefined;
    page.send({ t: 'command', n, command, ...(ms === undefined ? {} : { ms }) });
    await this.until(
      () => page.obeyed >= n || page.dropped || undefined,
      PATIENCE_MS,
      () => `the page does not ${command}`,
    );
  }

  /** Resolves when the pages concerned know their faults; one that is told to hang is not waited for. */
  async announceFaults(phone?: string): Promise<void> {
    this.#announcements += 1;
    const n = this.#announcements;
    const concerned = [...this.#pages].filter((page) => phone === undefined || page.phone === phone);
    for (const page of concerned) {
      const faults = this.#faults.of(page.phone);
      page.send({ t: 'faults', n, faults });
      if (faults.offline) page.drop();
    }
    for (const page of this.#pages) if (page.unanswered) this.#hear(page, page.unanswered);
    const known = () =>
      concerned.every((page) => page.knownFaults >= n || page.dropped || page.hangs) || undefined;
    await this.until(known, PATIENCE_MS, () => 'a page does not answer').catch(() => {});
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.pairing.close();
    for (const page of this.#pages) page.drop();
  }

  #changed(): void {
    for (const look of [...this.#watchers]) look();
  }

  #accountOf(page: PageConnection): Account | undefined {
    return page.phone === undefined ? undefined : this.find(page.phone);
  }

  #hear(page: PageConnection, frame: PageFrame): void {
    const account = this.#accountOf(page);
    switch (frame.t) {
      case 'hello':
        this.#greet(page, frame);
        break;
      case 'page':
        page.state = frame.state;
        page.synced = frame.synced;
        break;
      case 'knowsFaults':
        page.knownFaults = frame.n;
        break;
      case 'obeys':
        page.obeyed = frame.n;
        break;
      case 'paired':
        page.isPaired = true;
        break;
      case 'refresh':
        this.pairing.offer(page);
        break;
      case 'passkeyAssertion':
      case 'passkeyConfirmed':
        this.passkeys.hear(page, frame);
        break;
      case 'code':
        page.send({ t: 'reply', n: frame.n, ...this.#codeFor(page, frame.phone) });
        break;
      case 'exists':
        page.send({ t: 'reply', n: frame.n, ...this.#whetherExists(page, frame.wid) });
        break;
      default:
        if (account) this.#hearFrom(account, page, frame);
    }
    // Only now, so that the greeting of a paired page is recorded too.
    this.#accountOf(page)?.frames.push({
      at: new Date().toISOString(),
      device: page.device ?? '',
      connection: page.number,
      frame,
    });
  }

  #hearFrom(account: Account, page: PageConnection, frame: PageFrame): void {
    switch (frame.t) {
      case 'send':
        this.#take(account, { ...frame.message, to: recipientOf(frame.message.to, this.#byLid) });
        break;
      case 'received':
        account.confirm(frame.id);
        break;
      case 'synced':
        if (this.#faults.of(account.phone).offlineMessages === 'afterReady') account.offerAgain(page);
        break;
      case 'logout':
        account.unpair(page.device);
        page.send({ t: 'reply', n: frame.n });
        break;
    }
  }

  #greet(page: PageConnection, hello: FrameOf<'hello'>): void {
    const { credentials } = hello;
    const faults = this.#faults.of(credentials?.phone);
    page.unanswered = faults.offline === 'silent' ? hello : undefined;
    if (faults.offline === true) page.drop();
    else if (page.unanswered) return;
    else if (!credentials) this.pairing.offer(page);
    else this.#welcome(page, credentials, faults);
  }

  #welcome(page: PageConnection, credentials: Credentials, faults: Faults): void {
    const account = this.find(credentials.phone);
    if (!account?.knows(credentials)) {
      page.send({ t: 'loggedOut' });
      return;
    }
    page.phone = account.phone;
    page.device = credentials.device;
    page.send({ t: 'faults', n: this.#announcements, faults });
    account.connect(page);
    page.send({ t: 'welcome', account: { phone: account.phone, lid: account.lid, name: account.name } });
    if (faults.offlineMessages !== 'afterReady') account.offerAgain(page);
    page.send({ t: 'offlineEnd' });
  }

  #take(account: Account, message: WireMessage): void {
    const { phone } = account;
    if (this.#faults.strikes('drop', phone)) return;
    const { refuseTo = [], ackMs = 0, timelock } = this.#faults.of(phone);
    const isLocked = timelock !== undefined && timelock.until > Date.now() && !account.hasChat(message.to);
    const isRefused = isLocked || refuseTo.some((to) => message.to.startsWith(to));
    if (isRefused || this.#faults.strikes('refuse', phone)) {
      account.tell({ t: 'ack', id: message.key, ack: -1 });
      return;
    }
    const delivery = account.take(message);
    if (this.#faults.strikes('withholdAcks', phone)) return;
    this.#later(ackMs, () => account.offer({ t: 'ack', id: delivery.id, ack: delivery.ack }));
  }

  #later(ms: number, action: () => void): void {
    if (ms === 0) {
      action();
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, ms);
    this.#timers.add(timer);
  }

  #codeFor(page: PageConnection, phone: string): { result?: string; error?: string } {
    const { pairingCode, pairingRevokes } = this.#faults.of(phone);
    if (pairingCode === 'refuse') return { error: 'rate-overlimit' };
    if (pairingRevokes) this.#logOut(phone);
    return { result: this.pairing.codeFor(page, phone) };
  }

  /** Every device of the account; a number without one loses nothing. */
  #logOut(phone: string): void {
    const account = this.find(phone);
    account?.unpair();
    account?.tell({ t: 'loggedOut' });
  }

  #whetherExists(page: PageConnection, wid: string): { result?: { wid: string } | null; error?: string } {
    const { exists, unregistered = [], registeredAs = {} } = this.#faults.of(page.phone);
    if (exists === 'refuse') return { error: 'rate-overlimit' };
    const number = numberOf(wid);
    if (unregistered.includes(number)) return { result: null };
    const other = registeredAs[number];
    return { result: { wid: other === undefined ? wid : `${other}@c.us` } };
  }
}
