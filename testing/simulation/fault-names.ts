/** The kinds of faults, the columns of the table of coverage. */
export const FAULTS = [
  'kill',
  'supersede',
  'store fails',
  'store slow',
  'store repeats',
  'driver slow',
  'driver repeats',
  'call fails',
  'call hangs',
  'bad load',
  'lost answer',
  'browser exits',
  'page crashes',
  'page hangs',
  'socket',
  'page changes',
  'stale event',
  'double event',
  'host offline',
  'sleep',
] as const;
export type FaultName = (typeof FAULTS)[number];
