/** When a delivery that failed is tried again. Pure: time and chance are arguments. */
import { type RetryRule, spread } from '@wakeeper/lifecycle';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * The waits that Standard Webhooks recommend, over 75 hours, with three more in the first two minutes: so long order is
 * kept, and an endpoint that is away for less must not cost it.
 */
export const RETRY_WAITS_MS: readonly number[] = [
  5_000,
  10_000,
  20_000,
  40_000,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  DAY_MS,
];

/** So that what failed together is not tried again together. */
const JITTER = 0.2;

function plannedWait(attempts: number, rule: RetryRule | null): number | undefined {
  if (!rule) return RETRY_WAITS_MS[attempts - 1];
  if (attempts > rule.attempts) return undefined;
  const delayMs = rule.delaySeconds * 1000;
  const factor = { constant: 1, linear: attempts, exponential: 2 ** (attempts - 1) }[rule.policy];
  return Math.min(DAY_MS, delayMs * factor);
}

/**
 * The wait after so many attempts, in milliseconds; null when there are no more.
 * @param random 0 <= random < 1
 */
export function retryWait(attempts: number, rule: RetryRule | null, random: number): number | null {
  const wait = plannedWait(attempts, rule);
  return wait === undefined ? null : spread(wait, JITTER, random);
}

/** What `Retry-After` asks for, in milliseconds, a day at most; null for what is neither seconds nor a date. */
export function retryAfterMs(header: string | undefined, now: number): number | null {
  const value = header?.trim() ?? '';
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(ms) ? null : Math.min(DAY_MS, Math.max(0, ms));
}
