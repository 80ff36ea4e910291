/** Functions that run in the page, beside the library's: they see what its events do not say. Each stands alone. */
import type { PageFact, PageWorld } from './page-world.js';

/**
 * Listens to the socket from the start (the library does so only after `ready`), and asks for new codes when the page has
 * used up its own, which the library tries on the wrong side of the wall.
 */
export function watchPage(): void {
  const page = globalThis as unknown as PageWorld;
  if (page.wakeeperWatches) return;
  const { Socket } = page.require('WAWebSocketModel');
  const { Cmd } = page.require('WAWebCmd');
  // Not before: where a module is late, the call fails and is made again.
  page.wakeeperWatches = true;
  const tell = (fact: PageFact) => {
    page.wakeeperHears?.(fact).catch(() => undefined);
  };
  const tellState = (state: string | null) => {
    let paired = false;
    try {
      const me = page.require('WAWebUserPrefsMeUser');
      paired = Boolean(me.getMaybeMePnUser() ?? me.getMaybeMeLidUser());
    } catch {
      // A page without this module says less.
    }
    tell({ type: 'state', state, paired });
  };
  const askForCodes = () => {
    try {
      page.require('WAWebLaunchSocketUtils').refreshQR();
    } catch {
      Cmd.refreshQR?.();
    }
  };
  Socket.on('change:state', (_model, state) => {
    tellState(typeof state === 'string' ? state : null);
    if (state === 'UNPAIRED_IDLE') askForCodes();
  });
  Socket.on('change:hasSynced', (_model, synced) => tell({ type: 'synced', synced: synced === true }));
  Cmd.on('logout', () => tell({ type: 'logout' }));
  Cmd.on('logout_from_bridge', () => tell({ type: 'logout' }));
  tellState(Socket.state);
  if (Socket.state === 'UNPAIRED_IDLE') askForCodes();
}

/**
 * Runs before anything else in each document. The library answers each of the page's events of synchronisation with a set-up
 * of its own; a second one that comes during the first finds half of it, says `ready`, and what arrives until the other
 * half is there is heard by nobody. So a call during a call joins it.
 */
export function joinReadies(): void {
  let setUp: (() => Promise<void>) | undefined;
  let running: Promise<void> | undefined;
  const joined = () => {
    running ??= Promise.resolve(setUp?.()).finally(() => {
      running = undefined;
    });
    return running;
  };
  Object.defineProperty(globalThis, 'onAppStateHasSyncedEvent', {
    configurable: true,
    // The library looks whether it is there before it exposes it.
    get: () => (setUp ? joined : undefined),
    set: (exposed: () => Promise<void>) => {
      setUp = exposed;
    },
  });
}

/** Tells this document from the one before and after a reload. */
export function documentOf(): number {
  return (globalThis as unknown as PageWorld).performance.timeOrigin;
}

/**
 * A restored session is often synchronised before the library listens, which then never says `ready`. Repeats the event
 * that it missed, unless the library is at work already.
 */
export function nudgeReady(): boolean {
  const page = globalThis as unknown as PageWorld;
  const { Socket } = page.require('WAWebSocketModel');
  if (Socket.hasSynced !== true || page.WWebJS || !page.onAppStateHasSyncedEvent) return false;
  page.onAppStateHasSyncedEvent().catch((thrown: unknown) => {
    // As where the page calls it: what the library cannot set up reaches the session as an error of the page.
    setTimeout(() => {
      throw thrown;
    });
  });
  return true;
}

/** False only where the page says so itself: one that does not know the property is believed. */
export function isSynced(): boolean {
  return (globalThis as unknown as PageWorld).require('WAWebSocketModel').Socket.hasSynced !== false;
}

/** Throws unless the injected code is there and the page's own modules answer. */
export function probePage(): string | null {
  const page = globalThis as unknown as PageWorld;
  if (typeof page.WWebJS?.sendMessage !== 'function')
    throw new Error('The injected code is gone from the page.');
  page.require('WAWebCollections').Msg.get('false_0@c.us_0');
  return page.require('WAWebSocketModel').Socket.state;
}

export async function logoutInPage(): Promise<void> {
  await (globalThis as unknown as PageWorld).require('WAWebSocketModel').Socket.logout();
}
