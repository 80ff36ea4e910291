/** Events for the API description: what each type of fact tells, in server-sent events and in webhooks. */
import type { FactType } from '@wakeeper/lifecycle';
import { z } from 'zod';
import { count, time, timeOrNull } from '../http/answer-field.js';
import { accountTold, passkeyOptions, restrictionFields, stateFields } from './instance-json.js';
import { ack, itemStatus, metadataTold } from './queue-item-json.js';

const messageFields = {
  queueId: z.string(),
  type: z.enum(['message', 'poll']),
  status: itemStatus,
  to: z.string(),
  messageId: z.string().nullable(),
  ack,
  metadata: metadataTold,
  error: z.string().nullable(),
  errorCode: z.string().nullable(),
};
const orNull = z.string().nullable();
const inboundFields = {
  id: z.string().meta({
    description: "WhatsApp's id: `quotedMessageId` of a reply and the address of its media take it.",
  }),
  chatId: z.string(),
  fromMe: z.boolean(),
  phoneNumber: orNull.meta({ description: 'Of the other person.' }),
  lid: orNull,
  participant: orNull.meta({ description: 'Who wrote it, in groups, channels and status.' }),
  pushName: orNull,
  type: z.string(),
  body: z.string(),
  media: z.object({ mimetype: z.string(), filename: orNull, bytes: z.number().nullable() }).nullable(),
  location: z.object({ latitude: z.number(), longitude: z.number(), description: orNull }).nullable(),
  quotedId: orNull,
  timestamp: time,
  source: z.enum(['api', 'phone']),
  backfilled: z.boolean().meta({
    description:
      'It was fetched afterwards: it came while the instance was not there, or its event was missing.',
  }),
};
const happeningFields = {
  messageId: z.string(),
  chatId: z.string(),
  fromMe: z.boolean(),
  participant: orNull,
  timestamp: timeOrNull,
};
const unreadableFields = {
  id: inboundFields.id,
  chatId: z.string(),
  fromMe: z.boolean(),
  phoneNumber: inboundFields.phoneNumber,
  lid: orNull,
  participant: inboundFields.participant,
  timestamp: time,
};
const alertFields = { name: z.string(), message: z.string(), instances: z.array(z.string()) };

/** A type of fact that is not here does not compile. */
const bodies = {
  'instance.state': stateFields,
  'instance.qr': {
    qr: z.string().nullable(),
    pairingCode: z.string().nullable(),
    issuedAt: time,
    expiresAt: timeOrNull,
  },
  'passkey.required': { options: passkeyOptions, expiresAt: time },
  'passkey.code': {
    code: z.string(),
    confirm: z.boolean().meta({ description: 'A person has to compare it with the one on the phone.' }),
    expiresAt: time,
  },
  'passkey.failed': { reason: z.string().meta({ description: 'Why, as a sentence.' }) },
  'message.queued': messageFields,
  'message.sent': messageFields,
  'message.failed': messageFields,
  'message.uncertain': messageFields,
  'message.expired': messageFields,
  'message.cancelled': messageFields,
  'message.waiting': messageFields,
  'message.held': messageFields,
  'message.ack': {
    messageId: z.string(),
    queueId: z.string().nullable(),
    ack,
    metadata: metadataTold,
  },
  'message.received': inboundFields,
  'message.created': inboundFields,
  'message.edited': { ...happeningFields, body: z.string(), previousBody: orNull },
  'message.revoked': { ...happeningFields, scope: z.enum(['everyone', 'me']) },
  'message.reaction': { ...happeningFields, sender: z.string(), reaction: orNull },
  'message.unreadable': unreadableFields,
  'poll.vote': {
    messageId: z.string(),
    chatId: z.string(),
    voter: z.string(),
    selectedOptions: z.array(z.string()).nullable().meta({
      description:
        'All that are chosen now; empty when the vote was taken back. Null when nothing says what they are called.',
    }),
    timestamp: timeOrNull,
  },
  'account.restricted': restrictionFields,
  'account.changed': {
    previous: accountTold.meta({ description: 'The account that was paired before.' }),
    account: accountTold,
    held: count.meta({
      description: 'Items that wait for a person, as they were accepted for another account.',
    }),
  },
  'alert.raised': alertFields,
  'alert.resolved': alertFields,
} satisfies Record<FactType, z.ZodRawShape>;

const seq = count.meta({ description: 'Grows with every event of the server.' });
const instanceId = z.string().meta({ description: 'Missing where an event is about the server itself.' });

const eventOf = <T extends FactType>(type: T) =>
  z.object({
    type: z.literal(type),
    timestamp: time,
    data: z.object({ instanceId: instanceId.exactOptional(), seq, ...bodies[type] }),
  });

export const eventSchema = z
  .discriminatedUnion('type', [
    eventOf('instance.state'),
    eventOf('instance.qr'),
    eventOf('passkey.required'),
    eventOf('passkey.code'),
    eventOf('passkey.failed'),
    eventOf('message.queued'),
    eventOf('message.sent'),
    eventOf('message.failed'),
    eventOf('message.uncertain'),
    eventOf('message.expired'),
    eventOf('message.cancelled'),
    eventOf('message.waiting'),
    eventOf('message.held'),
    eventOf('message.ack'),
    eventOf('message.received'),
    eventOf('message.created'),
    eventOf('message.edited'),
    eventOf('message.revoked'),
    eventOf('message.reaction'),
    eventOf('message.unreadable'),
    eventOf('poll.vote'),
    eventOf('account.restricted'),
    eventOf('account.changed'),
    eventOf('alert.raised'),
    eventOf('alert.resolved'),
  ])
  .meta({ id: 'Event', description: 'What happened: the body of a webhook, and of a server-sent event.' });
