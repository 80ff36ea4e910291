/** Waits before an attempt: "full jitter", a random time up to an exponentially growing ceiling, so that a fleet spreads. */

export const MAX_BACKOFF_MS = 60_000;

/** The ceiling of the wait before attempt number `attempt` (0 is the first). */
export const backoffCeiling = (attempt: number, baseMs: number, maxMs = MAX_BACKOFF_MS): number =>
  Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 30));

/** @param random 0 <= random < 1 */
export const backoffMs = (attempt: number, baseMs: number, random: number, maxMs = MAX_BACKOFF_MS): number =>
  Math.floor(backoffCeiling(attempt, baseMs, maxMs) * random);

/** `ms` changed by up to the given share in either direction. */
export const spread = (ms: number, share: number, random: number): number =>
  Math.round(ms * (1 - share + 2 * share * random));
