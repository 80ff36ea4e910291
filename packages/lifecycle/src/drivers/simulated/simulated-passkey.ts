/**
 * A link that WhatsApp wants confirmed with a passkey, as a simulated page goes through it: it waits for the assertion, looks
 * whether it answers its own challenge (a signature proves nothing where all is simulated), and may show a code to compare.
 */
import { checkPasskeyAnswers, type PasskeyAssertion, type PasskeyOptions } from '../../domain/passkey.js';
import { passkeyDeadline } from '../../policy/passkey-wait.js';
import type { DriverEvent } from '../../ports/driver.js';

/** What WhatsApp asks of the next link of an account. */
export interface SimulatedPasskeyRules {
  /** Milliseconds of the options. */
  readonly timeout?: number;
  /** A person has to compare a code on the phone; otherwise the link goes on by itself. */
  readonly code?: boolean;
  /** WhatsApp refuses every assertion. */
  readonly refuse?: boolean;
}

export interface LinkingPage {
  readonly now: () => number;
  readonly random: () => number;
  say(event: DriverEvent): void;
  /** Not any more once the page has ended. */
  after(ms: number, fn: () => void): void;
  linked(): void;
}

const CODE = '123456789ABCDEFGHJKLMNPQRSTVWXYZ';

export class SimulatedPasskey {
  readonly options: PasskeyOptions;
  readonly #page: LinkingPage;
  readonly #rules: SimulatedPasskeyRules;
  #stage: 'asked' | 'comparing' | 'over' = 'asked';
  #code = '';

  constructor(page: LinkingPage, rules: SimulatedPasskeyRules) {
    this.#page = page;
    this.#rules = rules;
    const bytes = Uint8Array.from({ length: 32 }, () => Math.floor(page.random() * 256));
    const timeout = rules.timeout ?? 600_000;
    this.options = {
      challenge: Buffer.from(bytes).toString('base64url'),
      timeout,
      rpId: 'whatsapp.com',
      allowCredentials: [],
      userVerification: 'required',
      extensions: { uvm: true },
    };
  }

  begin(): void {
    const page = this.#page;
    const expiresAt = passkeyDeadline(this.options.timeout, page.now());
    page.say({ type: 'passkeyRequired', options: this.options, expiresAt });
    page.after(expiresAt - page.now(), () => {
      if (this.#stage === 'asked') this.#fail('The passkey did not come in time.');
    });
  }

  get isAsked(): boolean {
    return this.#stage === 'asked';
  }

  /** An event says what is wrong with the assertion, as the page does it. */
  take(assertion: PasskeyAssertion): void {
    this.#stage = 'comparing';
    this.#page.say({ type: 'passkeyGiven' });
    if (this.#rules.refuse || !answers(assertion, this.options)) this.#fail('WhatsApp refused the passkey.');
    else if (this.#rules.code) this.#showCode();
    else this.#finish();
  }

  #showCode(): void {
    const letters = Array.from({ length: 8 }, () => CODE[Math.floor(this.#page.random() * CODE.length)]);
    this.#code = `${letters.slice(0, 4).join('')}-${letters.slice(4).join('')}`;
    this.#page.say({ type: 'passkeyCode', code: this.#code, confirm: true });
  }

  /** A person types the code into the phone. @throws Error where another one is shown, or none */
  compare(code: string): void {
    if (this.#stage !== 'comparing' || code !== this.#code) throw new Error('The phone shows another code.');
    this.#finish();
  }

  #finish(): void {
    this.#stage = 'over';
    this.#page.linked();
  }
  #fail(reason: string): void {
    this.#stage = 'over';
    this.#page.say({ type: 'passkeyFailed', reason });
  }
}

function answers(assertion: PasskeyAssertion, options: PasskeyOptions): boolean {
  try {
    checkPasskeyAnswers(assertion, options);
    return true;
  } catch {
    return false;
  }
}

/** What an operator's browser would answer. */
export function simulatedAssertion({ challenge }: PasskeyOptions): PasskeyAssertion {
  const text = (value: string) => Buffer.from(value).toString('base64url');
  const signed = { type: 'webauthn.get', challenge, origin: 'https://web.whatsapp.com' };
  const id = text('simulated passkey');
  return {
    id,
    rawId: id,
    type: 'public-key',
    response: {
      clientDataJSON: text(JSON.stringify(signed)),
      authenticatorData: text('simulated authenticator data'),
      signature: text(`simulated signature over ${challenge}`),
      userHandle: null,
    },
  };
}
