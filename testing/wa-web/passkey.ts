import { createHash, createPublicKey, randomBytes, randomInt, verify } from 'node:crypto';
import type { Account } from './account.js';
import type { Faults } from './faults.js';
import type { PageConnection } from './page-connection.js';
import type { PageFrame, PasskeyOptionsJson, WireAssertion } from './wire.js';

/** A public key, as `getPublicKey()` of a registration gives it: SPKI in base64url. */
export interface RegisteredPasskey {
  credentialId: string;
  publicKey: string;
}

const ORIGIN = 'https://web.whatsapp.com';
const RP_ID = 'whatsapp.com';
const CODE_LETTERS = '123456789ABCDEFGHJKLMNPQRSTVWXYZ';
const USER_PRESENT_AND_VERIFIED = 0b101;

const bytes = (text: string) => Buffer.from(text, 'base64url');
const sha256 = (data: Buffer) => createHash('sha256').update(data).digest();

type PasskeyRules = NonNullable<Faults['passkey']>;

/** One link that waits for a passkey of its account: the challenge, the code, who has confirmed it. */
class PasskeyLink {
  readonly account: Account;
  readonly rules: PasskeyRules;
  readonly options: PasskeyOptionsJson;
  readonly code: string;
  /** The assertion was good. */
  proved = false;
  confirmedByPage = false;
  confirmedByPhone = false;

  constructor(account: Account, rules: PasskeyRules) {
    const { timeout = 600_000, rpId = RP_ID, code } = rules;
    this.account = account;
    this.rules = rules;
    this.options = {
      challenge: randomBytes(32).toString('base64url'),
      timeout,
      rpId,
      allowCredentials: [],
      userVerification: 'required',
      extensions: { uvm: true },
    };
    const letters = Array.from({ length: 8 }, () => CODE_LETTERS[randomInt(CODE_LETTERS.length)]).join('');
    this.code = `${letters.slice(0, 4)}-${letters.slice(4)}`;
    this.confirmedByPage = code === undefined;
    this.confirmedByPhone = code !== 'compare';
  }

  get isComplete(): boolean {
    return this.proved && this.confirmedByPage && this.confirmedByPhone;
  }

  /** What is wrong with an assertion, as a word; undefined for one that the account's passkey has made for this link. */
  flawOf(assertion: WireAssertion, registered: readonly RegisteredPasskey[]): string | undefined {
    const passkey = registered.find(({ credentialId }) => credentialId === assertion.id);
    if (!passkey || assertion.rawId !== assertion.id) return 'unknown-credential';
    const clientData = bytes(assertion.clientDataJSON);
    const { type, challenge, origin } = JSON.parse(String(clientData)) as Record<string, unknown>;
    if (type !== 'webauthn.get' || origin !== ORIGIN) return 'bad-client-data';
    if (challenge !== this.options.challenge) return 'bad-challenge';
    const authenticatorData = bytes(assertion.authenticatorData);
    if (!authenticatorData.subarray(0, 32).equals(sha256(Buffer.from(this.options.rpId)))) return 'bad-rp-id';
    const flags = authenticatorData[32] ?? 0;
    if ((flags & USER_PRESENT_AND_VERIFIED) !== USER_PRESENT_AND_VERIFIED) return 'user-not-verified';
    const key = createPublicKey({ key: bytes(passkey.publicKey), format: 'der', type: 'spki' });
    const signed = Buffer.concat([authenticatorData, sha256(clientData)]);
    return verify('sha256', signed, key, bytes(assertion.signature)) ? undefined : 'bad-signature';
  }
}

/** The links that wait for a passkey, by the page that is being linked. */
export class PasskeyLinks {
  readonly #links = new Map<PageConnection, PasskeyLink>();

  /** A page was scanned by an account whose link needs a passkey. */
  begin(page: PageConnection, account: Account, rules: PasskeyRules): void {
    const link = new PasskeyLink(account, rules);
    const { noTestIds = false, deadButton = false, keepsState = false } = rules;
    this.#links.set(page, link);
    page.send({ t: 'passkey', options: link.options, build: { noTestIds, deadButton, keepsState } });
  }

  withdraw(page: PageConnection): void {
    this.#links.delete(page);
  }

  hear(page: PageConnection, frame: Extract<PageFrame, { t: `passkey${string}` }>): void {
    const link = this.#links.get(page);
    if (!link) return;
    if (frame.t === 'passkeyConfirmed') link.confirmedByPage = true;
    else this.#judge(page, link, frame.assertion);
    this.#complete(page, link);
  }

  /** @throws Error when the phone shows another code, or none */
  compare(account: Account, code: string): void {
    const [page, link] = [...this.#links].find(([, each]) => each.account === account && each.proved) ?? [];
    if (!page || !link || link.code !== code) throw new Error('the phone shows another code');
    link.confirmedByPhone = true;
    this.#complete(page, link);
  }

  #judge(page: PageConnection, link: PasskeyLink, assertion: WireAssertion): void {
    const { refuse, code } = link.rules;
    const error = refuse ? 'refused' : link.flawOf(assertion, link.account.passkeys);
    if (error !== undefined) {
      this.withdraw(page);
      page.send({ t: 'passkeyError', error });
      return;
    }
    link.proved = true;
    if (code !== undefined) page.send({ t: 'passkeyCode', code: link.code, skip: code === 'skip' });
  }

  #complete(page: PageConnection, link: PasskeyLink): void {
    if (!link.isComplete || !this.#links.delete(page)) return;
    page.send({ t: 'paired', credentials: link.account.pair() });
  }
}
