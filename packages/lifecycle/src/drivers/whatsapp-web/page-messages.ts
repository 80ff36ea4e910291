/** Messages as the page hands them over. Each function stands alone: it travels as its source. */
import type { PageIds } from './page-ids.js';
import type { SeamWorld } from './page-seam.js';
import type { PageWid } from './page-world.js';

/** What only the page knows of a message, put beside what whatsapp-web.js tells of it. */
export interface PageKnowledge {
  readonly number: string | null;
  readonly lid: string | null;
  readonly pushName: string | null;
  readonly quotedId: string | null;
}

/** A message of the page, as far as it is looked at here. */
export interface PageMessageModel {
  readonly id: {
    readonly fromMe: boolean;
    readonly remote: unknown;
    readonly participant?: unknown;
  };
  readonly from?: unknown;
  readonly author?: unknown;
  readonly notifyName?: unknown;
  readonly quotedStanzaID?: unknown;
}

interface MessagesWorld extends SeamWorld {
  readonly wakeeperIds: PageIds;
  require(name: 'WAWebWidFactory'): { createWid(id: string): PageWid };
  require(name: 'WAWebApiContact'): {
    getPhoneNumber(lid: PageWid): PageWid | null | undefined;
    getCurrentLid(number: PageWid): PageWid | null | undefined;
  };
  require(name: 'WAWebCollections'): {
    Contact: { get(id: PageWid): { readonly pushname?: unknown } | undefined };
  };
  require(name: 'WAWebQuotedMsgModelUtils'): {
    getQuotedMsgObj(message: PageMessageModel): { readonly id?: object } | null | undefined;
  };
}

/**
 * Runs before anything else in each document. Who somebody is under the other of WhatsApp's two names (the phone number
 * and the lid) is known in the page alone, at the moment in which it tells of a message. So the library's function that
 * copies a message is wrapped at the seam: `wakeeper` of the copy is a PageKnowledge.
 */
export function describeMessages(): void {
  const page = globalThis as unknown as MessagesWorld;
  const attempt = <T>(ask: () => T): T | null => {
    try {
      return ask() ?? null;
    } catch {
      return null;
    }
  };
  const idOf = (value: unknown): string | null =>
    typeof value === 'string'
      ? value
      : typeof value === 'object' && value !== null && '_serialized' in value
        ? String(value._serialized)
        : null;
  const knowledgeOf = (message: PageMessageModel): PageKnowledge => {
    const { id, author, from, notifyName } = message;
    const who = id.fromMe ? idOf(id.remote) : (idOf(author) ?? idOf(id.participant) ?? idOf(from));
    const wid = who === null ? null : attempt(() => page.require('WAWebWidFactory').createWid(who));
    const isLid = who?.endsWith('@lid') === true;
    const isNumber = who?.endsWith('@c.us') === true;
    const other = (ask: 'getPhoneNumber' | 'getCurrentLid') =>
      wid && idOf(attempt(() => page.require('WAWebApiContact')[ask](wid)));
    const contact = wid && attempt(() => page.require('WAWebCollections').Contact.get(wid));
    const name = id.fromMe ? null : notifyName || contact?.pushname;
    const quoted =
      message.quotedStanzaID &&
      attempt(() => page.require('WAWebQuotedMsgModelUtils').getQuotedMsgObj(message)?.id);
    return {
      number: isNumber ? who : isLid ? other('getPhoneNumber') : null,
      lid: isLid ? who : isNumber ? other('getCurrentLid') : null,
      pushName: typeof name === 'string' ? name : null,
      quotedId: page.wakeeperIds.textOf(quoted) || null,
    };
  };
  page.wakeeperSeam.ofLibrary<(message: PageMessageModel) => object>(
    'getMessageModel',
    (copy) => (message) => ({
      ...copy(message),
      wakeeper: attempt(() => knowledgeOf(message)),
    }),
  );
}
