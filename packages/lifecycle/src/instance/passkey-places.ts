/**
 * The places of `needs_qr` after a scan that WhatsApp wants confirmed with a passkey of the account. A person acts, so nothing
 * here is restarted or spent; what fails ends where a code ends that is not scanned in time.
 */
import type { DriverFailure } from '../ports/driver.js';
import { nowReady } from './shared-transitions.js';

const CLOSING = '#instance.needs_qr.closing';
const RESTART = {
  guard: 'hasBudget',
  target: '#instance.needs_qr.reopening',
  actions: 'planByHand',
} as const;

/** Also where a scan is still believed to be enough. */
export const passkeyRequired = {
  guard: 'isLive',
  target: '#instance.needs_qr.passkey',
  // Asked anew, it is waited for anew.
  reenter: true,
  actions: 'requirePasskey',
} as const;
export const passkeyFailed = {
  guard: 'isLive',
  target: CLOSING,
  actions: {
    type: 'failPasskey',
    params: ({ event }: { event: { reason: string } }) => ({ reason: event.reason }),
  },
} as const;

const lost = {
  guard: 'isLive',
  target: CLOSING,
  actions: {
    type: 'failPasskey',
    params: ({ event }: { event: { failure: DriverFailure } }) => ({
      reason: `The browser that was being linked ended: ${event.failure.message}`,
    }),
  },
} as const;
const crashed = {
  guard: 'isLive',
  target: CLOSING,
  actions: { type: 'failPasskey', params: { reason: 'The page that was being linked crashed.' } },
} as const;
/** The phone has linked the device after all. */
const linked = { guard: 'isLive', target: '#instance.connecting.syncing', actions: 'beginSync' } as const;
const inTime = <const Reason extends string>(reason: Reason) => ({
  passkeyExpiry: { target: CLOSING, actions: { type: 'failPasskey', params: { reason } } } as const,
});

/** Not here: `driver.qr`. A code that the page makes behind its passkey screen is nothing to be scanned now. */
const whileLinking = {
  'instance.restart': RESTART,
  'driver.passkeyRequired': passkeyRequired,
  'driver.passkeyFailed': passkeyFailed,
  'driver.lost': lost,
  'driver.openFailed': lost,
  'driver.pageCrashed': crashed,
  'driver.scanned': linked,
  'driver.syncProgress': linked,
  'driver.authenticated': {
    guard: 'isLive',
    target: '#instance.connecting.authenticating',
    actions: ['beginSync', 'notePaired'],
  },
  'driver.ready': nowReady,
} as const;

export const passkeyPlaces = {
  passkey: {
    description: 'Scanned; WhatsApp waits for a passkey of the account, which a person gives.',
    tags: ['driverOpen', 'settled'],
    after: inTime('The passkey did not come in time.'),
    on: {
      ...whileLinking,
      'driver.passkeyGiven': { guard: 'isLive', target: 'confirming', actions: 'notePasskeyGiven' },
      'driver.passkeyCode': {
        guard: 'isLive',
        target: 'confirming',
        actions: ['notePasskeyGiven', 'notePasskeyCode'],
      },
    },
  },
  confirming: {
    description: 'The passkey was given; WhatsApp checks it, and a person may have to compare a code.',
    tags: 'driverOpen',
    after: inTime('The phone did not confirm the link in time.'),
    on: { ...whileLinking, 'driver.passkeyCode': { guard: 'isLive', actions: 'notePasskeyCode' } },
  },
} as const;
