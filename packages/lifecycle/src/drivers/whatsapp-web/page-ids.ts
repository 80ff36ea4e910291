/** The one way in which our functions read ids of messages in the page, and look for a message that was sent. */
import type { PageMessage, PageWid, PageWorld } from './page-world.js';

export interface PageIds {
  /** The text of a message's key. The page names the field that has it as it likes. Empty where there is none. */
  textOf(key: unknown): string;
  /** Every id that a message of this account may have: the chat may be filed under the person's other address. */
  spellingsOf(to: string, key: string): string[];
  /** Among the messages in the page's memory: by these ids, then by its key under any id. */
  remembered(ids: readonly string[], key: string): PageMessage | undefined;
  /** In the page's database, by these ids. */
  stored(ids: readonly string[]): Promise<PageMessage | undefined>;
}

/** Runs before anything else in each document. It stands alone: it travels as its source. */
export function installIds(): void {
  const page = globalThis as unknown as PageWorld;
  const attempt = <T>(ask: () => T): T | undefined => {
    try {
      return ask();
    } catch {
      // A page that does not say it has one spelling less.
      return undefined;
    }
  };
  /** Without the number of a device, which no chat has. */
  const userOf = (wid: PageWid | null | undefined): string | undefined =>
    wid?._serialized?.replace(/:\d+@/, '@');
  const account = (): readonly (string | undefined)[] => {
    const me = attempt(() => page.require('WAWebUserPrefsMeUser'));
    return [attempt(() => userOf(me?.getMaybeMePnUser())), attempt(() => userOf(me?.getMaybeMeLidUser()))];
  };
  const otherOf = (to: string): string | undefined =>
    attempt(() => {
      const wid = page.require('WAWebWidFactory').createWid(to);
      const contacts = page.require('WAWebApiContact');
      if (to.endsWith('@c.us')) return userOf(contacts.getCurrentLid(wid));
      return to.endsWith('@lid') ? userOf(contacts.getPhoneNumber(wid)) : undefined;
    });
  page.wakeeperIds = {
    textOf: (key) => {
      const text = typeof key === 'object' && key !== null ? attempt(() => String(key)) : key;
      return typeof text === 'string' && /^(true|false)_/.test(text) ? text : '';
    },
    spellingsOf: (to, key) => {
      const mine = account();
      const chats = new Set([to, otherOf(to)]);
      const isMine = [...chats].some((chat) => chat !== undefined && mine.includes(chat));
      // The chat with oneself has both addresses of the account, and says the direction beside the key.
      if (isMine) for (const address of mine) chats.add(address);
      // Where a chat has more than two, a key ends with who wrote it.
      const isShared = /@(g\.us|broadcast)$/.test(to);
      return [...chats].flatMap((chat) => {
        if (chat === undefined) return [];
        const id = `true_${chat}_${key}`;
        if (isMine) return [id, `${id}_out`];
        return isShared ? [id, ...mine.flatMap((who) => (who === undefined ? [] : [`${id}_${who}`]))] : [id];
      });
    },
    remembered: (ids, key) => {
      const { Msg } = page.require('WAWebCollections');
      for (const id of ids) {
        const message = Msg.get(id);
        if (message) return message;
      }
      return Msg.getModelsArray().find((message) => message.id.fromMe && message.id.id === key);
    },
    stored: async (ids) => {
      const { Msg } = page.require('WAWebCollections');
      const answers = await Promise.all(ids.map((id) => Msg.getMessagesById([id])));
      return answers.flatMap((answer) => answer?.messages ?? []).find(Boolean);
    },
  };
}
