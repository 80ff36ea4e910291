/** How many restarts fit into a sliding window: OTP's restart intensity, with times kept instead of counters. */

/** The restarts that still count at `now`. Times in the future (a clock set back) are clamped to now. */
export function restartsInWindow(
  restarts: readonly number[],
  now: number,
  windowMs: number,
): readonly number[] {
  return restarts.map((at) => Math.min(at, now)).filter((at) => at > now - windowMs);
}

/** The window with one more restart in it, bounded to `max` entries: older ones cannot matter any more. */
export function spendRestart(
  restarts: readonly number[],
  now: number,
  windowMs: number,
  max: number,
): readonly number[] {
  return [...restartsInWindow(restarts, now, windowMs), now].slice(-max);
}

/** When the window has room again: at `now` if it has room already. */
export function windowOpensAt(
  restarts: readonly number[],
  now: number,
  windowMs: number,
  max: number,
): number {
  const counted = restartsInWindow(restarts, now, windowMs);
  if (counted.length < max) return now;
  return (counted[counted.length - max] ?? now) + windowMs;
}
