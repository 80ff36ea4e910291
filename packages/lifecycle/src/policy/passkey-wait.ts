/** How long a linking by passkey may wait for people. Spans and times in milliseconds. */

/** The page's key for the hand-over is good for about so long. */
const HANDOFF_MS = 5 * 60_000;

/** From the assertion to the account, with a code that a person compares. */
export const PASSKEY_CONFIRM_MS = 5 * 60_000;

/** No adapter makes an instance wait longer for an assertion. */
export const MOST_PASSKEY_MS = 10 * 60_000;

/** Until when an assertion is of use: WhatsApp's own timeout, and the hand-over's. */
export const passkeyDeadline = (timeout: unknown, now: number): number =>
  now + Math.min(typeof timeout === 'number' && timeout > 0 ? timeout : HANDOFF_MS, HANDOFF_MS);
