/** `connecting`: a generation is being opened, or a session that was ready is coming back by itself. */
import type { InstanceSetup } from './instance-setup.js';
import { passkeyFailed, passkeyRequired } from './passkey-places.js';
import { nowReady, qrNeeded } from './shared-transitions.js';

export const connectingState = (setup: InstanceSetup) => {
  return setup.createStateConfig({
    initial: 'queued',
    on: {
      'instance.restart': { actions: 'joinRestart' },
      'driver.pageTested': { guard: 'isLive', actions: 'notePage' },
    },
    states: {
      queued: {
        description: 'Waiting for the launch gate.',
        entry: 'forgetRetry',
        invoke: {
          id: 'permit',
          src: 'launchPermit',
          input: ({ context }) => ({ instanceId: context.id }),
          onDone: 'launching',
          onError: {
            target: '#instance.disconnected.closing',
            actions: {
              type: 'noteFailure',
              params: { code: 'LAUNCH_FAILED', message: 'The launch gate refused.' },
            },
          },
        },
        after: { launchWait: { target: 'queued', reenter: true } },
        on: {
          'recovery.suspend': {
            target: '#instance.disconnected.suspended',
            actions: { type: 'suspend', params: ({ event }) => ({ reason: event.reason }) },
          },
        },
      },
      launching: {
        description: 'The browser starts and the page loads.',
        tags: 'driverOpen',
        entry: ['beginGeneration', 'openDriver'],
        exit: 'endLaunch',
        after: {
          attemptDeadline: {
            target: '#instance.disconnected.closing',
            actions: {
              type: 'noteFailure',
              params: { code: 'READY_TIMEOUT', message: 'Not ready within READY_TIMEOUT_MS of the launch.' },
            },
          },
        },
        on: {
          'driver.qr': qrNeeded,
          'driver.scanned': { guard: 'isLive', target: 'syncing', actions: 'beginSync' },
          'driver.syncProgress': { guard: 'isLive', target: 'syncing', actions: 'beginSync' },
          'driver.authenticated': { guard: 'isLive', target: 'authenticating', actions: 'notePaired' },
          'driver.ready': nowReady,
        },
      },
      syncing: {
        description: 'Scanned or restored; the page receives its history. Progress extends the deadline.',
        tags: 'driverOpen',
        after: {
          attemptDeadline: {
            target: '#instance.disconnected.closing',
            actions: {
              type: 'noteFailure',
              params: {
                code: 'SYNC_TIMEOUT',
                message: 'The sync made no progress, or took longer than SYNC_TIMEOUT_MS.',
              },
            },
          },
        },
        on: {
          'driver.qr': qrNeeded,
          // A scan does not say whether WhatsApp wants a passkey besides.
          'driver.passkeyRequired': passkeyRequired,
          'driver.passkeyFailed': passkeyFailed,
          'driver.syncProgress': { guard: 'isLive', target: 'syncing', reenter: true, actions: 'extendSync' },
          'driver.authenticated': { guard: 'isLive', target: 'authenticating', actions: 'notePaired' },
          'driver.ready': nowReady,
        },
      },
      authenticating: {
        description: 'Paired for sure, and not ready yet.',
        tags: 'driverOpen',
        after: {
          attemptDeadline: [
            { guard: 'isIncompatible', target: '#instance.error.incompatible', actions: 'noteIncompatible' },
            {
              guard: 'hasPageError',
              target: '#instance.disconnected.closing',
              actions: {
                type: 'noteFailure',
                params: ({ context }) => ({
                  code: 'INCOMPATIBLE_PAGE' as const,
                  message: `Authenticated but never ready, and the page reports: ${context.pageError}`,
                }),
              },
            },
            {
              target: '#instance.disconnected.closing',
              actions: {
                type: 'noteFailure',
                params: { code: 'NEVER_READY', message: 'Authenticated, but not ready by the deadline.' },
              },
            },
          ],
        },
        on: {
          'driver.qr': qrNeeded,
          'driver.syncProgress': { guard: 'isLive', target: 'syncing', actions: 'beginSync' },
          'driver.ready': nowReady,
        },
      },
      reconnecting: {
        description: "WhatsApp's own socket is reconnecting: sends pause, no budget is spent.",
        tags: 'driverOpen',
        after: {
          reconnectGrace: [
            { guard: 'isSuspended', target: 'reconnecting', reenter: true },
            {
              target: '#instance.disconnected.closing',
              actions: {
                type: 'noteFailure',
                params: {
                  code: 'SOCKET_STUCK',
                  message: "WhatsApp's socket did not reconnect within RECONNECT_GRACE_MS.",
                },
              },
            },
          ],
        },
        on: {
          'instance.restart': {
            guard: 'hasBudget',
            target: '#instance.disconnected.closing',
            actions: 'planByHand',
          },
          // Only from now on can it reconnect: what is left of a grace that ran through the outage may be a second.
          'recovery.resume': { target: 'reconnecting', reenter: true, actions: 'resume' },
          'driver.pageTested': [
            {
              guard: 'isLiveAndIncompatible',
              target: '#instance.error.incompatible',
              actions: 'noteIncompatible',
            },
            { guard: 'isLive', actions: 'notePage' },
          ],
          'driver.socketState': {
            guard: 'isLiveAndConnected',
            target: '#instance.ready',
            actions: 'noteConnected',
          },
          'driver.qr': qrNeeded,
          'driver.ready': [nowReady[0], nowReady[2]],
        },
      },
      reloading: {
        description:
          'The page crashed and is reloaded in the same browser: free, once between two stable readies.',
        tags: 'driverOpen',
        entry: 'noteReloadUsed',
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
            actions: {
              type: 'noteFailure',
              params: { code: 'RELOAD_FAILED', message: 'The crashed page could not be reloaded.' },
            },
          },
        },
        after: {
          reloadDeadline: {
            target: '#instance.disconnected.closing',
            actions: {
              type: 'noteFailure',
              params: {
                code: 'RELOAD_FAILED',
                message: 'Not ready in time after the reload of a crashed page.',
              },
            },
          },
        },
        on: { 'driver.qr': qrNeeded, 'driver.ready': nowReady },
      },
    },
  });
};
