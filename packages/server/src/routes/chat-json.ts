/** A chat as it stands in JSON. */
import type { Chat } from '@wakeeper/lifecycle';
import { z } from 'zod';
import { count, pageOf, type Told, timeOrNull } from '../http/answer-field.js';
import { isoOrNull } from '../http/time.js';

const chatSchema = z
  .object({
    id: z.string().meta({ description: 'Messages can be sent to it.' }),
    name: z.string().nullable(),
    isGroup: z.boolean(),
    unreadCount: count,
    isMarkedUnread: z.boolean().meta({ description: 'Somebody has marked it as unread by hand.' }),
    isArchived: z.boolean(),
    isPinned: z.boolean(),
    isMuted: z.boolean(),
    timestamp: timeOrNull.meta({ description: 'When something last happened in it.' }),
  })
  .meta({ id: 'Chat' });
export const chatPage = pageOf(chatSchema, {}).meta({ id: 'ChatPage' });

export const chatJson = (chat: Chat): Told<typeof chatSchema> => ({
  ...chat,
  timestamp: isoOrNull(chat.timestamp),
});
