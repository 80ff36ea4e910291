/** The environment variables of what is received: a part of variables.ts. */
import { defaultOptions, IGNORABLE_CHATS } from '@wakeeper/lifecycle';
import { z } from 'zod';
import { milliseconds, oneOf, optional, type Variable, whole, words } from './variable.js';

const lifecycle = defaultOptions;
const MIB = 1024 * 1024;

const chats = words.pipe(z.array(z.enum(IGNORABLE_CHATS)));

export const inboundVariables = {
  IGNORE_CHATS: optional(`words separated by commas, out of ${IGNORABLE_CHATS.join(', ')}`, chats, {
    about: 'Chats that nothing is told of: no messages, and nothing that happens to them.',
  }),
  INBOUND_BACKFILL_HOURS: whole(lifecycle.inboundBackfillHours, 0, 720, {
    about:
      'How far back messages are fetched that came while the instance was not there; they are told with `backfilled: true`. 0 switches that off.',
  }),
  BACKFILL_STATUS: oneOf(
    lifecycle.backfillStatus ? 'on' : 'off',
    ['on', 'off'],
    'Whether status updates are fetched too; [what that can cost](receiving.md#what-came-while-the-instance-was-down).',
  ),
  INBOUND_LOOK_BACK_MS: milliseconds(
    lifecycle.lookBackMs,
    0,
    'Time between two looks, +-20 %, of a ready instance through the last minutes of its chats, for messages that the page stored without an event. 0 switches that off.',
  ),
  INBOUND_UNREADABLE_AFTER_MS: milliseconds(
    lifecycle.unreadableAfterMs,
    1,
    'A message that the page still cannot read after this time is reported as `message.unreadable`.',
  ),
  MAX_MEDIA_BYTES: whole(lifecycle.maxMediaBytes, 1024, 512 * MIB, {
    about:
      'The largest file of a message that `GET …/messages/:messageId/media` fetches, in bytes. It is held in memory, in the page and in the server.',
  }),
} satisfies Readonly<Record<string, Variable<unknown>>>;
