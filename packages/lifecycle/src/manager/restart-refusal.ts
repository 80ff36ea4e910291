/** Why a restart by hand is refused: the budget is the instance's, whoever spends it. */
import { LifecycleError } from '../domain/errors.js';
import type { LifecycleOptions } from '../policy/options.js';
import { windowOpensAt } from '../policy/restart-window.js';
import type { Clock } from '../ports/clock.js';
import type { ManagedInstance } from './managed-instance.js';

export function budgetUsedUp(
  instance: ManagedInstance,
  { options, clock }: { readonly options: LifecycleOptions; readonly clock: Clock },
): LifecycleError {
  const { maxRestartsPerWindow: max, windowMinutes } = options;
  const { context, view } = instance;
  const retryAt = view.retryAt ?? windowOpensAt(context.restarts, clock.now(), windowMinutes * 60_000, max);
  return new LifecycleError('RESTART_BUDGET_USED_UP', {
    message: `The restart budget of "${instance.id}" is used up (${max} in ${windowMinutes} minutes). Nothing was changed.`,
    details: { id: instance.id, retryAt },
  });
}
