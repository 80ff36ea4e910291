/** Which rung comes next, and when the ladder has come to its end. */
import type { Rung } from '../domain/instance-state.js';
import { restartsInWindow } from './restart-window.js';

export interface LadderPosition {
  /** Restarts in a row without a stable `ready`. */
  readonly attempts: number;
  /** When restarts were spent, oldest first. */
  readonly restarts: readonly number[];
  /** whatsapp-web.js keeps a flag after a logout that makes the same client remove the next profile. */
  readonly sawLogout: boolean;
}
export interface Budget {
  readonly maxRestarts: number;
  readonly windowMs: number;
}

/** Soft once, then hard; never soft on a client that saw a logout. */
export const nextRung = (position: LadderPosition): Rung =>
  position.attempts === 0 && !position.sawLogout ? 'soft' : 'hard';

/**
 * Used up when the window is full, or after `maxRestarts` attempts in a row however long they took: with a
 * READY_TIMEOUT_MS of three minutes, five attempts never fit into a window of ten.
 */
export const isBudgetUsedUp = (position: LadderPosition, budget: Budget, now: number): boolean =>
  position.attempts >= budget.maxRestarts ||
  restartsInWindow(position.restarts, now, budget.windowMs).length >= budget.maxRestarts;

/** How long the instance cools before each further attempt: the budget's own rate. */
export const coolingMs = (budget: Budget): number => Math.ceil(budget.windowMs / budget.maxRestarts);
