/** What is done to a message or a chat at once, on request alone: a reaction, and marking as read. */
import type { InstanceManager } from '@wakeeper/lifecycle';
import { Hono } from 'hono';
import { z } from 'zod';
import type { AppEnv } from '../http/app-env.js';
import { byDeadline } from '../http/deadline.js';
import { described } from '../http/described.js';
import { Problem } from '../http/problem.js';
import { body, noBody, noQuery } from '../http/validate.js';
import { PAGE_PROBLEMS } from './directory.js';

/** A page that does not answer within it is asked again by the caller, or never. */
const PAGE_DEADLINE_MS = 10_000;
const LONGEST_EMOJI = 64;
const LONGEST_ID = 255;

/** The library says what is one emoji. */
const reactionBody = z.strictObject({
  emoji: z
    .string()
    .max(LONGEST_EMOJI)
    .meta({ description: 'One emoji; an empty one takes the reaction back.', examples: ['👍', '❤️', ''] }),
});

const UNKNOWN_END = 'After 504 nobody knows what became of it, and asking again does no harm.';
const react = described(
  {
    id: 'reactToMessage',
    tag: 'messages',
    summary: 'React to a message, or take the reaction back',
    description: UNKNOWN_END,
    params: { messageId: z.string().meta({ description: 'Id of a message that came or was sent.' }) },
    answers: { 204: { description: 'The reaction is made.' } },
    needs: 'reactions',
    problems: ['MESSAGE_NOT_FOUND', ...PAGE_PROBLEMS],
  },
  noQuery,
);
const read = described(
  {
    id: 'markChatAsRead',
    tag: 'messages',
    summary: 'Mark a chat as read',
    description: `Nothing else ever does. ${UNKNOWN_END}`,
    params: { chatId: z.string().meta({ description: 'Id of the chat, or the phone number of a person.' }) },
    answers: { 204: { description: 'It is marked as read.' } },
    needs: 'markRead',
    problems: ['CHAT_NOT_FOUND', ...PAGE_PROBLEMS],
  },
  noQuery,
);

export function chatRoutes(manager: InstanceManager) {
  return new Hono<AppEnv>()
    .post('/:id/messages/:messageId/reaction', react, body(reactionBody), async (c) => {
      const { id, messageId } = c.req.param();
      if (messageId.length > LONGEST_ID)
        throw new Problem('MESSAGE_NOT_FOUND', { detail: 'No message can have this id.' });
      const { emoji } = c.req.valid('json');
      await byDeadline(c.req.raw, PAGE_DEADLINE_MS, (limits) => manager.react(id, messageId, emoji, limits));
      return c.body(null, 204);
    })
    .post('/:id/chats/:chatId/read', read, noBody, async (c) => {
      const { id, chatId } = c.req.param();
      await byDeadline(c.req.raw, PAGE_DEADLINE_MS, (limits) => manager.markRead(id, chatId, limits));
      return c.body(null, 204);
    });
}
