/** The page's own reason for a logout, from inside the page. Each function stands alone: it travels as its source. */
import type { PageFact } from './page-world.js';

interface LogoutWorld {
  require?(name: 'WAWebLogoutReason'): {
    getErrorCodeFromLogoutReason?(reason: unknown): unknown;
    getPrevLogoutReasonCode?(): unknown;
  };
  wakeeperHears?(fact: PageFact): Promise<void>;
  wakeeperWatchesLogout?: boolean;
}

/**
 * The page asks this function which part of a reason may outlive the logout, and it keeps none of most: so the reason is
 * passed on when it is asked. False where the page has no such function, or not yet.
 */
export function watchLogoutReason(): boolean {
  const page = globalThis as unknown as LogoutWorld;
  if (page.wakeeperWatchesLogout) return true;
  try {
    const reasons = page.require?.('WAWebLogoutReason');
    const codeOf = reasons?.getErrorCodeFromLogoutReason;
    if (!reasons || !codeOf) return false;
    reasons.getErrorCodeFromLogoutReason = (reason) => {
      if (typeof reason === 'string')
        page.wakeeperHears?.({ type: 'logoutReason', reason }).catch(() => undefined);
      return codeOf(reason);
    };
    page.wakeeperWatchesLogout = reasons.getErrorCodeFromLogoutReason !== codeOf;
    return page.wakeeperWatchesLogout;
  } catch {
    return false;
  }
}

/** What the document after a logout still knows of its reason. */
export function previousLogoutReason(): string | null {
  try {
    const code = (globalThis as unknown as LogoutWorld)
      .require?.('WAWebLogoutReason')
      .getPrevLogoutReasonCode?.();
    return code === null || code === undefined ? null : String(code);
  } catch {
    return null;
  }
}
