/** The files of messages, as they are in the page of their instance. */
import type { InstanceManager } from '@wakeeper/lifecycle';
import { Hono } from 'hono';
import type { AppEnv } from '../http/app-env.js';
import { byDeadline } from '../http/deadline.js';
import { noQuery } from '../http/validate.js';
import { attachment } from './attachment.js';

const MEDIA_DEADLINE_MS = 60_000;

export const mediaRoutes = (manager: InstanceManager) =>
  new Hono<AppEnv>().get('/:id/messages/:messageId/media', noQuery, async (c) => {
    const { id, messageId } = c.req.param();
    const { bytes, ...file } = await byDeadline(c.req.raw, MEDIA_DEADLINE_MS, (limits) =>
      manager.fetchMedia(id, messageId, limits),
    );
    return c.body(new Uint8Array(bytes), 200, attachment(file, messageId));
  });
