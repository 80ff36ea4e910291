/** What is done to a message or a chat at once, on request alone: a reaction, and marking as read. */
import type { InstanceManager } from '@wakeeper/lifecycle';
import { Hono } from 'hono';
import { z } from 'zod';
import type { AppEnv } from '../http/app-env.js';
import { byDeadline } from '../http/deadline.js';
import { Problem } from '../http/problem.js';
import { body, noBody, noQuery } from '../http/validate.js';

/** A page that does not answer within it is asked again by the caller, or never. */
const PAGE_DEADLINE_MS = 10_000;
const LONGEST_EMOJI = 64;
const LONGEST_ID = 255;

/** The library says what is one emoji. */
const reactionBody = z.strictObject({ emoji: z.string().max(LONGEST_EMOJI) });

export function chatRoutes(manager: InstanceManager) {
  return new Hono<AppEnv>()
    .post('/:id/messages/:messageId/reaction', noQuery, body(reactionBody), async (c) => {
      const { id, messageId } = c.req.param();
      if (messageId.length > LONGEST_ID)
        throw new Problem('MESSAGE_NOT_FOUND', { detail: 'No message can have this id.' });
      const { emoji } = c.req.valid('json');
      await byDeadline(c.req.raw, PAGE_DEADLINE_MS, (limits) => manager.react(id, messageId, emoji, limits));
      return c.body(null, 204);
    })
    .post('/:id/chats/:chatId/read', noQuery, noBody, async (c) => {
      const { id, chatId } = c.req.param();
      await byDeadline(c.req.raw, PAGE_DEADLINE_MS, (limits) => manager.markRead(id, chatId, limits));
      return c.body(null, 204);
    });
}
