/** Where the same word of the driver leads to the same place from more than one state. */

/**
 * The page is ready. An account that is not the expected one is unlinked instead, and with a page that cannot do what is
 * needed the instance is incompatible.
 */
export const nowReady = [
  {
    guard: 'isLiveAndUnexpected',
    target: '#instance.disconnected.loggingOut',
    actions: 'noteUnexpected',
  },
  {
    guard: 'isLiveAndIncompatible',
    target: '#instance.error.incompatible',
    actions: ['noteReady', 'noteIncompatible'],
  },
  { guard: 'isLive', target: '#instance.ready', actions: 'noteReady' },
] as const;

/** The page asks for a scan: the account is not paired, or not any more. */
export const qrNeeded = {
  guard: 'isLive',
  target: '#instance.needs_qr.showing',
  actions: [
    'noteQrNeeded',
    'beginQrWindow',
    { type: 'rememberQr', params: ({ event }: { event: { qr: string } }) => ({ qr: event.qr }) },
  ],
} as const;
