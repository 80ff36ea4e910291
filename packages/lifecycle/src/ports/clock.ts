/**
 * Time and chance as arguments, so that a test can own both. A superset of XState's clock (`setTimeout`,
 * `clearTimeout`), which drives the `after` delays of the charts.
 */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** 0 <= random < 1 */
  random(): number;
  setTimeout(fn: (...args: unknown[]) => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  setTimeout: (fn, ms) => setTimeout(fn, ms),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
};
