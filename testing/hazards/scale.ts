/**
 * How large a hazard is. `npm test` runs the suite short; where its measurements are kept, for docs/reliability.md, it has
 * the size that the page speaks of.
 */
const isMeasured = process.env.RELIABILITY_OUT !== undefined;

export const scale = isMeasured
  ? { startsAtOnce: 20, offlineInstances: 20, offlineMs: 600_000, syncMs: 60_000 }
  : { startsAtOnce: 12, offlineInstances: 3, offlineMs: 0, syncMs: 16_000 };
