import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import { Account } from './account.js';
import type { PageConnection } from './page-connection.js';
import { PasskeyLinks } from './passkey.js';
import type { ServerFrame, WireAssertion } from './wire.js';

type FrameOf<T extends ServerFrame['t']> = Extract<ServerFrame, { t: T }>;

const sha256 = (data: Buffer | string) => createHash('sha256').update(data).digest();
const text = (data: Buffer | string) => Buffer.from(data).toString('base64url');

let account: Account;
let links: PasskeyLinks;
let sent: ServerFrame[];
let page: PageConnection;
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const CREDENTIAL = text(randomBytes(32));

beforeEach(() => {
  account = new Account('15550001', 'Ada');
  account.passkeys.push({
    credentialId: CREDENTIAL,
    publicKey: text(publicKey.export({ format: 'der', type: 'spki' })),
  });
  links = new PasskeyLinks();
  sent = [];
  page = { send: (frame: ServerFrame) => void sent.push(frame) } as PageConnection;
});
const last = <T extends ServerFrame['t']>(type: T) =>
  sent.findLast((frame): frame is FrameOf<T> => frame.t === type);

interface Forgery {
  type?: string;
  challenge?: string;
  origin?: string;
  rpId?: string;
  flags?: number;
  credential?: string;
  key?: typeof privateKey;
}

/** What an authenticator makes, or a forger. */
function assertion(forged: Forgery = {}): WireAssertion {
  const { challenge = last('passkey')?.options.challenge ?? '' } = forged;
  const { type = 'webauthn.get', origin = 'https://web.whatsapp.com', rpId = 'whatsapp.com' } = forged;
  const clientData = Buffer.from(JSON.stringify({ type, challenge, origin }));
  const authenticatorData = Buffer.concat([sha256(rpId), Buffer.from([forged.flags ?? 5, 0, 0, 0, 1])]);
  const id = forged.credential ?? CREDENTIAL;
  return {
    id,
    rawId: id,
    clientDataJSON: text(clientData),
    authenticatorData: text(authenticatorData),
    signature: text(
      sign('sha256', Buffer.concat([authenticatorData, sha256(clientData)]), forged.key ?? privateKey),
    ),
    userHandle: null,
  };
}
const give = (given: WireAssertion) => links.hear(page, { t: 'passkeyAssertion', assertion: given });

test('an assertion of the registered passkey links the account', () => {
  links.begin(page, account, {});
  give(assertion());
  expect(sent.map(({ t }) => t)).toEqual(['passkey', 'paired']);
  expect(account.knows(last('paired')?.credentials ?? { phone: '', device: '', secret: '' })).toBe(true);
});

test.each<[string, Forgery]>([
  ['unknown-credential', { credential: text('another') }],
  ['bad-client-data', { type: 'webauthn.create' }],
  ['bad-client-data', { origin: 'https://whatsapp.example' }],
  ['bad-challenge', { challenge: text('an older one') }],
  ['bad-rp-id', { rpId: 'whatsapp.example' }],
  ['user-not-verified', { flags: 1 }],
  ['bad-signature', { key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }],
])('is refused as %s', (error, forged) => {
  links.begin(page, account, {});
  give(assertion(forged));
  expect(sent.at(-1)).toEqual({ t: 'passkeyError', error });
  // There is no second chance for the page.
  give(assertion());
  expect(last('paired')).toBeUndefined();
});

test('a code is confirmed at the page and on the phone, in any order, and only where it is the same', () => {
  for (const order of ['page first', 'phone first']) {
    sent.length = 0;
    links.begin(page, account, { code: 'compare' });
    expect(() => links.compare(account, 'ABCD-1234')).toThrow('another code');
    give(assertion());
    const { code = '' } = last('passkeyCode') ?? {};
    expect(last('passkeyCode')?.skip).toBe(false);
    expect(() => links.compare(account, code === 'ABCD-1234' ? 'ABCD-1235' : 'ABCD-1234')).toThrow();
    if (order === 'phone first') links.compare(account, code);
    links.hear(page, { t: 'passkeyConfirmed' });
    if (order === 'page first') {
      expect(last('paired')).toBeUndefined();
      links.compare(account, code);
    }
    expect(last('paired')).toBeDefined();
  }
});
