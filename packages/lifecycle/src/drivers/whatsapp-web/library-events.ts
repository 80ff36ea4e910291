/** Subscribes a generation to the library's events. */

import type { DriverEvent } from '../../ports/driver.js';
import { failureOfState } from './driver-failure.js';
import {
  copyOf,
  heardEdit,
  heardMessage,
  heardReaction,
  heardRevocation,
  isWritten,
  unreadableMessage,
} from './heard-message.js';
import { ackOf, heardVote, idOf, type LibraryVote } from './incoming-fact.js';
import type { SessionDoubts } from './session-doubts.js';
import type { SessionVoice } from './session-voice.js';
import type { WebClient } from './web-client.js';

export interface Listener {
  readonly voice: SessionVoice;
  readonly doubts: SessionDoubts;
  /** A message with this key was sent through the driver. */
  readonly isOurs: (key: string) => boolean;
  /** The account is logged out; why is still to be found out. */
  readonly loggedOut: () => void;
  /** The library said `ready`; whether the page agrees is still to be asked. */
  readonly ready: () => void;
}

/** Ids of messages heard lately: a page that is injected twice tells each message twice. */
const MAX_RECENT = 1_000;

export function hearLibrary(client: WebClient, { voice, doubts, isOurs, loggedOut, ready }: Listener): void {
  const recent = new Set<string>();
  const isRepeat = (id: string): boolean => {
    // Two messages without ids are not the same one.
    if (!id) return false;
    if (recent.has(id)) return true;
    recent.add(id);
    const [oldest] = recent;
    if (recent.size > MAX_RECENT && oldest !== undefined) recent.delete(oldest);
    return false;
  };
  /** An event without an id is about no message that a reader could find again. */
  const say = (event: DriverEvent, ...ids: string[]) =>
    ids.every(Boolean) ? voice.say(event) : doubts.count('eventWithoutId');
  // A client that is opened again must not speak to the generation before.
  client.removeAllListeners();
  client.on('qr', (qr: string) => voice.qr(qr));
  client.on('code', (code: string) => voice.pairingCode(code));
  client.on('loading_screen', (percent: unknown) => {
    const known = Number(percent);
    voice.say({ type: 'syncProgress', percent: Number.isFinite(known) ? known : null });
  });
  client.on('authenticated', () => voice.authenticatedSaid());
  client.on('ready', ready);
  client.on('auth_failure', (message: string) => voice.lose({ code: 'UNPAIRED', message }));
  client.on('disconnected', (reason: string) => {
    if (reason === 'LOGOUT') loggedOut();
    else
      voice.lose(
        failureOfState(reason) ?? { code: 'DISCONNECTED', message: `WhatsApp Web disconnected: ${reason}.` },
      );
  });
  client.on('message', (message) => {
    const copy = copyOf(message);
    if (!isWritten(copy) || isRepeat(idOf(copy.id))) return;
    const heard = heardMessage(copy);
    say({ type: 'inbound', message: heard }, heard.id, heard.chatId);
  });
  client.on('message_create', (message) => {
    const copy = copyOf(message);
    if (!copy.id.fromMe || !isWritten(copy) || isRepeat(idOf(copy.id))) return;
    const heard = heardMessage(copy);
    say({ type: 'created', message: heard, ours: isOurs(copy.id.id) }, heard.id, heard.chatId);
  });
  client.on('message_ciphertext', (message) => {
    voice.say({ type: 'unreadable', message: unreadableMessage(copyOf(message)) });
  });
  client.on('message_edit', (message, body, previous) => {
    const edit = heardEdit(copyOf(message), body, previous);
    if (edit) say({ type: 'edited', edit }, edit.messageId, edit.chatId);
  });
  client.on('message_revoke_everyone', (message) => {
    const revocation = heardRevocation(copyOf(message), 'everyone');
    say({ type: 'revoked', revocation }, revocation.messageId, revocation.chatId);
  });
  client.on('message_revoke_me', (message) => {
    const copy = copyOf(message);
    if (!isWritten(copy)) return;
    const revocation = heardRevocation(copy, 'me');
    say({ type: 'revoked', revocation }, revocation.messageId, revocation.chatId);
  });
  client.on('message_reaction', (reaction) => {
    const heard = heardReaction(reaction);
    say({ type: 'reaction', reaction: heard }, heard.messageId, heard.chatId, heard.sender);
  });
  client.on('message_ack', (message, ack) => {
    const { fromMe, id: messageKey } = message.id;
    if (!fromMe) return;
    const messageId = idOf(message.id);
    say({ type: 'ack', messageId, messageKey, ack: ackOf(ack) }, messageId, messageKey);
  });
  client.on('vote_update', (update) => {
    const vote = heardVote(update as unknown as LibraryVote);
    say({ type: 'pollVote', vote }, vote.messageId, vote.chatId, vote.voter);
  });
}
