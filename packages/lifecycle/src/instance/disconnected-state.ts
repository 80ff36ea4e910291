/**
 * `disconnected`: no session. Stopped by a person, being torn down, or waiting for the next rung of the ladder.
 * `deciding` is the only way into a restart, and the budget is checked there, once.
 */
import { closingMode, type InstanceSetup } from './instance-setup.js';
import { teardown } from './teardown.js';

/** No browser was open to tell it by, or WhatsApp did not answer. */
const UNTOLD =
  "Logged out here, but WhatsApp was not told: remove the device in the phone's list of linked devices.";
const untold = { target: 'stopped', actions: { type: 'noteUntold', params: { reason: UNTOLD } } } as const;

export const disconnectedState = (setup: InstanceSetup) =>
  setup.createStateConfig({
    initial: 'booting',
    states: {
      booting: {
        always: [
          { guard: 'wasAskingForQr', target: '#instance.needs_qr.expired', actions: 'forgetRestored' },
          {
            guard: 'wantsRunning',
            target: '#instance.connecting.queued',
            actions: ['planFree', 'forgetRestored'],
          },
          { target: 'stopped', actions: 'forgetRestored' },
        ],
      },
      stopped: {
        description: 'A person stopped it; nothing runs.',
        tags: 'settled',
        always: {
          guard: 'wantsRunning',
          target: '#instance.connecting.queued',
          actions: ['planFree', { type: 'noteReason', params: { reason: null } }],
        },
        on: {
          'instance.start': { actions: 'wantRunning' },
          'instance.stop': {},
          'instance.restart': {
            guard: 'hasBudget',
            target: '#instance.connecting.queued',
            actions: ['wantRunning', 'planByHand'],
          },
        },
      },
      draining: {
        description: 'Stopping: the item in flight may settle, no other is sent.',
        entry: { type: 'noteReason', params: { reason: 'Stopped by request.' } },
        invoke: {
          id: 'drain',
          src: 'drain',
          input: ({ context }) => ({ instanceId: context.id }),
          onDone: 'stopping',
          onError: 'stopping',
        },
        after: { drainDeadline: 'stopping' },
        on: {
          'instance.start': { actions: 'wantRunning' },
          'instance.stop': { actions: 'wantStopped' },
          'instance.restart': { actions: 'wantRunning' },
          'driver.lost': { guard: 'isLive', target: 'stopping' },
          'driver.openFailed': { guard: 'isLive', target: 'stopping' },
          'driver.pageCrashed': { guard: 'isLive', target: 'stopping' },
        },
      },
      stopping: {
        entry: ['dropDriver', 'forgetGeneration', 'forgetRetry'],
        ...teardown(() => 'graceful', 'stopped'),
        on: {
          'instance.start': { actions: 'wantRunning' },
          'instance.stop': { actions: 'wantStopped' },
          'instance.restart': { actions: 'wantRunning' },
        },
      },
      loggingOut: {
        description: 'Unlinking the account at WhatsApp, then removing the profile.',
        entry: [
          {
            type: 'noteReason',
            params: ({ context }) => ({
              reason:
                context.wanted === 'running'
                  ? context.reason
                  : context.paired && context.live === null
                    ? UNTOLD
                    : 'Logged out by request.',
            }),
          },
          'notePairingEnded',
        ],
        exit: ['dropDriver', 'forgetGeneration', 'forgetRetry', 'releaseLaunch', 'announceClosed'],
        invoke: {
          id: 'logout',
          src: 'logout',
          input: ({ context }) => ({
            instanceId: context.id,
            generation: context.live,
            deadlineMs: context.options.logoutTimeoutMs,
          }),
          onDone: 'stopped',
          onError: untold,
        },
        after: { logoutDeadline: untold },
        on: {
          'instance.start': { actions: 'wantRunning' },
          'instance.stop': { actions: 'wantStopped' },
          'instance.restart': { actions: 'wantRunning' },
          'instance.logout': { actions: 'wantStopped' },
          // What the generation says while it is being unlinked changes nothing any more.
          'driver.lost': {},
          'driver.openFailed': {},
          'driver.pageCrashed': {},
        },
      },
      closing: {
        description: 'Tearing down before the next rung.',
        entry: ['dropDriver', 'forgetGeneration'],
        ...teardown((context) => (context.fatal ? 'graceful' : closingMode(context)), 'deciding'),
        on: { 'instance.restart': { actions: 'joinRestart' } },
      },
      deciding: {
        always: [
          { guard: 'isFatal', target: '#instance.error.halted' },
          { guard: 'isSuspended', target: 'suspended' },
          { guard: 'isGranted', target: '#instance.connecting.queued' },
          { guard: 'isBudgetUsedUp', target: '#instance.error.cooling' },
          { target: 'waiting', actions: 'planRung' },
        ],
      },
      waiting: {
        description: 'A random wait before the rung, so that a fleet does not restart in step.',
        after: { untilRetry: '#instance.connecting.queued' },
        on: {
          'instance.restart': { actions: 'joinRestart' },
          'recovery.suspend': {
            target: 'suspended',
            actions: { type: 'suspend', params: ({ event }) => ({ reason: event.reason }) },
          },
        },
      },
      suspended: {
        description: "The fault is the world's: nobody climbs the ladder, nobody spends budget.",
        entry: 'planSuspended',
        after: { untilRetry: '#instance.connecting.queued' },
        on: {
          'instance.restart': { actions: 'joinRestart' },
          'recovery.resume': { target: 'waiting', actions: ['resume', 'planResume'] },
        },
      },
    },
  });
