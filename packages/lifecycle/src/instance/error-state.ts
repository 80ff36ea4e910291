/** `error`: the ladder has ended. `cooling` goes on at the budget's own rate, `halted` needs a person. */
import type { InstanceSetup } from './instance-setup.js';

export const errorState = (setup: InstanceSetup) =>
  setup.createStateConfig({
    initial: 'cooling',
    tags: 'settled',
    states: {
      cooling: {
        description: 'The restart budget is used up: one attempt per WINDOW / MAX_RESTARTS until ready.',
        entry: 'planCooling',
        after: { untilRetry: { target: '#instance.disconnected.deciding', actions: 'planAfterCooling' } },
        on: {
          'instance.start': { target: '#instance.connecting.queued', actions: 'planFree' },
        },
      },
      halted: {
        description: 'Only a person can mend it; the reason names the remedy.',
        entry: 'forgetRetry',
        on: {
          'instance.start': { target: '#instance.connecting.queued', actions: 'planFree' },
        },
      },
    },
  });
