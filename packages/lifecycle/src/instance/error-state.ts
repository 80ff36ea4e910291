/**
 * `error`: the ladder has ended. `cooling` goes on at the budget's own rate, `halted` needs a person. In `incompatible` the
 * session is open and the page cannot do what is needed; no restart can help, and none is made.
 */
import type { DriverFailure } from '../ports/driver.js';
import type { InstanceSetup } from './instance-setup.js';
import { nowReady, qrNeeded } from './shared-transitions.js';

const NOT_LOADED: DriverFailure = {
  code: 'RELOAD_FAILED',
  message: 'The incompatible page was loaded again to be tested, and did not come up.',
};

export const errorState = (setup: InstanceSetup) => {
  return setup.createStateConfig({
    initial: 'cooling',
    states: {
      cooling: {
        description: 'The restart budget is used up: one attempt per WINDOW / MAX_RESTARTS until ready.',
        tags: 'settled',
        entry: 'planCooling',
        after: { untilRetry: { target: '#instance.disconnected.deciding', actions: 'planAfterCooling' } },
        on: {
          'instance.start': { target: '#instance.connecting.queued', actions: 'planFree' },
        },
      },
      halted: {
        description: 'Only a person can mend it; the reason names the remedy.',
        tags: 'settled',
        entry: 'forgetRetry',
        on: {
          'instance.start': { target: '#instance.connecting.queued', actions: 'planFree' },
        },
      },
      incompatible: {
        description:
          "WhatsApp's page cannot do what is needed. The session stays linked and open; sends wait.",
        tags: ['driverOpen', 'settled'],
        entry: 'planRetest',
        exit: 'forgetRetry',
        after: { untilRetry: 'retesting' },
        on: {
          'instance.start': 'retesting',
          'recovery.retest': 'retesting',
          'driver.pageTested': [
            { guard: 'isLiveAndUsable', target: '#instance.ready', actions: ['notePage', 'noteConnected'] },
            { guard: 'isLiveAndIncompatible', actions: 'noteIncompatible' },
            { guard: 'isLive', actions: 'notePage' },
          ],
          'driver.ready': [
            nowReady[0],
            { guard: 'isLiveAndIncompatible', actions: ['noteReady', 'noteIncompatible'] },
            { guard: 'isLive', target: '#instance.ready', actions: 'noteReady' },
          ],
          'driver.qr': qrNeeded,
        },
      },
      retesting: {
        description: 'The incompatible page is loaded again and tested: free, and no rung of the ladder.',
        tags: 'driverOpen',
        entry: 'beginRetest',
        invoke: {
          id: 'reload',
          src: 'reload',
          input: ({ context }) => ({
            instanceId: context.id,
            generation: context.generation,
            deadlineMs: context.options.reloadTimeoutMs,
          }),
          onError: {
            target: '#instance.disconnected.closing',
            actions: { type: 'noteFailure', params: NOT_LOADED },
          },
        },
        after: {
          reloadDeadline: [
            // It was tested and lacks what it must have, so that the library never said `ready` of it.
            { guard: 'isIncompatible', target: 'incompatible' },
            {
              target: '#instance.disconnected.closing',
              actions: { type: 'noteFailure', params: NOT_LOADED },
            },
          ],
        },
        on: {
          'driver.pageTested': { guard: 'isLive', actions: 'notePage' },
          'driver.ready': nowReady,
          'driver.qr': qrNeeded,
        },
      },
    },
  });
};
