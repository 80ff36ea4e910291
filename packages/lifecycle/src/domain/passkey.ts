/**
 * Linking with a passkey: what WhatsApp asks of the account's authenticator, and what a person's own browser answers. The
 * options are no secret. The assertion is one: it belongs into no log, no fact, no error and no store.
 */
import { LifecycleError } from './errors.js';

/** As the browsers' own JSON of `PublicKeyCredentialRequestOptions` has them: bytes in base64url, passed on as they come. */
export interface PasskeyOptions {
  readonly challenge: string;
  /** Milliseconds. */
  readonly timeout?: number;
  readonly rpId?: string;
  readonly allowCredentials?: readonly { readonly id: string; readonly type: string }[];
  readonly userVerification?: string;
  readonly [name: string]: unknown;
}

/** As the browsers' own JSON of an assertion has it, as far as WhatsApp's page reads it: bytes in base64url. */
export interface PasskeyAssertion {
  readonly id: string;
  readonly rawId: string;
  readonly type: 'public-key';
  readonly response: {
    readonly clientDataJSON: string;
    readonly authenticatorData: string;
    readonly signature: string;
    readonly userHandle: string | null;
  };
}

/** A linking that waits for the passkey, or for what follows it. Times in epoch milliseconds. */
export interface PasskeyLink {
  readonly options: PasskeyOptions;
  /** When it is given up. */
  readonly expiresAt: number;
  /** The code that a person compares with the one on the phone, or null while there is none. */
  readonly code: string | null;
  /** A person has to compare the code; otherwise the page goes on by itself. */
  readonly confirm: boolean;
}

/** How far a linking is: the passkey is waited for; WhatsApp and the phone are; a person is to compare the code. */
export const PASSKEY_STAGES = ['assertion', 'confirming', 'code'] as const;
export type PasskeyStage = (typeof PASSKEY_STAGES)[number];

/** The origin for which a browser must have signed. */
export const PASSKEY_ORIGIN = 'https://web.whatsapp.com';

/** Many times what an authenticator gives. */
const LONGEST = 8_192;

/** The message says which field and never what is in it. */
const invalid = (path: string, rule: string): LifecycleError =>
  new LifecycleError('INVALID_INPUT', {
    message: `"${path}" ${rule}. Run the snippet again and give what it prints, whole.`,
    details: { path },
  });

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function base64url(value: unknown, path: string): string {
  const text =
    typeof value === 'string' && /^[A-Za-z0-9_-]+={0,2}$/.test(value) ? value.replace(/=+$/, '') : '';
  // No bytes have one character left over: the end is missing, and the page's question must not be spent on it.
  if (text === '' || text.length > LONGEST || text.length % 4 === 1) throw invalid(path, 'must be base64url');
  return text;
}

/** The fields that count, and no other. @throws LifecycleError INVALID_INPUT, which shows nothing of what was given */
export function parsePasskeyAssertion(given: unknown): PasskeyAssertion {
  if (!isObject(given)) throw invalid('assertion', 'must be the JSON object that the snippet prints');
  const { id, rawId = id, type, response } = given;
  if (type !== 'public-key') throw invalid('assertion.type', 'must be "public-key"');
  if (!isObject(response)) throw invalid('assertion.response', 'must be an object');
  const { clientDataJSON, authenticatorData, signature, userHandle = null } = response;
  const of = (value: unknown, name: string) => base64url(value, `assertion.response.${name}`);
  return {
    id: base64url(id, 'assertion.id'),
    rawId: base64url(rawId, 'assertion.rawId'),
    type,
    response: {
      clientDataJSON: of(clientDataJSON, 'clientDataJSON'),
      authenticatorData: of(authenticatorData, 'authenticatorData'),
      signature: of(signature, 'signature'),
      userHandle: userHandle === null || userHandle === '' ? null : of(userHandle, 'userHandle'),
    },
  };
}

/**
 * Refuses what WhatsApp could only refuse, while the page still waits: an assertion is taken once.
 * @throws LifecycleError INVALID_INPUT, which shows nothing of what was given
 */
export function checkPasskeyAnswers(
  { response }: PasskeyAssertion,
  { challenge }: Pick<PasskeyOptions, 'challenge'>,
): void {
  const path = 'assertion.response.clientDataJSON';
  const signed = clientDataOf(response.clientDataJSON);
  if (!signed) throw invalid(path, 'must be what a browser has signed');
  if (signed.type !== 'webauthn.get')
    throw invalid(path, 'must belong to navigator.credentials.get and not to another call');
  if (signed.origin !== PASSKEY_ORIGIN)
    throw invalid(path, `must be signed in a page of ${PASSKEY_ORIGIN} and is signed elsewhere`);
  if (signed.challenge !== challenge.replace(/=+$/, ''))
    throw invalid(path, 'answers another challenge than the present one');
}

function clientDataOf(encoded: string): Readonly<Record<string, unknown>> | null {
  try {
    const decoded: unknown = JSON.parse(Buffer.from(encoded, 'base64url').toString());
    return isObject(decoded) ? decoded : null;
  } catch {
    return null;
  }
}
