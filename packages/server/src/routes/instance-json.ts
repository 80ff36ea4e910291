/** An instance, its history and its codes as they stand in JSON. */
import {
  type Fact,
  INSTANCE_STATES,
  type InstanceView,
  PAGE_CAPABILITIES,
  PASSKEY_STAGES,
  type PageView,
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
const logoutReason = z.string().meta({
  description: "WhatsApp Web's own word for why it logged out, such as `account_locked`.",
  examples: ['account_locked'],
});
const retryAt = timeOrNull.meta({ description: 'When the next automatic step is due.' });

export const restrictionFields = {
  kind: z.string().meta({
    description: "WhatsApp's own word; `unknown` where its page does not say.",
    examples: ['RESTRICT_ALL_COMPANIONS'],
  }),
  until: timeOrNull.meta({ description: 'When it ends; null where the page does not say.' }),
};
export const accountTold = z.object({
  id: z.string(),
  phoneNumber: z.string().nullable(),
  pushName: z.string().nullable(),
  lid: z.string().exactOptional().meta({ description: 'The same account without its number.' }),
});
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
    lastError: z
      .object({ code: z.string(), message: z.string(), at: time, logoutReason: logoutReason.exactOptional() })
      .nullable(),
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
    page: z
      .object({
        version: z.string().nullable().meta({ description: 'As the page calls itself.' }),
        edition: z
          .string()
          .meta({ description: 'The known edition that it has the shape of; `unknown` else.' }),
        browser: z.string().nullable(),
        library: z.string().meta({ description: 'Version of the library that drives the page.' }),
        layer: z.array(z.string()).meta({ description: 'Repairs of wakeeper that are in force in it.' }),
        checkedAt: time,
        capabilities: z.record(z.enum(PAGE_CAPABILITIES), z.enum(['ok', 'off', 'doubtful'])).meta({
          description:
            '`off`: what needs it is refused or waits. `doubtful`: the probe failed, and it is used all the same.',
        }),
        missing: z.partialRecord(z.enum(PAGE_CAPABILITIES), z.array(z.string())).meta({
          description: 'What the page lacks, for each probe that failed.',
        }),
      })
      .nullable()
      .meta({ description: "What WhatsApp's page can do, by its last self-test; null until it was tested." }),
    restriction: z.object(restrictionFields).nullable().meta({
      description:
        'WhatsApp lets the account open no new chats for a time. Null when it does, or nothing is known.',
    }),
    passkey: passkeySchema.nullable().meta({ description: 'The linking by passkey that is under way.' }),
    labels: z.record(z.string(), z.string()),
    node: z.string().meta({ description: 'The server that runs it.' }),
    createdAt: time,
  })
  .meta({ id: 'Instance', description: 'One account session.' });

const pageJson = (page: PageView): Told<typeof instanceSchema>['page'] => ({
  ...page,
  layer: [...page.layer],
  checkedAt: iso(page.checkedAt),
  missing: page.missing as Record<string, string[]>,
});

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
  page: view.page && pageJson(view.page),
  restriction: view.restriction && {
    kind: view.restriction.kind,
    until: isoOrNull(view.restriction.until),
  },
  account: view.account,
  expectedAccount: view.expectedAccount,
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
  cause: z
    .string()
    .nullable()
    .exactOptional()
    .meta({
      description: 'The reason as a code, for programs. Facts of earlier versions have none.',
      examples: ['BROWSER_EXITED'],
    }),
  retryAt,
  generation: count.meta({ description: 'Number of the browser session that it is about.' }),
  logoutReason: logoutReason.exactOptional(),
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
