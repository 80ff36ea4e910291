/**
 * How large a hazard is: short, as in `npm test`, or with HAZARDS=full of a size that takes a quarter of an hour
 * (`npm run reliability -- --full`).
 */
interface Scale {
  readonly startsAtOnce: number;
  readonly offlineInstances: number;
  /** At least so long; 0 is until it is seen. */
  readonly offlineMs: number;
  readonly syncMs: number;
}

export const SHORT: Scale = { startsAtOnce: 12, offlineInstances: 3, offlineMs: 0, syncMs: 16_000 };
export const FULL: Scale = { startsAtOnce: 20, offlineInstances: 20, offlineMs: 600_000, syncMs: 60_000 };
export const scale = process.env.HAZARDS === 'full' ? FULL : SHORT;

/** For whoever reads the measurements. */
export const inWords = ({ startsAtOnce, offlineInstances, offlineMs, syncMs }: Scale): string =>
  `${startsAtOnce} instances at the start, ${offlineInstances} without a network for ${
    offlineMs === 0 ? 'as long as it takes to see it' : `${offlineMs / 60_000} minutes`
  }, a sync of ${syncMs / 1000} s`;
