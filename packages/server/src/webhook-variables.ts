/** The environment variables of webhooks: a part of variables.ts. */
import { z } from 'zod';
import { listOf, milliseconds, optional, type Variable, whole, written } from './variable.js';
import { EVENT_RULE, isEventPattern } from './webhooks/event-pattern.js';
import { isSecret, SECRET_RULE } from './webhooks/signature.js';
import { parseCidr } from './webhooks/url-guard.js';

export const webhookVariables = {
  WEBHOOK_URL: optional(
    'an http or https URL without user name and password',
    z
      .url({ protocol: /^https?$/ })
      .refine((text) => URL.canParse(text) && new URL(text).username + new URL(text).password === ''),
    { about: 'Where facts are delivered. More webhooks are made by `POST /v1/webhooks`.', secret: true },
  ),
  WEBHOOK_EVENTS: written('*', `separated by commas: ${EVENT_RULE}`, listOf(isEventPattern), {
    about: 'Which facts go to WEBHOOK_URL.',
  }),
  WEBHOOK_SECRET: optional(
    `${SECRET_RULE}, or two of them separated by a comma`,
    listOf(isSecret).refine((secrets) => secrets.length <= 2),
    {
      about:
        'Signs the deliveries to WEBHOOK_URL, which needs it. Two sign both, the newer first: for changing over.',
      secret: true,
    },
  ),
  WEBHOOK_ALLOW_PRIVATE: optional(
    'IP addresses and ranges such as 10.0.0.0/8, separated by commas',
    listOf((word) => parseCidr(word) !== null),
    {
      about:
        "Addresses of one's own network that webhooks may be delivered to, over plain http too. Everything private is refused otherwise.",
    },
  ),
  WEBHOOK_TIMEOUT_MS: milliseconds(15_000, 1, 'How long an endpoint may take to answer.'),
  WEBHOOK_RETENTION_DAYS: whole(7, 1, 365, {
    about: 'How long deliveries are kept that were delivered or are dead, in days.',
  }),
  WEBHOOK_MAX_BACKLOG: whole(100_000, 1, 10_000_000, {
    about: 'Deliveries of one webhook that may wait; beyond it the oldest become dead letters.',
  }),
} satisfies Readonly<Record<string, Variable<unknown>>>;
