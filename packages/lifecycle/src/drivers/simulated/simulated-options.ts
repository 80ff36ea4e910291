/** The times of the simulation, each spread a little so that a fleet does not move in step. */
import { spread } from '../../policy/backoff.js';
import type { Clock } from '../../ports/clock.js';

/** What people who play with the simulated driver get: time enough to see the code, short enough not to wait. */
export const SIMULATED_SCAN_AFTER_MS = 3_000;

export interface SimulatedTimes {
  /** From `open` to the loaded page. */
  readonly openMs: number;
  /** From the loaded page (or the scan) to `ready`. */
  readonly syncMs: number;
  /** The phone scans by itself so long after the first code; undefined: only when told to. */
  readonly scanAfterMs: number | undefined;
  /** Between two codes. */
  readonly qrIntervalMs: number;
  /** Without a new code for so long the page says `qrStalled`. */
  readonly qrStallAfterMs: number;
  /** Until a message is in the chat. */
  readonly sendMs: number;
  /** From the chat to the acknowledgement, and between acknowledgements. */
  readonly ackMs: number;
  /** The last acknowledgement that comes: 1 server, 2 device, 3 read. */
  readonly ackUpTo: 1 | 2 | 3;
  /** Until the browser has ended. */
  readonly closeMs: number;
  /** The same of a browser that is killed; with 0 it is gone at once. */
  readonly killMs: number;
  /** Share by which every time varies in either direction, 0 to 1. */
  readonly spreadShare: number;
}

/** Faster than WhatsApp, slow enough that every state can be seen. */
export const defaultTimes: SimulatedTimes = {
  openMs: 400,
  syncMs: 600,
  scanAfterMs: undefined,
  qrIntervalMs: 20_000,
  qrStallAfterMs: 60_000,
  sendMs: 40,
  ackMs: 120,
  ackUpTo: 1,
  closeMs: 60,
  killMs: 0,
  spreadShare: 0.2,
};

/** One of the times, spread. */
export const timeOf = (
  times: SimulatedTimes,
  clock: Clock,
  name: 'openMs' | 'syncMs' | 'sendMs' | 'ackMs' | 'closeMs' | 'killMs',
): number => spread(times[name], times.spreadShare, clock.random());
