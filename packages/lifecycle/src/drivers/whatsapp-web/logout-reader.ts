/** Finds out why a page logs out: what it said itself before, what stands in its next address, what it knows afterwards. */
import { inPage, within } from './page-call.js';
import { previousLogoutReason, watchLogoutReason } from './page-logout.js';
import type { Page } from './web-client.js';

/** A reason that was named longer ago belongs to a logout that did not happen. */
const NAMED_WITHIN_MS = 60_000;
/** A document that has just begun may not have its modules yet. */
const LOOK_FOR_MS = 1_000;
const LOOK_AGAIN_MS = 100;
const IN_PAGE_MS = 5_000;
const SILENT = { code: 'PAGE_HUNG', message: 'The page does not say why it has logged out.' } as const;

/** Where the page goes when it has logged out. It takes the mark out of the address, if the browser lets it. */
export const isAfterLogout = (url: string): boolean => /[?&]post_logout=/.test(url);

export class LogoutReader {
  #named: { readonly reason: string; readonly at: number } | null = null;
  #isWatched = false;

  /** In each document with the library's code in it. False where it cannot be watched, or not yet. Never rejects. */
  async watch(page: Page): Promise<boolean> {
    this.#isWatched = await within(inPage(page, watchLogoutReason, null), IN_PAGE_MS, SILENT).catch(
      () => false,
    );
    return this.#isWatched;
  }

  named(reason: string): void {
    this.#named = { reason, at: performance.now() };
  }

  /** Null where the page gives none. Never rejects, and answers within a second or so. */
  async read(page: Page | undefined): Promise<string | null> {
    const named = this.#named;
    if (named && performance.now() - named.at < NAMED_WITHIN_MS) return named.reason;
    if (!page || page.isClosed()) return null;
    const code = /[?&]logout_reason=([^&#]+)/.exec(page.url())?.[1];
    if (code) return code;
    // It would have said a reason before, and would have written what is left of it into this address.
    if (this.#isWatched && isAfterLogout(page.url())) return null;
    return within(askUntil(page, performance.now() + LOOK_FOR_MS), LOOK_FOR_MS, SILENT).catch(() => null);
  }
}

async function askUntil(page: Page, until: number): Promise<string | null> {
  while (performance.now() < until) {
    // A page that navigates meanwhile is asked again.
    const reason = await inPage(page, previousLogoutReason, null).catch(() => null);
    if (reason) return reason;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
  return null;
}
