/** The time lock of WhatsApp: until it ends the account may open no new chats. Each function stands alone: it travels as its source. */
import type { PageChat, PageWid, PageWorld } from './page-world.js';

/** As the port has it, in the page's own words. */
export interface PageRestriction {
  readonly kind: string;
  /** Epoch milliseconds, or null where the page does not say. */
  readonly until: number | null;
}

/** What the page says of it; asked when it is wanted, so that modules may come late. */
export interface PageTimelock {
  /** Null when there is none, undefined where the page knows nothing of such locks. */
  state(): PageRestriction | null | undefined;
  /** Why no message may go to the chat now: it would be a new one. Null for chats that there are, and without a lock. */
  forbids(chatId: string): PageRestriction | null;
}

interface ChatOfTwo extends PageChat {
  readonly contact?: unknown;
  readonly msgs?: {
    getModelsArray(): { readonly id: { readonly fromMe: boolean }; readonly ack?: number }[];
  };
}

/** Runs before anything else in each document. Nothing is asked of the network: the page has the state since it connected. */
export function readTimelock(): void {
  const page = globalThis as unknown as PageWorld;
  /** A page that lacks a module, or has changed it, says nothing. */
  const attempt = <T>(ask: () => T): T | undefined => {
    try {
      return ask();
    } catch {
      return undefined;
    }
  };
  const utils = () => attempt(() => page.require('WAWebReachoutTimelockUtils'));
  const state = (): PageRestriction | null | undefined => {
    const known = utils();
    const isLocked = attempt(() => known?.isUserReachoutTimelocked());
    if (typeof isLocked !== 'boolean') return undefined;
    if (!isLocked) return null;
    const stored = attempt(() =>
      page.require('WAWebUserPrefsIndexedDBStorage').userPrefsIdb.get(known?.REACHOUT_TIMELOCK_IDB_KEY ?? ''),
    );
    const ends = Number(stored?.time_enforcement_ends);
    // The page counts milliseconds, WhatsApp's servers seconds.
    const until = ends > 0 ? (ends < 1e11 ? ends * 1000 : ends) : null;
    const kind = stored?.enforcement_type;
    return { kind: typeof kind === 'string' && kind !== '' ? kind : 'unknown', until };
  };
  /** A person's chat may be filed under either of WhatsApp's two names. */
  const chatOf = (wid: PageWid): ChatOfTwo | undefined => {
    const { Chat } = page.require('WAWebCollections');
    const contacts = attempt(() => page.require('WAWebApiContact'));
    const other = attempt(() => (wid.isLid() ? contacts?.getPhoneNumber(wid) : contacts?.getCurrentLid(wid)));
    return Chat.get(wid) ?? (other ? Chat.get(other) : undefined);
  };
  const forbids = (chatId: string): PageRestriction | null => {
    if (!/@(c\.us|lid)$/.test(chatId)) return null;
    const lock = state();
    if (!lock || (lock.until !== null && lock.until <= Date.now())) return null;
    const chat = attempt(() => chatOf(page.require('WAWebWidFactory').createWid(chatId)));
    if (!chat) return lock;
    const messages = attempt(() => chat.msgs?.getModelsArray()) ?? [];
    // A message of ours that was refused makes no chat.
    if (messages.some(({ id, ack }) => !id.fromMe || Number(ack) > 0)) return null;
    if (messages.length === 0 && Number(chat.t) > 0) return null;
    const { contact } = chat;
    return attempt(() => utils()?.canSendMsgWhileTimelocked({ chat, contact })) === true ? null : lock;
  };
  page.wakeeperTimelock = { state, forbids };
}

/** Reports each change from now on. */
export function watchTimelock(): PageRestriction | null | undefined {
  const page = globalThis as unknown as PageWorld;
  if (!page.wakeeperWatchesTimelock) {
    const tell = () => {
      const restriction = page.wakeeperTimelock?.state();
      if (restriction !== undefined) page.wakeeperHears?.({ type: 'timelock', restriction }).catch(() => {});
    };
    const { Cmd } = page.require('WAWebCmd');
    // The command's name, and that of the event which it raises.
    for (const name of ['reachout_timelock_state_change', 'reachoutTimelockStateChange']) Cmd.on(name, tell);
    // Not before: where a module is late, the call fails and is made again.
    page.wakeeperWatchesTimelock = true;
  }
  return page.wakeeperTimelock?.state();
}
