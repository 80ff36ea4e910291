/**
 * A link that was made in this generation, in its first minutes. WhatsApp Web then shows a dialog, and ends a link whose
 * dialog is not acknowledged after about five (OpenWA#982). A session that was restored is left alone.
 */
import type { DriverEvent, DriverFailure } from '../../ports/driver.js';
import { inPage, within } from './page-call.js';
import { answerDialogs, type SeenDialog } from './page-dialogs.js';
import type { Page } from './web-client.js';

export interface FreshLinkOptions {
  /** What may stand on the button that is clicked. */
  readonly labels: readonly string[];
  readonly page: () => Page | undefined;
  readonly say: (event: DriverEvent) => void;
  readonly notice: (message: string) => void;
  /** The phone has linked it. */
  readonly linked: () => void;
}

/** So long is a link fresh. */
export const FRESH_MS = 600_000;
const LOOK_EVERY_MS = 2_000;
/** At a dialog that a person must answer, until it is gone. */
const LOOK_SELDOM_MS = 30_000;
const CLICKS = 3;
const IN_PAGE_MS = 5_000;
const HUNG: DriverFailure = { code: 'PAGE_HUNG', message: 'The page did not answer.' };

export class FreshLink {
  readonly #options: FreshLinkOptions;
  readonly #labels: readonly string[];
  readonly #clicks = new Map<string, number>();
  readonly #logged = new Set<string>();
  /** The dialog of which `actionRequired` was said. */
  #required: string | null = null;
  #isScanned = false;
  #isReady = false;
  #until = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: FreshLinkOptions) {
    this.#options = options;
    this.#labels = options.labels.map((label) => label.normalize('NFC').toLowerCase());
  }

  /** What the generation says. */
  note({ type }: DriverEvent): void {
    if (type === 'scanned') this.#isScanned = true;
    else if (type === 'qr' || type === 'lost') this.end();
    else if (type === 'authenticated' && this.#isScanned) this.#begin();
    // The dialog comes with the chats: a history that takes long does not use up its time.
    else if (type === 'ready' && this.#timer && !this.#isReady) {
      this.#isReady = true;
      this.#until = performance.now() + FRESH_MS;
    }
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isScanned = false;
  }

  #begin(): void {
    // The first `authenticated` after the scan: those of later documents are of the same link.
    this.#isScanned = false;
    this.#isReady = false;
    this.#until = performance.now() + FRESH_MS;
    this.#options.linked();
    this.#lookIn(LOOK_EVERY_MS);
  }

  #lookIn(ms: number): void {
    clearTimeout(this.#timer);
    const timer = setTimeout(() => {
      void this.#look().finally(() => {
        // It has ended meanwhile, or a new one has begun.
        if (this.#timer !== timer) return;
        const isOver = performance.now() >= this.#until;
        if (isOver && this.#required === null) this.end();
        else this.#lookIn(isOver ? LOOK_SELDOM_MS : LOOK_EVERY_MS);
      });
    }, ms);
    this.#timer = timer;
  }

  /** Never rejects: a page that cannot answer now is asked again. */
  async #look(): Promise<void> {
    const page = this.#options.page();
    if (!page || page.isClosed()) return;
    const spent = [...this.#clicks].filter(([, clicks]) => clicks >= CLICKS).map(([key]) => key);
    const call = { labels: this.#labels, leave: spent };
    const looking = within(inPage(page, answerDialogs, call), IN_PAGE_MS, HUNG);
    const dialogs = await looking.catch(() => null);
    if (dialogs && this.#timer) this.#judge(dialogs);
  }

  #judge(dialogs: readonly SeenDialog[]): void {
    const { say, notice } = this.#options;
    if (this.#required !== null && !dialogs.some(({ key }) => key === this.#required)) {
      this.#required = null;
      say({ type: 'actionTaken' });
    }
    for (const { key, heading, labels, known, clicked } of dialogs) {
      if (clicked) this.#clicks.set(key, (this.#clicks.get(key) ?? 0) + 1);
      else if (known && this.#required === null) {
        this.#required = key;
        say({ type: 'actionRequired', heading, labels });
      }
      if (known || this.#logged.has(key)) continue;
      this.#logged.add(key);
      notice(
        `The page shows a dialog that is not known here: "${heading}", with the buttons ${JSON.stringify(labels)}. One that closes it can be added to ONBOARDING_LABELS.`,
      );
    }
  }
}
