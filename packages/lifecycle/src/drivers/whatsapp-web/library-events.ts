/** Subscribes a generation to the library's events. */

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
import { ackOf, idOf, type LibraryVote, pollVoteFact } from './incoming-fact.js';
import type { SessionVoice } from './session-voice.js';
import type { WebClient } from './web-client.js';

export interface Listener {
  readonly voice: SessionVoice;
  /** A message with this key was sent through the driver. */
  readonly isOurs: (key: string) => boolean;
  /** The library said `ready`; whether the page agrees is still to be asked. */
  readonly ready: () => void;
}

/** Ids of messages heard lately: a page that is injected twice tells each message twice. */
const MAX_RECENT = 1_000;

export function hearLibrary(client: WebClient, { voice, isOurs, ready }: Listener): void {
  const recent = new Set<string>();
  const isNew = (id: string): boolean => {
    if (recent.has(id)) return false;
    recent.add(id);
    const [oldest] = recent;
    if (recent.size > MAX_RECENT && oldest !== undefined) recent.delete(oldest);
    return true;
  };
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
    if (reason === 'LOGOUT')
      voice.lose({ code: 'LOGGED_OUT', message: 'The account was unlinked on the phone. Scan a new code.' });
    else
      voice.lose(
        failureOfState(reason) ?? { code: 'DISCONNECTED', message: `WhatsApp Web disconnected: ${reason}.` },
      );
  });
  client.on('message', (message) => {
    const copy = copyOf(message);
    if (!isWritten(copy) || !isNew(idOf(copy.id))) return;
    voice.say({ type: 'inbound', message: heardMessage(copy) });
  });
  client.on('message_create', (message) => {
    const copy = copyOf(message);
    if (!copy.id.fromMe || !isWritten(copy) || !isNew(idOf(copy.id))) return;
    voice.say({ type: 'created', message: heardMessage(copy), ours: isOurs(copy.id.id) });
  });
  client.on('message_ciphertext', (message) => {
    voice.say({ type: 'unreadable', message: unreadableMessage(copyOf(message)) });
  });
  client.on('message_edit', (message, body, previous) => {
    const edit = heardEdit(copyOf(message), body, previous);
    if (edit) voice.say({ type: 'edited', edit });
  });
  client.on('message_revoke_everyone', (message) => {
    voice.say({ type: 'revoked', revocation: heardRevocation(copyOf(message), 'everyone') });
  });
  client.on('message_revoke_me', (message) => {
    const copy = copyOf(message);
    if (isWritten(copy)) voice.say({ type: 'revoked', revocation: heardRevocation(copy, 'me') });
  });
  client.on('message_reaction', (reaction) => {
    voice.say({ type: 'reaction', reaction: heardReaction(reaction) });
  });
  client.on('message_ack', (message, ack) => {
    if (!message.id.fromMe) return;
    voice.say({ type: 'ack', messageId: idOf(message.id), messageKey: message.id.id, ack: ackOf(ack) });
  });
  client.on('vote_update', (vote) => {
    voice.say({ type: 'pollVote', vote: pollVoteFact(vote as unknown as LibraryVote) });
  });
}
