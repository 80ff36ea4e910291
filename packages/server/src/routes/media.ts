/** The files of messages, as they are in the page of their instance. */
import type { InstanceManager } from '@wakeeper/lifecycle';
import { Hono } from 'hono';
import { z } from 'zod';
import type { AppEnv } from '../http/app-env.js';
import { byDeadline } from '../http/deadline.js';
import { described } from '../http/described.js';
import { noQuery } from '../http/validate.js';
import { attachment } from './attachment.js';

const MEDIA_DEADLINE_MS = 60_000;

const messageId = z.string().meta({ description: 'The `id` that `message.received` told.' });
const media = described(
  {
    id: 'getMedia',
    tag: 'messages',
    summary: 'The file of a message',
    answers: {
      200: { description: 'Its bytes, under its own type, to be saved.', content: { '*/*': null } },
    },
    needs: 'download',
    problems: ['MESSAGE_NOT_FOUND', 'MEDIA_NOT_FOUND', 'MEDIA_TOO_LARGE', 'INSTANCE_NOT_READY', 'TIMEOUT'],
    params: { messageId },
  },
  noQuery,
);

export const mediaRoutes = (manager: InstanceManager) =>
  new Hono<AppEnv>().get('/:id/messages/:messageId/media', media, async (c) => {
    const { id, messageId } = c.req.param();
    const { bytes, ...file } = await byDeadline(c.req.raw, MEDIA_DEADLINE_MS, (limits) =>
      manager.fetchMedia(id, messageId, limits),
    );
    return c.body(new Uint8Array(bytes), 200, attachment(file, messageId));
  });
