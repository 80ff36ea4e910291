/** What the person with the phone does, and those who write to it. */
import type {
  EditFact,
  HeardMessage,
  HeardVote,
  ReactionFact,
  RevocationFact,
} from '../../domain/inbound.js';
import type { SimulatedAccount } from './simulated-account.js';
import { simulatedKey } from './simulated-inbox.js';

const SOMEBODY = '4915100000001@c.us';

export interface SimulatedPhone {
  /**
   * Scans the code that is shown (or enters the pairing code); with the phone of another number where one is given.
   * @throws Error when no code is shown.
   */
  scan(phone?: { readonly number?: string }): void;
  /** Compares the code that a link by passkey shows. @throws Error when the phone shows another one, or none */
  comparePasskeyCode(code: string): void;
  /** "Log out" of the linked device, on the phone. */
  unlink(): void;
  /** Somebody writes to this account, in the chat of the two or in another one. */
  receive(message?: {
    readonly from?: string;
    readonly body?: string;
    readonly chat?: string;
    readonly media?: { readonly mimetype: string; readonly filename?: string; readonly bytes: Uint8Array };
    /** The page has no key for it, until `decrypt`. */
    readonly unreadable?: boolean;
    /** The page stores it, and raises no event. */
    readonly silent?: boolean;
  }): HeardMessage;
  /** The page gets the key of a message that was unreadable. @throws Error when there is no such message */
  decrypt(messageId: string): HeardMessage;
  /** The account's owner writes on the phone itself. */
  write(message?: { readonly to?: string; readonly body?: string }): HeardMessage;
  /** Whoever wrote a message changes it. @throws Error, as the next two, when there is no such message. */
  edit(messageId: string, body: string): EditFact;
  /** Whoever wrote a message deletes it for everyone. */
  revoke(messageId: string): RevocationFact;
  /** `null` takes the reaction back. */
  react(messageId: string, reaction: string | null, sender?: string): ReactionFact;
  /** Somebody votes in a poll that this account has sent; `unnamed` where the page has forgotten what its options are called. */
  vote(
    messageId: string,
    chosen: readonly string[] | { readonly unnamed: readonly number[] },
    voter?: string,
  ): HeardVote;
}

export interface PhoneWorld {
  readonly account: SimulatedAccount;
  readonly now: () => number;
  /** The random part of a message's id, never the same twice. */
  readonly newKey: () => string;
}

const isShared = (chatId: string): boolean => /@(g\.us|newsletter|broadcast)$/.test(chatId);
const digitsOf = (id: string): string | null => (id.endsWith('@c.us') ? id.slice(0, -'@c.us'.length) : null);

/** WhatsApp counts whole seconds. */
export const whatsAppTime = (now: number): number => Math.floor(now / 1000) * 1000;

/** A text as a page would tell it. */
export function simulatedText(
  id: string,
  { chatId, fromMe, from }: { readonly chatId: string; readonly fromMe: boolean; readonly from: string },
  body: string,
  timestamp: number,
): HeardMessage {
  const other = fromMe ? chatId : from;
  return {
    id,
    chatId,
    fromMe,
    phoneNumber: digitsOf(other),
    lid: other.endsWith('@lid') ? other : null,
    participant: isShared(chatId) ? from : null,
    pushName: fromMe ? null : (digitsOf(from) ?? from),
    type: 'chat',
    body,
    media: null,
    location: null,
    quotedId: null,
    timestamp,
  };
}

export function simulatedPhone({ account, now, newKey }: PhoneWorld): SimulatedPhone {
  const me = () => account.identity.id;
  const text = (from: string, chatId: string, body: string): HeardMessage => {
    const fromMe = from === me();
    const participant = isShared(chatId) ? `_${from}` : '';
    const id = `${fromMe}_${chatId}_${newKey()}${participant}`;
    return simulatedText(id, { chatId, fromMe, from }, body, whatsAppTime(now()));
  };
  const place = ({ id, chatId, fromMe, participant }: HeardMessage) => ({
    messageId: id,
    chatId,
    fromMe,
    participant,
    timestamp: now(),
  });
  return {
    scan: ({ number } = {}) => {
      if (!account.page?.isShowingCode) throw new Error(`Instance "${account.id}" shows no code to scan.`);
      account.page.scan(number);
    },
    comparePasskeyCode: (code) => {
      if (!account.passkey) throw new Error(`Instance "${account.id}" links with no passkey.`);
      account.passkey.compare(code);
    },
    unlink: () => {
      account.unlink();
      account.page?.unlinked();
    },
    receive: ({ from = SOMEBODY, body = 'Hello', chat = from, media, unreadable, silent } = {}) => {
      const received = text(from, chat, body);
      const { mimetype = '', filename = null, bytes = null } = media ?? {};
      const message: HeardMessage = bytes
        ? {
            ...received,
            type: mimetype.split('/')[0] ?? 'document',
            media: { mimetype, filename, bytes: bytes.length },
          }
        : received;
      account.inbox.add(message, bytes, unreadable);
      account.chats.received(message, now());
      if (silent) return message;
      if (unreadable) account.receive({ type: 'unreadable', message: simulatedKey(message) });
      else account.receive({ type: 'inbound', message });
      return message;
    },
    decrypt: (messageId) => {
      const message = account.inbox.decrypt(messageId);
      account.receive({ type: 'inbound', message });
      return message;
    },
    write: ({ to = SOMEBODY, body = 'From my phone' } = {}) => {
      const message = text(me(), to, body);
      account.inbox.add(message);
      account.chats.received(message, now());
      account.receive({ type: 'created', message, ours: false });
      return message;
    },
    edit: (messageId, body) => {
      const before = account.inbox.change(messageId, { body });
      const edit: EditFact = { ...place(before), body, previousBody: before.body };
      account.receive({ type: 'edited', edit });
      return edit;
    },
    revoke: (messageId) => {
      const message = account.inbox.remove(messageId);
      const revocation: RevocationFact = { ...place(message), timestamp: null, scope: 'everyone' };
      account.receive({ type: 'revoked', revocation });
      return revocation;
    },
    react: (messageId, reaction, sender = SOMEBODY) => {
      const message = account.inbox.change(messageId, {});
      const fromMe = sender === me();
      const participant = isShared(message.chatId) ? sender : null;
      const made: ReactionFact = { ...place(message), fromMe, participant, sender, reaction };
      account.receive({ type: 'reaction', reaction: made });
      return made;
    },
    vote: (messageId, chosen, voter = SOMEBODY) => {
      const [, chatId = '', key = ''] = messageId.split('_');
      const content = account.history?.get(key)?.content;
      const options = content?.type === 'poll' ? content.payload.options : [];
      const selection =
        'unnamed' in chosen
          ? { selectedOptions: null, optionIds: chosen.unnamed }
          : { selectedOptions: chosen, optionIds: chosen.map((name) => options.indexOf(name)) };
      const vote: HeardVote = { messageId, chatId, voter, ...selection, timestamp: now() };
      account.receive({ type: 'pollVote', vote });
      return vote;
    },
  };
}
