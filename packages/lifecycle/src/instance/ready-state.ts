/** `ready`: proved by probes, not believed. The queue's gate is open here, once it is known whose account it is. */
import type { InstanceSetup } from './instance-setup.js';
import { nowReady, qrNeeded } from './shared-transitions.js';

const PROBE_FAILED = 'The page did not answer the health check three times in a row.';

export const readyState = (setup: InstanceSetup) =>
  setup.createStateConfig({
    initial: 'healthy',
    tags: ['driverOpen', 'settled'],
    entry: 'openGate',
    exit: ['closeGate', 'forgetProbeFailures'],
    after: { stableAfter: { actions: 'resetLadder' } },
    on: {
      'driver.socketState': {
        guard: 'isLiveAndReconnecting',
        target: '#instance.connecting.reconnecting',
        actions: {
          type: 'noteReason',
          params: ({ event }) => ({ reason: `WhatsApp's socket is ${event.state}.` }),
        },
      },
      'driver.pageCrashed': [
        {
          guard: 'isLiveAndCanReload',
          target: '#instance.connecting.reloading',
          actions: { type: 'noteReason', params: ({ event }) => ({ reason: event.message }) },
        },
        {
          guard: 'isLive',
          target: '#instance.disconnected.closing',
          actions: {
            type: 'noteFailure',
            params: ({ event }) => ({ code: 'PAGE_CRASHED', message: event.message }),
          },
        },
      ],
      'driver.pageTested': [
        {
          guard: 'isLiveAndIncompatible',
          target: '#instance.error.incompatible',
          actions: 'noteIncompatible',
        },
        { guard: 'isLive', actions: 'notePage' },
      ],
      // The page may say only later whose account it is.
      'driver.ready': [nowReady[0], { guard: 'isLive', actions: ['noteReady', 'openGate'] }],
      'driver.qr': qrNeeded,
    },
    states: {
      healthy: { after: { probeInterval: 'probing' } },
      probing: {
        invoke: {
          id: 'probe',
          src: 'probe',
          input: ({ context }) => ({
            instanceId: context.id,
            generation: context.generation,
            deadlineMs: context.options.probeTimeoutMs,
          }),
          onDone: { target: 'healthy', actions: 'forgetProbeFailures' },
          onError: [
            {
              guard: 'isLastProbe',
              target: '#instance.disconnected.closing',
              actions: { type: 'noteFailure', params: { code: 'PROBE_FAILED', message: PROBE_FAILED } },
            },
            { target: 'healthy', actions: 'countProbeFailure' },
          ],
        },
        after: {
          probeDeadline: [
            {
              guard: 'isLastProbe',
              target: '#instance.disconnected.closing',
              actions: { type: 'noteFailure', params: { code: 'PROBE_FAILED', message: PROBE_FAILED } },
            },
            { target: 'healthy', actions: 'countProbeFailure' },
          ],
        },
      },
    },
  });
