/** The chart of an instance: its top level is the five public words. */
import type { ActorRefFrom, SnapshotFrom } from 'xstate';
import type { DriverFailure } from '../ports/driver.js';
import { connectingState } from './connecting-state.js';
import { disconnectedState } from './disconnected-state.js';
import { errorState } from './error-state.js';
import type { InstancePorts } from './instance-ports.js';
import { createInstanceSetup } from './instance-setup.js';
import { needsQrState } from './needs-qr-state.js';
import { readyState } from './ready-state.js';

/** Called once a process: one machine object serves all instances (building it costs 0.5 ms and 52 KiB). */
export const createInstanceMachine = (ports: InstancePorts) => {
  const setup = createInstanceSetup(ports);
  const noteFailure = {
    type: 'noteFailure',
    params: ({ event }: { event: { failure: DriverFailure } }) => event.failure,
  } as const;
  // A session can be found unlinked at any time, also while it is being opened.
  const ended = [
    {
      guard: 'isLiveAndUnpairing',
      target: '#instance.needs_qr.clearing',
      actions: [noteFailure, 'notePairingEnded'],
    },
    { guard: 'isLive', target: '#instance.disconnected.closing', actions: noteFailure },
  ] as const;
  return setup.createMachine({
    id: 'instance',
    context: ({ input: { record, options, restored } }) => ({
      id: record.id,
      options,
      wanted: record.wanted,
      restored: restored ? record.state : null,
      generation: record.generation,
      live: null,
      rung: 'hard',
      spends: false,
      granted: false,
      restarts: record.restarts,
      attempts: record.attempts,
      sawLogout: false,
      profileCleared: false,
      reloadUsed: false,
      probeFailures: 0,
      paired: record.paired,
      me: record.me,
      account: record.account,
      qr: null,
      qrIssuedAt: null,
      qrUntil: null,
      passkey: null,
      passkeyFailure: null,
      deadlineAt: null,
      syncSince: null,
      retryAt: null,
      reason: record.reason,
      lastError: record.lastError,
      fatal: false,
      suspension: null,
      pageError: null,
      page: null,
      pageReady: false,
    }),
    initial: 'disconnected',
    on: {
      'instance.start': { actions: 'wantRunning' },
      'instance.stop': { target: '#instance.disconnected.draining', actions: 'wantStopped' },
      'instance.logout': { target: '#instance.disconnected.loggingOut', actions: 'wantStopped' },
      'instance.restart': {
        guard: 'hasBudget',
        target: '#instance.disconnected.closing',
        actions: 'planByHand',
      },
      'recovery.suspend': { actions: { type: 'suspend', params: ({ event }) => ({ reason: event.reason }) } },
      'recovery.resume': { actions: 'resume' },
      'driver.pageError': {
        guard: 'isLive',
        actions: { type: 'notePageError', params: ({ event }) => ({ message: event.message }) },
      },
      'driver.pageCrashed': {
        guard: 'isLive',
        target: '#instance.disconnected.closing',
        actions: {
          type: 'noteFailure',
          params: ({ event }) => ({ code: 'PAGE_CRASHED', message: event.message }),
        },
      },
      'driver.openFailed': ended,
      'driver.lost': ended,
    },
    states: {
      disconnected: disconnectedState(setup),
      connecting: connectingState(setup),
      ready: readyState(setup),
      needs_qr: needsQrState(setup),
      error: errorState(setup),
    },
  });
};

export type InstanceMachine = ReturnType<typeof createInstanceMachine>;
export type InstanceSnapshot = SnapshotFrom<InstanceMachine>;
export type InstanceActor = ActorRefFrom<InstanceMachine>;
