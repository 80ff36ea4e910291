/** What is done at once in a page that is ready, on request alone: a reaction, and marking a chat as read. */
import { LifecycleError } from '../domain/errors.js';
import { isEmoji } from '../domain/reaction.js';
import { parseRecipient } from '../domain/recipient.js';
import type { Driver } from '../ports/driver.js';
import type { WaitOptions } from './instance-waits.js';
import type { ManagedInstance } from './managed-instance.js';
import { askReady, PAGE_DEADLINE_MS } from './page-questions.js';

const CHAT_ID = /^\d{1,20}(-\d{1,20})?@(c\.us|lid|g\.us|newsletter)$/;

/** As `InstanceManager.react`. */
export async function reactTo(
  instance: ManagedInstance,
  driver: Driver,
  request: WaitOptions & { readonly messageId: string; readonly emoji: string },
): Promise<void> {
  const { messageId, emoji, timeoutMs: deadlineMs = PAGE_DEADLINE_MS } = request;
  if (emoji !== '' && !isEmoji(emoji))
    throw new LifecycleError('INVALID_INPUT', {
      message: '"emoji" must be one emoji, or empty to take the reaction back.',
      details: { path: 'emoji' },
    });
  const isThere = await askReady(
    instance,
    'The page did not react',
    (ref) => driver.react({ ...ref, messageId, emoji, deadlineMs }),
    { needs: 'reactions' },
  );
  if (!isThere)
    throw new LifecycleError('MESSAGE_NOT_FOUND', {
      message: `"${instance.id}" has no message ${messageId}.`,
      details: { id: instance.id, messageId },
    });
}

/** As `InstanceManager.markRead`. */
export async function markChatRead(
  instance: ManagedInstance,
  driver: Driver,
  { chat, timeoutMs: deadlineMs = PAGE_DEADLINE_MS }: WaitOptions & { readonly chat: string },
): Promise<void> {
  const chatId = chatIdOf(chat);
  const isThere = await askReady(
    instance,
    'The page did not mark the chat as read',
    async (ref) => (chatId === null ? false : driver.markRead({ ...ref, chatId, deadlineMs })),
    { needs: 'markRead' },
  );
  if (!isThere)
    throw new LifecycleError('CHAT_NOT_FOUND', {
      message: `"${instance.id}" has no chat ${chatId ?? 'of this id'}.`,
      details: { id: instance.id },
    });
}

/** Null for what can be no chat. There are some that are never written to, as WhatsApp's own: `0@c.us`. */
function chatIdOf(chat: string): string | null {
  if (CHAT_ID.test(chat)) return chat;
  try {
    return parseRecipient(chat);
  } catch {
    return null;
  }
}
