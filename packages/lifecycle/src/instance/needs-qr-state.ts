/**
 * `needs_qr`: only a person can go on. Terminal for the ladder: whatever fails here ends in `expired`, restarts nothing
 * and spends nothing. A browser shows codes only while somebody may be looking.
 */
import type { DriverFailure } from '../ports/driver.js';
import type { InstanceSetup } from './instance-setup.js';
import { passkeyFailed, passkeyPlaces, passkeyRequired } from './passkey-places.js';
import { nowReady } from './shared-transitions.js';
import { teardown } from './teardown.js';

export const needsQrState = (setup: InstanceSetup) => {
  const scanned = { guard: 'isLive', target: '#instance.connecting.syncing', actions: 'beginSync' } as const;
  const paired = {
    guard: 'isLive',
    target: '#instance.connecting.authenticating',
    actions: ['beginSync', 'notePaired'],
  } as const;
  const failed = {
    guard: 'isLive',
    target: '#instance.needs_qr.closing',
    actions: {
      type: 'noteReason',
      params: ({ event }: { event: { failure: { message: string } } }) => ({
        reason: `The browser that showed the code ended: ${event.failure.message} Ask for the code to open it again.`,
      }),
    },
  } as const;
  const worthless = {
    guard: 'isLiveAndWorthless',
    target: 'clearing',
    actions: [
      {
        type: 'noteFailure',
        params: ({ event }: { event: { failure: DriverFailure } }) => event.failure,
      },
      'notePairingEnded',
    ],
  } as const;
  const crashed = {
    guard: 'isLive',
    target: '#instance.needs_qr.closing',
    actions: {
      type: 'noteReason',
      params: { reason: 'The page that showed the code crashed. Ask for the code to open it again.' },
    },
  } as const;

  return setup.createStateConfig({
    initial: 'expired',
    exit: ['forgetQr', 'forgetPasskey'],
    on: {
      'driver.lost': failed,
      'driver.openFailed': failed,
      'driver.pageCrashed': crashed,
      'driver.pageTested': { guard: 'isLive', actions: 'notePage' },
    },
    states: {
      clearing: {
        description: 'WhatsApp unlinked the account: the browser is closed before the profile is removed.',
        entry: ['dropDriver', 'forgetGeneration', 'forgetQr'],
        ...teardown((context) => (context.lastError?.code === 'LOGGED_OUT' ? 'forget' : 'graceful'), {
          target: 'queued',
          actions: ['planFree', 'beginQrWindow', 'noteCleared'],
        }),
        on: { 'instance.restart': { actions: 'joinRestart' } },
      },
      queued: {
        description: 'Waiting for the launch gate to open a browser that shows codes.',
        invoke: {
          id: 'permit',
          src: 'launchPermit',
          input: ({ context }) => ({ instanceId: context.id }),
          onDone: 'opening',
          onError: 'expired',
        },
        after: { launchWait: { target: 'queued', reenter: true } },
        on: { 'instance.restart': { actions: 'joinRestart' } },
      },
      opening: {
        tags: 'driverOpen',
        entry: ['beginGeneration', 'openDriver'],
        exit: 'endLaunch',
        after: {
          attemptDeadline: {
            target: 'closing',
            actions: {
              type: 'noteReason',
              params: { reason: 'No code came within READY_TIMEOUT_MS. Ask for it to try again.' },
            },
          },
        },
        on: {
          'instance.restart': { actions: 'joinRestart' },
          'driver.qr': {
            guard: 'isLive',
            target: 'showing',
            actions: [
              'noteQrNeeded',
              'beginQrWindow',
              { type: 'rememberQr', params: ({ event }) => ({ qr: event.qr }) },
            ],
          },
          'driver.scanned': scanned,
          'driver.syncProgress': scanned,
          'driver.authenticated': paired,
          'driver.ready': nowReady,
          'driver.lost': worthless,
          'driver.openFailed': worthless,
        },
      },
      showing: {
        description: 'A code can be scanned now.',
        tags: ['driverOpen', 'settled'],
        after: {
          qrExpiry: {
            target: 'closing',
            actions: {
              type: 'noteReason',
              params: { reason: 'Nobody scanned within QR_TIMEOUT_MS. Ask for the code to open it again.' },
            },
          },
        },
        on: {
          'instance.restart': { guard: 'hasBudget', target: 'reopening', actions: 'planByHand' },
          'driver.qr': {
            guard: 'isLive',
            actions: { type: 'rememberQr', params: ({ event }) => ({ qr: event.qr }) },
          },
          'driver.qrStalled': { guard: 'isLive', target: 'reopening', actions: 'planFree' },
          'driver.scanned': scanned,
          'driver.syncProgress': scanned,
          'driver.passkeyRequired': passkeyRequired,
          'driver.passkeyFailed': passkeyFailed,
          'driver.authenticated': paired,
          'driver.ready': nowReady,
        },
      },
      ...passkeyPlaces,
      reopening: {
        description: 'A page whose codes have stopped is replaced.',
        entry: ['dropDriver', 'forgetGeneration'],
        ...teardown(() => 'kill', 'queued'),
        on: { 'instance.restart': { actions: 'joinRestart' } },
      },
      closing: {
        description: 'The browser that nobody looks at is closed.',
        entry: ['dropDriver', 'forgetGeneration', 'forgetQr'],
        ...teardown(() => 'graceful', 'expired'),
        on: {
          'instance.start': { target: 'reopening', actions: 'planFree' },
          'instance.showQr': { target: 'reopening', actions: 'planFree' },
          'instance.restart': { guard: 'hasBudget', target: 'reopening', actions: 'planByHand' },
        },
      },
      expired: {
        description: 'No browser runs; a start or asking for the code opens one.',
        tags: 'settled',
        on: {
          'instance.start': { target: 'queued', actions: 'planFree' },
          'instance.showQr': { target: 'queued', actions: 'planFree' },
          'instance.restart': { guard: 'hasBudget', target: 'queued', actions: 'planByHand' },
        },
      },
    },
  });
};
