/** An instance, its history and its codes as they stand in JSON. */
import { type Fact, INSTANCE_STATES, type InstanceView, type QrView } from '@wakeeper/lifecycle';
import { z } from 'zod';
import { count, pageOf, type Told, time, timeOrNull } from '../http/answer-field.js';
import { iso, isoOrNull } from '../http/time.js';

export const instanceState = z
  .enum(INSTANCE_STATES)
  .meta({ id: 'InstanceState', description: 'One of the five words for how an instance is.' });
const wanted = z
  .enum(['running', 'stopped'])
  .meta({ description: 'What the operator asked for; it survives restarts.' });
const detail = z
  .string()
  .meta({ description: 'The substate, such as `authenticating`.', examples: ['authenticating'] });
const reason = z.string().nullable().meta({ description: 'Why, as a sentence.' });
const retryAt = timeOrNull.meta({ description: 'When the next automatic step is due.' });

export const accountTold = z.object({
  id: z.string(),
  phoneNumber: z.string().nullable(),
  pushName: z.string().nullable(),
  lid: z.string().exactOptional().meta({ description: 'The same account without its number.' }),
});

export const instanceSchema = z
  .object({
    id: z.string(),
    state: instanceState,
    detail,
    wanted,
    since: time.meta({ description: 'Since when in this state.' }),
    reason,
    retryAt,
    lastError: z.object({ code: z.string(), message: z.string(), at: time }).nullable(),
    restarts: z
      .object({ used: count, max: count, windowMinutes: z.number() })
      .meta({ description: 'The restart budget: how much of it was spent in the window that slides.' }),
    queueDepth: count.meta({ description: 'Messages and polls accepted and not yet settled.' }),
    heldCount: count.meta({
      description: 'Messages and polls that wait for a person: they were accepted for another account.',
    }),
    me: accountTold.nullable().meta({ description: 'The account that it is paired with.' }),
    account: accountTold
      .nullable()
      .meta({ description: 'The account that was paired last, also while none is.' }),
    expectedAccount: z
      .string()
      .nullable()
      .meta({ description: 'The number that alone may be paired, or null for any.' }),
    labels: z.record(z.string(), z.string()),
    node: z.string().meta({ description: 'The server that runs it.' }),
    createdAt: time,
  })
  .meta({ id: 'Instance', description: 'One account session.' });

export const instanceJson = (view: InstanceView): Told<typeof instanceSchema> => ({
  id: view.id,
  state: view.state,
  detail: view.detail,
  wanted: view.wanted,
  since: iso(view.since),
  reason: view.reason,
  retryAt: isoOrNull(view.retryAt),
  lastError: view.lastError && { ...view.lastError, at: iso(view.lastError.at) },
  restarts: view.restarts,
  queueDepth: view.queueDepth,
  heldCount: view.heldCount,
  me: view.me,
  account: view.account,
  expectedAccount: view.expectedAccount,
  labels: view.labels,
  node: view.node,
  createdAt: iso(view.createdAt),
});

export const instancePage = pageOf(instanceSchema, {
  counts: z
    .record(instanceState, count)
    .meta({ description: 'All instances by their state, whatever the page shows.' }),
}).meta({ id: 'InstancePage' });

/** What a change of state tells, in the history and in events. */
export const stateFields = {
  state: instanceState,
  detail,
  previous: instanceState.nullable(),
  wanted,
  reason,
  retryAt,
  generation: count.meta({ description: 'Number of the browser session that it is about.' }),
};

export const transitionSchema = z
  .object({ at: time, ...stateFields })
  .meta({ id: 'Transition', description: 'One change of state with its cause.' });
export const transitionPage = pageOf(transitionSchema, {}).meta({ id: 'TransitionPage' });

/** One transition with its cause. */
export const transitionJson = (
  fact: Extract<Fact, { type: 'instance.state' }>,
): Told<typeof transitionSchema> => ({
  at: iso(fact.at),
  ...fact.body,
  retryAt: isoOrNull(fact.body.retryAt),
});

export const qrSchema = z
  .object({
    qr: z.string().meta({ description: 'What the QR code says.' }),
    issuedAt: time,
    expiresAt: time.meta({ description: 'When the codes end unless somebody scans or asks again.' }),
  })
  .meta({ id: 'QrCode' });

export const qrJson = (view: QrView): Told<typeof qrSchema> => ({
  qr: view.qr,
  issuedAt: iso(view.issuedAt),
  expiresAt: iso(view.expiresAt),
});
