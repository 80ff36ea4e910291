/** What an account can look up: whether a number is on WhatsApp, and its chats. */
import type { InstanceManager } from '@wakeeper/lifecycle';
import { Hono } from 'hono';
import { z } from 'zod';
import type { AppEnv } from '../http/app-env.js';
import { byDeadline } from '../http/deadline.js';
import { pageQuery, phoneNumber } from '../http/field.js';
import { noQuery, params, query } from '../http/validate.js';
import { chatJson } from './chat-json.js';

/** As long as people wait for a list, or for an answer while they type. */
const DEADLINE_MS = 10_000;

const numberParams = z.object({ phone: phoneNumber });

export function directoryRoutes(manager: InstanceManager) {
  return new Hono<AppEnv>()
    .get('/:id/numbers/:phone', noQuery, params(numberParams), async (c) => {
      const { phone } = c.req.valid('param');
      const found = await byDeadline(c.req.raw, DEADLINE_MS, ({ timeoutMs }) =>
        manager.lookUpNumber(c.req.param('id'), phone, { timeoutMs }),
      );
      return c.json(found);
    })
    .get('/:id/chats', query(pageQuery), async (c) => {
      const page = c.req.valid('query');
      const { items, nextCursor } = await byDeadline(c.req.raw, DEADLINE_MS, ({ timeoutMs }) =>
        manager.chats(c.req.param('id'), { ...page, timeoutMs }),
      );
      return c.json({ items: items.map(chatJson), nextCursor });
    });
}
