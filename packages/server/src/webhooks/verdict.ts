/**
 * What an attempt comes to: for the delivery, for the endpoint and its breaker, and for those who should hear of it.
 * Pure: time and chance are arguments.
 *
 * A delivery that keeps failing steps aside after two minutes, so that it does not hold its instance's others, and counts
 * for the breaker no more: one message that is never taken says nothing of the endpoint. While the breaker is open the
 * fault is the endpoint's: those that stepped aside meanwhile come back, and order holds through an outage of hours.
 */
import {
  backoffCeiling,
  type DeliveryProgress,
  type FactDraft,
  GOOD_STANDING,
  MESSAGE_REFUSALS,
  spread,
  type Webhook,
  type WebhookDelivery,
  type WebhookStanding,
} from '@wakeeper/lifecycle';
import type { PostAnswer } from './http-post.js';
import { retryAfterMs, retryWait } from './retry-schedule.js';

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;

/** How long a delivery that fails may hold the others of its instance. */
export const ORDER_PATIENCE_MS = 120 * SECOND_MS;
/** The same while the endpoint answers nobody. */
const OUTAGE_PATIENCE_MS = 6 * HOUR_MS;
/** Failures in a row that open the breaker. */
export const BREAKER_FAILURES = 10;
const FIRST_PROBE_MS = 30 * SECOND_MS;
const SLOWEST_PROBE_MS = 300 * SECOND_MS;
const PROBE_JITTER = 0.2;
/** An endpoint whose breaker has been open for so long, through so many failures, is disabled. */
const GIVE_UP_FAILURES = 100;
const GIVE_UP_AFTER_MS = 5 * 24 * HOUR_MS;
/** Answers of an endpoint that has too much to do: all its deliveries slow down. */
const OVERLOADED: readonly number[] = [429, 502, 503, 504];
const SLOWEST_PAUSE_MS = 30 * SECOND_MS;
const GONE = 410;
const LONGEST_ERROR = 300;

export interface Attempt {
  readonly webhook: Webhook;
  readonly standing: WebhookStanding;
  readonly delivery: WebhookDelivery;
  readonly answer: PostAnswer;
  /** It was made ahead of its time, to see whether the endpoint is back: it does not count as a try. */
  readonly isEarly: boolean;
  /** When the answer came, epoch milliseconds. */
  readonly now: number;
  /** 0 <= random < 1 */
  readonly random: number;
}

export interface Verdict {
  readonly progress: DeliveryProgress;
  readonly standing: WebhookStanding;
  readonly rejoinSince: number | null;
  readonly dueBy: number | null;
  readonly facts: readonly FactDraft[];
}

/** From when on the delivery no longer holds those behind it; null while it was not tried. */
export const stepsAsideAt = (
  { firstAttemptAt }: Pick<DeliveryProgress, 'firstAttemptAt'>,
  { openSince }: Pick<WebhookStanding, 'openSince'>,
): number | null =>
  firstAttemptAt === null
    ? null
    : firstAttemptAt + (openSince === null ? ORDER_PATIENCE_MS : OUTAGE_PATIENCE_MS);

export function judge(attempt: Attempt): Verdict {
  const { status } = attempt.answer;
  return status !== null && status >= 200 && status < 300 ? success(attempt) : failure(attempt);
}

function success({ webhook, standing, delivery, answer, now }: Attempt): Verdict {
  const wasOpen = standing.openSince !== null;
  const { enabled, disabledReason } = standing;
  return {
    progress: {
      status: 'delivered',
      attempts: delivery.attempts + 1,
      aside: delivery.aside,
      firstAttemptAt: delivery.firstAttemptAt ?? now,
      lastAttemptAt: now,
      nextAttemptAt: 0,
      settledAt: now,
      responseStatus: answer.status,
      error: null,
    },
    standing: { ...GOOD_STANDING, enabled, disabledReason },
    rejoinSince: null,
    dueBy: wasOpen ? now : null,
    facts: wasOpen ? [failingResolved(webhook, now)] : [],
  };
}

function failure(attempt: Attempt): Verdict {
  const { webhook, delivery, answer, isEarly, now, random } = attempt;
  const error = errorOf(answer).slice(0, LONGEST_ERROR);
  const attempts = delivery.attempts + (isEarly ? 0 : 1);
  const askedMs = retryAfterMs(answer.retryAfter, now);
  const plannedMs = isEarly ? delivery.nextAttemptAt - now : retryWait(attempts, webhook.retries, random);
  const waitMs = answer.status === GONE ? null : plannedMs;
  const firstAttemptAt = delivery.firstAttemptAt ?? now;
  const standing = standingAfter(attempt, error, askedMs);
  const opens = standing.openSince !== null && attempt.standing.openSince === null;
  const asideAt = stepsAsideAt({ firstAttemptAt }, standing);
  const isRefused = MESSAGE_REFUSALS.includes(answer.status ?? 0);
  return {
    progress: {
      status: waitMs === null ? 'dead' : 'pending',
      attempts,
      aside: delivery.aside || isRefused || (asideAt !== null && asideAt <= now),
      firstAttemptAt,
      lastAttemptAt: now,
      nextAttemptAt: waitMs === null ? 0 : now + Math.max(waitMs, askedMs ?? 0),
      settledAt: waitMs === null ? now : null,
      responseStatus: answer.status,
      error,
    },
    standing,
    rejoinSince: opens ? Math.max(standing.failingSince ?? now, now - OUTAGE_PATIENCE_MS) : null,
    dueBy: null,
    facts: alertsOf(webhook, attempt.standing, standing, error, now),
  };
}

function standingAfter(
  { standing, delivery, answer, now, random }: Attempt,
  error: string,
  askedMs: number | null,
): WebhookStanding {
  if (!standing.enabled) return standing;
  // One that has stepped aside has had its say: what it fails by now is its own.
  const counts = !delivery.aside || standing.openSince !== null;
  const failures = standing.failures + (counts ? 1 : 0);
  const failingSince = counts ? (standing.failingSince ?? now) : standing.failingSince;
  if (answer.status === GONE) return disabled('The endpoint answered 410 Gone: it wants no more deliveries.');
  if (failures >= GIVE_UP_FAILURES && now - (standing.openSince ?? now) >= GIVE_UP_AFTER_MS)
    return disabled(`The endpoint has failed for five days, the last time so: ${error}`);
  const isOpen = failures >= BREAKER_FAILURES;
  const probes = failures - BREAKER_FAILURES;
  const pauseMs = isOpen
    ? spread(backoffCeiling(probes, FIRST_PROBE_MS, SLOWEST_PROBE_MS), PROBE_JITTER, random)
    : OVERLOADED.includes(answer.status ?? 0)
      ? backoffCeiling(standing.failures, SECOND_MS, SLOWEST_PAUSE_MS)
      : 0;
  const retryAt = Math.max(standing.retryAt ?? 0, now + Math.max(pauseMs, askedMs ?? 0));
  return {
    ...standing,
    failures,
    failingSince,
    openSince: isOpen ? (standing.openSince ?? now) : null,
    retryAt: retryAt > now ? retryAt : null,
  };
}

const disabled = (disabledReason: string): WebhookStanding => ({
  ...GOOD_STANDING,
  enabled: false,
  disabledReason,
});

function errorOf({ status, error }: PostAnswer): string {
  if (status === null) return error ?? 'There was no answer.';
  if (status >= 300 && status < 400) return `It answered ${status}: redirects are not followed.`;
  return `It answered ${status}.`;
}

function alertsOf(
  webhook: Webhook,
  before: WebhookStanding,
  after: WebhookStanding,
  error: string,
  at: number,
): readonly FactDraft[] {
  const wasOpen = before.openSince !== null;
  if (before.enabled && !after.enabled) {
    const reason = after.disabledReason ?? '';
    const message = `Webhook ${webhook.id} (${hostOf(webhook)}) was disabled. ${reason} Enable it again when its receiver works.`;
    return [
      ...(wasOpen ? [failingResolved(webhook, at)] : []),
      alert('alert.raised', `webhook_disabled:${webhook.id}`, message, at),
    ];
  }
  if (wasOpen || after.openSince === null) return [];
  const message = `Webhook ${webhook.id} (${hostOf(webhook)}) has failed ${after.failures} times in a row, the last time so: ${error} Deliveries wait; it is tried at least every five minutes.`;
  return [alert('alert.raised', `webhook_failing:${webhook.id}`, message, at)];
}

/** A webhook's URL may carry a token: its host says enough. */
export const hostOf = ({ url }: Pick<Webhook, 'url'>): string => new URL(url).host;

const alert = (
  type: 'alert.raised' | 'alert.resolved',
  name: string,
  message: string,
  at: number,
): FactDraft => ({ type, instanceId: null, at, body: { name, message, instances: [] } });

const failingResolved = (webhook: Webhook, at: number): FactDraft =>
  alert('alert.resolved', `webhook_failing:${webhook.id}`, `Webhook ${webhook.id} answers again.`, at);

/** The names of its alerts that stand. */
export const raisedAlerts = (
  { id }: Pick<Webhook, 'id'>,
  { openSince, enabled, disabledReason }: WebhookStanding,
): readonly string[] => [
  ...(openSince === null ? [] : [`webhook_failing:${id}`]),
  ...(enabled || NOT_ALERTED.includes(disabledReason ?? '') ? [] : [`webhook_disabled:${id}`]),
];

/** The ends of its alerts, when somebody enables, disables or removes a webhook. */
export const resolvedFacts = (
  webhook: Webhook,
  { openSince, enabled, disabledReason }: WebhookStanding,
  at: number,
): readonly FactDraft[] => [
  ...(openSince === null ? [] : [failingResolved(webhook, at)]),
  ...(enabled || NOT_ALERTED.includes(disabledReason ?? '')
    ? []
    : [
        alert(
          'alert.resolved',
          `webhook_disabled:${webhook.id}`,
          `Somebody has seen to webhook ${webhook.id}.`,
          at,
        ),
      ]),
];

export const BY_HAND = 'By hand.';
export const NOT_CONFIGURED = 'WEBHOOK_URL is not set any more.';
const NOT_ALERTED: readonly string[] = [BY_HAND, NOT_CONFIGURED];
