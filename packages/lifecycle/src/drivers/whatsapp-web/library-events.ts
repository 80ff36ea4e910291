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
} from './heard-message.js';
import { ackOf, idOf, type LibraryVote, pollVoteFact } from './incoming-fact.js';
import type { SessionDoubts } from './session-doubts.js';
import type { SessionVoice } from './session-voice.js';
import type { WebClient } from './web-client.js';

export interface Listener {
  readonly voice: SessionVoice;
  readonly doubts: SessionDoubts;
  /** A message with this key was sent through the driver. */
  readonly isOurs: (key: string) => boolean;
  /** The library said `ready`; whether the page agrees is still to be asked. */
  readonly ready: () => void;
}

/** Ids of messages heard lately: a page that is injected twice tells each message twice. */
const MAX_RECENT = 1_000;

export function hearLibrary(client: WebClient, { voice, doubts, isOurs, ready }: Listener): void {
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
  /** What has no id is about no message that anybody could name. */
  const say = (id: string, event: DriverEvent) => (id ? voice.say(event) : doubts.count('eventWithoutId'));
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
    if (!isWritten(copy) || isRepeat(idOf(copy.id))) return;
    const heard = heardMessage(copy);
    say(heard.id, { type: 'inbound', message: heard });
  });
  client.on('message_create', (message) => {
    const copy = copyOf(message);
    if (!copy.id.fromMe || !isWritten(copy) || isRepeat(idOf(copy.id))) return;
    const heard = heardMessage(copy);
    say(heard.id, { type: 'created', message: heard, ours: isOurs(copy.id.id) });
  });
  client.on('message_edit', (message, body, previous) => {
    const edit = heardEdit(copyOf(message), body, previous);
    if (edit) say(edit.messageId, { type: 'edited', edit });
  });
  client.on('message_revoke_everyone', (message) => {
    const revocation = heardRevocation(copyOf(message), 'everyone');
    say(revocation.messageId, { type: 'revoked', revocation });
  });
  client.on('message_revoke_me', (message) => {
    const copy = copyOf(message);
    if (!isWritten(copy)) return;
    const revocation = heardRevocation(copy, 'me');
    say(revocation.messageId, { type: 'revoked', revocation });
  });
  client.on('message_reaction', (reaction) => {
    const heard = heardReaction(reaction);
    say(heard.sender && heard.messageId, { type: 'reaction', reaction: heard });
  });
  client.on('message_ack', (message, ack) => {
    const { fromMe, id: messageKey } = message.id;
    if (!fromMe) return;
    const messageId = idOf(message.id);
    say(messageKey && messageId, { type: 'ack', messageId, messageKey, ack: ackOf(ack) });
  });
  client.on('vote_update', (update) => {
    const vote = pollVoteFact(update as unknown as LibraryVote);
    say(vote.voter && vote.messageId, { type: 'pollVote', vote });
  });
}
