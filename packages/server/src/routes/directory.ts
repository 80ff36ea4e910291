/** What an account can look up: whether a number is on WhatsApp, and its chats. */
import type { InstanceManager } from '@wakeeper/lifecycle';
import { Hono } from 'hono';
import { z } from 'zod';
import type { AppEnv } from '../http/app-env.js';
import { byDeadline } from '../http/deadline.js';
import { described, told } from '../http/described.js';
import { pageQuery, phoneNumber } from '../http/field.js';
import { noQuery, params, query } from '../http/validate.js';
import { chatJson, chatPage } from './chat-json.js';

/** As long as people wait for a list, or for an answer while they type. */
const DEADLINE_MS = 10_000;

const numberSchema = z
  .object({
    exists: z.boolean(),
    chatId: z
      .string()
      .nullable()
      .meta({ description: 'Where messages to it go; null when it is not on WhatsApp.' }),
    phoneNumber: z
      .string()
      .meta({ description: 'As WhatsApp has it, which is not always as it is written.' }),
    lid: z.string().nullable().meta({ description: 'Its other chat id, which does not show the number.' }),
  })
  .meta({ id: 'NumberLookup' });
/** What stands in the way of whatever only a page that is ready can do. */
export const PAGE_PROBLEMS = [
  'INSTANCE_NOT_READY',
  'NEEDS_QR',
  'INSTANCE_STOPPED',
  'INSTANCE_ERROR',
  'TIMEOUT',
] as const;
const PROBLEMS = [...PAGE_PROBLEMS, 'LOOKUP_FAILED'] as const;

const numberParams = z.object({ phone: phoneNumber });

export function directoryRoutes(manager: InstanceManager) {
  return new Hono<AppEnv>()
    .get(
      '/:id/numbers/:phone',
      described(
        {
          id: 'lookUpNumber',
          tag: 'directory',
          summary: 'Whether a phone number is on WhatsApp',
          answers: { 200: told(numberSchema, 'What WhatsApp says. That it is not there is no error.') },
          needs: 'lookUp',
          problems: PROBLEMS,
        },
        noQuery,
      ),
      params(numberParams),
      async (c) => {
        const { phone } = c.req.valid('param');
        const found = await byDeadline(c.req.raw, DEADLINE_MS, ({ timeoutMs }) =>
          manager.lookUpNumber(c.req.param('id'), phone, { timeoutMs }),
        );
        return c.json(found);
      },
    )
    .get(
      '/:id/chats',
      described(
        {
          id: 'listChats',
          tag: 'directory',
          summary: 'List the chats of an account',
          answers: { 200: told(chatPage, 'One page, newest first.') },
          problems: PROBLEMS,
        },
        query(pageQuery),
      ),
      async (c) => {
        const page = c.req.valid('query');
        const { items, nextCursor } = await byDeadline(c.req.raw, DEADLINE_MS, ({ timeoutMs }) =>
          manager.chats(c.req.param('id'), { ...page, timeoutMs }),
        );
        return c.json({ items: items.map(chatJson), nextCursor });
      },
    );
}
