/** What a manager tells whoever measures it, as it happens. Facts come later, when they are durable, and say less of why. */
import type { InstanceState, Rung, Wanted } from '../domain/instance-state.js';

export interface Place {
  readonly state: InstanceState;
  /** The substate, for example `authenticating`. */
  readonly detail: string;
}

/** An instance has changed its place, or what is wanted of it. */
export interface Move {
  readonly instanceId: string;
  readonly from: Place;
  readonly to: Place;
  readonly wanted: Wanted;
  /**
   * One of a closed set of codes: that of a failure (FAILURE_CODES), the command of a person (`START`, `STOP`, …) or what
   * was heard (`SCANNED`, …). What follows from it has the same one, up to `ready` or `stopped`.
   */
  readonly cause: string | null;
  /** The same as a sentence. */
  readonly reason: string | null;
  /** Epoch milliseconds of the next automatic step, or null. */
  readonly retryAt: number | null;
  readonly generation: number;
  /** Milliseconds spent in the place that was left. */
  readonly durationMs: number;
}

/** A generation has begun that was paid for out of the restart budget. */
export interface Restart {
  readonly instanceId: string;
  readonly rung: Rung;
  /** As that of the move. */
  readonly cause: string | null;
}

/** Called synchronously, in the order of what happens. What it throws is logged, and changes nothing. */
export interface Observer {
  moved(move: Move): void;
  restarted(restart: Restart): void;
}
