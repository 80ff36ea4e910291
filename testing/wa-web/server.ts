import { randomBytes, randomInt } from 'node:crypto';
import type { AccountView } from './account.js';
import { numberOf, personId } from './addresses.js';
import { Backend } from './backend.js';
import { type EditionOptions, traitsOf } from './editions.js';
import { FaultTable } from './faults.js';
import type { PageConnection } from './page-connection.js';
import type { AccountFact, Scanner, WaWeb } from './wa-web.js';
import { WebFront } from './web-front.js';

export type { Edition } from './editions.js';
export type * from './wa-web.js';
export type { SocketState } from './wire.js';

export interface WaWebOptions extends EditionOptions {
  /** Default: any free port. */
  port?: number;
  /** How long the page synchronises after it is connected. Default 300. */
  syncMs?: number;
  /** Where the page keeps its credentials and messages. Default indexeddb, which survives a kill -9. */
  storage?: 'indexeddb' | 'localstorage';
  /** Memory that each page holds in addition, in MB: the real page weighs more than this one. Default 0. */
  ballastMb?: number;
  /** Called with every ref that a page shows. */
  onRef?: (ref: string) => void;
}

/** The random part of a message's id, as a phone makes it. */
const newId = () => randomBytes(10).toString('hex').toUpperCase();

/** A simulated WhatsApp Web on a loopback port: the page, the server behind it, and the strings a test pulls. */
export async function startWaWeb(options: WaWebOptions = {}): Promise<WaWeb> {
  const traits = traitsOf(options);
  const idOf = (who: string) => personId(who, traits.lidChats);
  const faults = new FaultTable();
  const backend = new Backend(faults, traits.lidChats, options.onRef ?? (() => {}));
  const front = await WebFront.listen({
    port: options.port ?? 0,
    settings: {
      storage: options.storage ?? 'indexeddb',
      syncMs: options.syncMs ?? 300,
      ballastMb: options.ballastMb ?? 0,
      traits,
    },
    faults,
    onSocket: (socket) => backend.meet(socket),
  });

  const pageOf = (phone: string): PageConnection => {
    const { page } = backend.account(phone);
    if (!page) throw new Error(`${phone} has no connected page`);
    return page;
  };

  const pair = async (page: PageConnection, scanner: Scanner): Promise<string> => {
    const account = backend.open(scanner.phone, scanner.name);
    const { passkey } = faults.of(account.phone);
    if (passkey) {
      backend.passkeys.begin(page, account, passkey);
      return account.phone;
    }
    page.send({ t: 'paired', credentials: account.pair() });
    const outcome = () =>
      (account.page && 'connected') || (page.dropped && !page.isPaired && 'lost') || undefined;
    if ((await backend.until(outcome, 30_000, () => `${account.phone} did not connect`)) === 'lost')
      throw new Error('the page that showed this code went before it was paired');
    return account.phone;
  };

  const connected = (phone: string): Promise<true> =>
    backend.until(
      () => (backend.account(phone).page ? true : undefined),
      30_000,
      () => `${phone} did not connect`,
    );

  const waitFor = (phone: string, fact: AccountFact, timeoutMs = 10_000): Promise<AccountView> => {
    const holds = (): AccountView | undefined => {
      const account = backend.find(phone);
      const view = account?.view();
      if (!account || !view) return undefined;
      const held =
        (fact.connected === undefined || view.connected === fact.connected) &&
        (fact.synced === undefined || view.synced === fact.synced) &&
        (fact.state === undefined || view.state === fact.state) &&
        (fact.sent === undefined || view.sent >= fact.sent) &&
        (fact.delivered === undefined || account.delivery(fact.delivered) !== undefined) &&
        (fact.frames === undefined || account.messageFrames >= fact.frames) &&
        (fact.quiet !== true || view.waiting === 0);
      return held ? view : undefined;
    };
    const seen = () =>
      `${phone}: waited for ${JSON.stringify(fact)}, seen ${JSON.stringify(backend.find(phone)?.view())}`;
    return backend.until(holds, timeoutMs, seen);
  };

  return {
    port: front.port,
    chromeArgs: [
      `--host-resolver-rules=MAP web.whatsapp.com:443 127.0.0.1:${front.port}`,
      '--ignore-certificate-errors',
    ],

    chatId: idOf,
    unpaired: () => backend.pairing.pages,
    async scan(qr, account) {
      const page = backend.pairing.byRef(qr.split(',')[0] ?? '');
      if (!page) throw new Error('no page shows this QR (any more)');
      return pair(page, account ?? { phone: `1555${randomInt(1_000_000, 9_999_999)}` });
    },
    async enterPairingCode(code, account) {
      const found = backend.pairing.byCode(code.replaceAll('-', ''));
      if (!found) throw new Error('no page asked for this code');
      return pair(found.page, account ?? { phone: found.phone });
    },

    registerPasskey(phone, passkey) {
      backend.open(phone).passkeys.push(passkey);
    },
    async comparePasskeyCode(phone, code) {
      backend.passkeys.compare(backend.account(phone), code);
      await connected(phone);
    },

    accounts: () => backend.accounts.map((account) => account.view()),
    account: (phone) => backend.account(phone).view(),
    sent: (phone) => structuredClone(backend.find(phone)?.deliveries ?? []),
    raw: (phone) => structuredClone(backend.find(phone)?.frames ?? []),
    mediaOf: (phone, messageId) => {
      const hash = backend.account(phone).delivery(messageId)?.media?.hash;
      return hash === undefined ? null : (front.media.byHash(hash)?.toString('base64') ?? null);
    },
    waitFor,

    receive(phone, { from, chat, media, location, unreadable, ...message }) {
      const account = backend.account(phone);
      const fromMe = numberOf(from) === account.phone;
      const where = idOf(chat ?? from);
      const id = newId();
      const file = media && front.media.keep(Buffer.from(media.data, 'base64'), media.mimetype);
      const { name, ...written } = message;
      const envelope = {
        t: Math.floor(Date.now() / 1000),
        ...(name === undefined ? {} : { name }),
        id,
        chat: where,
        fromMe,
        ...(where.endsWith('@g.us') ? { author: idOf(from) } : {}),
      };
      const content = {
        type: media ? (media.mimetype.split('/')[0] ?? 'document') : location ? 'location' : 'chat',
        body: '',
        ...written,
        ...(file
          ? { ...file, mimetype: media?.mimetype, filename: media?.filename, caption: media?.caption }
          : {}),
        ...(location ? { lat: location.latitude, lng: location.longitude, loc: location.description } : {}),
      };
      const direction = traits.selfInKeys && numberOf(where) === account.phone ? '_in' : '';
      const author = where.endsWith('@g.us') ? `_${idOf(from)}` : '';
      const messageId = `${fromMe}_${where}_${id}${direction}${author}`;
      if (unreadable) account.seal(messageId, content);
      const shown = unreadable ? { type: 'ciphertext' } : content;
      account.offer({ t: 'message', message: { ...envelope, ...shown } });
      return messageId;
    },
    decrypt(phone, of) {
      const account = backend.account(phone);
      account.offer({ t: 'decryption', decryption: { id: newId(), of, content: account.unseal(of) } });
    },
    ack: (phone, messageId, level) => backend.acknowledge(backend.account(phone), messageId, level),
    vote(phone, { poll, voter, options: chosen }) {
      const account = backend.account(phone);
      const delivery = account.delivery(poll);
      if (!delivery?.poll) throw new Error(`${phone} sent no poll ${poll}`);
      const localIds = chosen.map((option) => delivery.poll?.options.indexOf(option) ?? -1);
      if (localIds.includes(-1))
        throw new Error(`the poll's options are ${delivery.poll.options.join(', ')}`);
      const id = newId();
      account.offer({
        t: 'vote',
        vote: { id, poll: delivery.id, voter: idOf(voter), localIds, at: Date.now() },
      });
    },
    edit(phone, messageId, body) {
      const edit = { id: newId(), of: messageId, body, at: Date.now() };
      backend.account(phone).offer({ t: 'edit', edit });
    },
    revokeMessage(phone, messageId) {
      backend.account(phone).offer({ t: 'revocation', revocation: { id: newId(), of: messageId } });
    },
    react(phone, { to, sender, text }) {
      const account = backend.account(phone);
      const fromMe = numberOf(sender) === account.phone;
      const reaction = { id: newId(), of: to, sender: idOf(sender), fromMe, text, at: Date.now() };
      account.offer({ t: 'reaction', reaction });
    },

    unlink(phone) {
      const account = backend.account(phone);
      account.unpair();
      account.tell({ t: 'loggedOut' });
    },
    revoke: (phone) => backend.account(phone).unpair(),
    kick: (phone) => pageOf(phone).drop(),
    socketState: (phone, state) => pageOf(phone).send({ t: 'state', state }),

    setFaults(next, phone) {
      faults.set(next, phone);
      return backend.announceFaults(phone);
    },
    clearFaults(phone, names) {
      faults.clear(phone, names);
      return backend.announceFaults(phone);
    },
    async pageCommand(phoneOrRef, command, ms) {
      const page = backend.pairing.byRef(phoneOrRef.split(',')[0] ?? '') ?? pageOf(phoneOrRef);
      if (command === 'finishSync') page.send({ t: 'finishSync' });
      else await backend.command(page, command, ms);
    },

    async close() {
      backend.close();
      await front.close();
    },
  };
}
