import { describe, expect, it } from 'vitest';
import { LifecycleError } from './errors.js';
import { checkPasskeyAnswers, type PasskeyAssertion, parsePasskeyAssertion } from './passkey.js';

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const CHALLENGE = 'Y2hhbGxlbmdl';
const SIGNED = { type: 'webauthn.get', challenge: CHALLENGE, origin: 'https://web.whatsapp.com' };
const SECRET = 'c2VjcmV0LXNpZ25hdHVyZQ';
const assertion = (signed: unknown = SIGNED): PasskeyAssertion => ({
  id: 'a-credential_1',
  rawId: 'a-credential_1',
  type: 'public-key',
  response: {
    clientDataJSON: encoded(signed),
    authenticatorData: 'YXV0aA',
    signature: SECRET,
    userHandle: null,
  },
});
const refusal = (run: () => unknown): LifecycleError => {
  try {
    run();
  } catch (error) {
    if (error instanceof LifecycleError) return error;
  }
  throw new Error('It was not refused.');
};

describe('an assertion of a passkey', () => {
  it('is what a browser prints, without what WhatsApp does not read', () => {
    const { rawId, ...printed } = assertion();
    const given = { ...printed, authenticatorAttachment: 'platform', clientExtensionResults: { uvm: [] } };
    expect(parsePasskeyAssertion(given)).toEqual({ ...printed, rawId });
  });

  it('may lack the user handle, and be padded', () => {
    const { response, ...rest } = assertion();
    const { userHandle: _, ...signed } = response;
    const given = { ...rest, response: { ...signed, signature: `${SECRET}==` } };
    expect(parsePasskeyAssertion(given).response).toEqual({ ...signed, userHandle: null });
    expect(parsePasskeyAssertion({ ...rest, response: { ...signed, userHandle: '' } })).toEqual(assertion());
  });

  it('is refused where its end is missing: the question of the page is not spent on it', () => {
    const { response, ...rest } = assertion();
    const cut = { ...rest, response: { ...response, signature: 'c2VjcmV0L' } };
    expect(refusal(() => parsePasskeyAssertion(cut)).message).toMatch(/signature" must be base64url/);
  });

  it.each([
    ['assertion', 'a text'],
    ['assertion', null],
    ['assertion', [SECRET]],
    ['assertion.type', { ...assertion(), type: SECRET }],
    ['assertion.id', { ...assertion(), id: `${SECRET}!` }],
    ['assertion.rawId', { ...assertion(), rawId: 7 }],
    ['assertion.response', { ...assertion(), response: SECRET }],
    [
      'assertion.response.signature',
      { ...assertion(), response: { ...assertion().response, signature: 'a'.repeat(9_000) } },
    ],
    [
      'assertion.response.authenticatorData',
      { ...assertion(), response: { ...assertion().response, authenticatorData: '' } },
    ],
    [
      'assertion.response.userHandle',
      { ...assertion(), response: { ...assertion().response, userHandle: { SECRET } } },
    ],
  ])('is refused by its field %s, and nothing of it is repeated', (path, given) => {
    const { code, message, details } = refusal(() => parsePasskeyAssertion(given));
    expect([code, details.path]).toEqual(['INVALID_INPUT', path]);
    expect(message).not.toContain(SECRET);
  });

  it('answers the options whose challenge was signed in a page of WhatsApp Web', () => {
    checkPasskeyAnswers(assertion(), { challenge: CHALLENGE });
    checkPasskeyAnswers(assertion(), { challenge: `${CHALLENGE}==` });
  });

  it.each([
    ['another challenge', { ...SIGNED, challenge: 'b3RoZXI' }, /another challenge/],
    ['another page', { ...SIGNED, origin: 'https://whatsapp.example' }, /signed elsewhere/],
    ['a registration', { ...SIGNED, type: 'webauthn.create' }, /another call/],
    ['no object', 'text', /what a browser has signed/],
  ])('is refused with %s', (_, signed, why) => {
    expect(refusal(() => checkPasskeyAnswers(assertion(signed), { challenge: CHALLENGE })).message).toMatch(
      why,
    );
  });

  it('is refused where the client data is no JSON', () => {
    const { response, ...rest } = assertion();
    const broken = { ...rest, response: { ...response, clientDataJSON: 'AAAA' } };
    const refused = refusal(() => checkPasskeyAnswers(broken, { challenge: CHALLENGE }));
    expect(refused.message).toMatch(/what a browser has signed/);
  });
});
