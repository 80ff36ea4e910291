/**
 * How large a hazard is: short, as in `npm test`, or with HAZARDS=full of a size that takes a quarter of an hour
 * (`npm run reliability -- --full`).
 */
export const scale =
  process.env.HAZARDS === 'full'
    ? { startsAtOnce: 20, offlineInstances: 20, offlineMs: 600_000, syncMs: 60_000 }
    : { startsAtOnce: 12, offlineInstances: 3, offlineMs: 0, syncMs: 16_000 };
