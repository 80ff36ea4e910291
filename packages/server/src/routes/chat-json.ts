/** A chat as it stands in JSON. */
import type { Chat } from '@wakeeper/lifecycle';
import { isoOrNull } from '../http/time.js';

export const chatJson = (chat: Chat) => ({ ...chat, timestamp: isoOrNull(chat.timestamp) });
