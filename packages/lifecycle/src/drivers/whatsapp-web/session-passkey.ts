/** A link that WhatsApp wants confirmed with a passkey: between the page, which asks, and the person who has it elsewhere. */
import type { PasskeyAssertion } from '../../domain/passkey.js';
import { passkeyDeadline } from '../../policy/passkey-wait.js';
import { DriverError } from '../../ports/driver.js';
import { inPage } from './page-call.js';
import { answerPasskey, type PasskeyAnswer } from './page-passkey.js';
import type { PageFact } from './page-world.js';
import type { SessionVoice } from './session-voice.js';
import type { Page } from './web-client.js';

export type PasskeyFact = Extract<PageFact, { type: `passkey${string}` }>;

/** From the screen to the question that its button leads to. */
const ASK_WITHIN_MS = 30_000;
const NO_QUESTION =
  'WhatsApp shows its passkey screen, and its button does not lead on. Link the account in a visible browser (docs/pairing.md).';

export class SessionPasskey {
  readonly #voice: SessionVoice;
  /** The number of the question that waits in the page. */
  #asked: number | undefined;
  #isGiving = false;
  /** It came to nothing: the page's own words for the same are no news. */
  #isOver = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(voice: SessionVoice) {
    this.#voice = voice;
  }

  static concerns(fact: PageFact): fact is PasskeyFact {
    return fact.type.startsWith('passkey');
  }

  fact(page: Page, fact: PasskeyFact): void {
    if (fact.type !== 'passkeyScreen') this.#given();
    switch (fact.type) {
      case 'passkeyScreen':
        if (this.#asked === undefined) this.#waitForQuestion();
        return;
      case 'passkeyAsked': {
        const { ask, options } = fact;
        if (this.#voice.authenticated) {
          // Not for a link: it gets the answer of a browser without a screen.
          this.#answer(page, { ask, assertion: null });
          return;
        }
        const now = Date.now();
        const expiresAt = passkeyDeadline(options.timeout, now);
        this.#asked = ask;
        this.#isOver = false;
        this.#wait(expiresAt - now, () => this.#refuse(page, ask));
        this.#voice.passkeyRequired(options, expiresAt);
        return;
      }
      case 'passkeyCode':
        this.#voice.say({ type: 'passkeyCode', code: fact.code, confirm: fact.confirm });
        return;
      case 'passkeyError':
        this.#fail(`WhatsApp did not link the account${fact.message ? `: ${fact.message}` : ''}.`);
        return;
    }
  }

  /** Puts the assertion where the page waits for it. @throws DriverError PROBE_FAILED, which shows nothing of it */
  async submit(page: Page, assertion: PasskeyAssertion): Promise<void> {
    const ask = this.#asked;
    const nobodyWaits = { code: 'PROBE_FAILED', message: 'The page waits for no passkey.' } as const;
    if (ask === undefined) throw new DriverError(nobodyWaits);
    this.#isGiving = true;
    let isTaken = false;
    try {
      isTaken = await inPage(page, answerPasskey, { ask, assertion });
    } finally {
      if (!isTaken) this.#isGiving = false;
    }
    if (!isTaken) throw new DriverError(nobodyWaits);
    this.#given();
  }

  /** What the page has asked is gone with its document; what was given to it may have linked the account. */
  newDocument(): void {
    clearTimeout(this.#timer);
    // Where the account is linked by now, the page loads itself anew by right.
    if (this.#asked !== undefined && this.#voice.linksByPasskey)
      this.#fail('The page was loaded anew while it waited for the passkey.');
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#asked = undefined;
  }

  /** A link that is there by then, or a code that is shown anew, needs no passkey any more. */
  #waitForQuestion(): void {
    const { code } = this.#voice;
    this.#wait(ASK_WITHIN_MS, () => {
      if (!this.#voice.authenticated && this.#voice.code === code) this.#fail(NO_QUESTION);
    });
  }

  /** Said once, and before what the page makes of it. */
  #given(): void {
    if (!this.#isGiving) return;
    this.#isGiving = false;
    this.close();
    this.#voice.say({ type: 'passkeyGiven' });
  }

  #refuse(page: Page, ask: number): void {
    this.#fail('The passkey did not come in time.');
    this.#answer(page, { ask, assertion: null });
  }

  /** A page that is gone asks no more. */
  #answer(page: Page, answer: PasskeyAnswer): void {
    inPage(page, answerPasskey, answer).catch(() => undefined);
  }

  #fail(reason: string): void {
    this.close();
    if (this.#isOver) return;
    this.#isOver = true;
    this.#voice.passkeyFailed(reason);
  }

  #wait(ms: number, run: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(run, ms);
  }
}
