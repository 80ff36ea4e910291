/** An instance, its history and its codes as they stand in JSON. */
import {
  type Fact,
  INSTANCE_STATES,
  type InstanceView,
  PASSKEY_STAGES,
  type PasskeyView,
  type QrView,
} from '@wakeeper/lifecycle';
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

export const passkeyOptions = z.looseObject({ challenge: z.string() }).meta({
  description:
    'What WhatsApp asks of the passkey, as the JSON that `PublicKeyCredential.parseRequestOptionsFromJSON` reads.',
});
const passkeySchema = z
  .object({
    options: passkeyOptions,
    stage: z.enum(PASSKEY_STAGES).meta({
      description:
        '`assertion`: the passkey is waited for. `confirming`: WhatsApp and the phone check it. `code`: a person compares the code with the one on the phone.',
    }),
    code: z.string().nullable(),
    expiresAt: time.meta({ description: 'When the linking is given up.' }),
  })
  .meta({ id: 'PasskeyLink', description: 'A link that WhatsApp wants confirmed with a passkey.' });

export const passkeyJson = (view: PasskeyView): Told<typeof passkeySchema> => ({
  options: { ...view.options },
  stage: view.stage,
  code: view.code,
  expiresAt: iso(view.expiresAt),
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
    me: z
      .object({ id: z.string(), phoneNumber: z.string().nullable(), pushName: z.string().nullable() })
      .nullable()
      .meta({ description: 'The account that it is paired with.' }),
    passkey: passkeySchema.nullable().meta({ description: 'The linking by passkey that is under way.' }),
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
  me: view.me,
  passkey: view.passkey && passkeyJson(view.passkey),
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
