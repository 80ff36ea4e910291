/** What a person runs in the developer tools of an own browser, which holds the passkey or reaches it. */
import type { PasskeyOptions } from './passkey.js';

/**
 * Asks the browser for the assertion and prints it as one line of JSON. The conversions are its own: not every browser, and
 * not every password manager, has those of the standard.
 */
export const PASSKEY_SNIPPET = `(async (options) => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    buffer && btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\\+/g, '-').replace(/\\//g, '_').replace(/=/g, '');
  const { id, rawId, type, response } = await navigator.credentials.get({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      allowCredentials: (options.allowCredentials ?? []).map((one) => ({ ...one, id: bytes(one.id) })),
    },
  });
  const { clientDataJSON, authenticatorData, signature, userHandle } = response;
  console.log(JSON.stringify({
    id,
    rawId: text(rawId),
    type,
    response: {
      clientDataJSON: text(clientDataJSON),
      authenticatorData: text(authenticatorData),
      signature: text(signature),
      userHandle: text(userHandle),
    },
  }));
})(OPTIONS)`;

/** The snippet with the options in it, ready to be pasted. */
export const passkeySnippet = (options: PasskeyOptions): string =>
  PASSKEY_SNIPPET.replace('OPTIONS', () => JSON.stringify(options));
