/** Which fault can strike in which place of the chart, and why the other pairs cannot be. */
import { FAULTS, type FaultName } from './fault-names.js';

/** The places in which an instance can be seen; `booting` and `deciding` are left within the step that enters them. */
export const PLACES = [
  'disconnected.stopped',
  'disconnected.draining',
  'disconnected.stopping',
  'disconnected.loggingOut',
  'disconnected.closing',
  'disconnected.waiting',
  'disconnected.suspended',
  'connecting.queued',
  'connecting.launching',
  'connecting.syncing',
  'connecting.authenticating',
  'connecting.reconnecting',
  'connecting.reloading',
  'ready.healthy',
  'ready.probing',
  'needs_qr.clearing',
  'needs_qr.queued',
  'needs_qr.opening',
  'needs_qr.showing',
  'needs_qr.reopening',
  'needs_qr.closing',
  'needs_qr.expired',
  'error.cooling',
  'error.halted',
  'error.incompatible',
  'error.retesting',
] as const;
export type Place = (typeof PLACES)[number];

const NO_BROWSER: ReadonlySet<Place> = new Set([
  'disconnected.stopped',
  'disconnected.waiting',
  'disconnected.suspended',
  'connecting.queued',
  'needs_qr.queued',
  'needs_qr.expired',
  'error.cooling',
  'error.halted',
]);
/** The browser of the generation before is being closed. */
export const TEARDOWN: ReadonlySet<Place> = new Set([
  'disconnected.stopping',
  'disconnected.closing',
  'needs_qr.clearing',
  'needs_qr.reopening',
  'needs_qr.closing',
]);

/** Faults that need a browser, and what exactly is missing without one. */
const NEEDS_BROWSER: ReadonlyMap<FaultName, string> = new Map([
  ['call fails', 'no browser is there to be asked; a close of nothing may come out badly by chance'],
  ['call hangs', 'no browser is there to be asked; a close of nothing may come out badly by chance'],
  ['browser exits', 'no browser runs there'],
  ['page crashes', 'no browser runs there'],
  ['page hangs', 'no browser runs there'],
  ['socket', 'no browser runs there'],
  ['double event', 'no browser runs there'],
]);

/** Faults of a thing that a page does, and the places in which it does it. */
const ONLY_IN: ReadonlyMap<FaultName, { readonly places: ReadonlySet<Place>; readonly why: string }> =
  new Map([
    [
      'bad load',
      {
        why: 'no page begins to load there, but by chance one that is being closed and that nobody hears any more',
        places: new Set<Place>([
          'connecting.launching',
          'connecting.syncing',
          'connecting.reloading',
          'needs_qr.opening',
          'needs_qr.showing',
          'error.retesting',
        ]),
      },
    ],
    [
      'lost answer',
      {
        why: 'no page takes a message there, but by chance one that is being closed',
        places: new Set<Place>([
          'ready.healthy',
          'ready.probing',
          'connecting.reconnecting',
          'disconnected.draining',
          'disconnected.loggingOut',
          'disconnected.closing',
        ]),
      },
    ],
  ]);

/** Why the pair cannot be, or null. */
export function obstacle(place: Place, fault: FaultName): string | null {
  const only = ONLY_IN.get(fault);
  if (only && !only.places.has(place)) return only.why;
  return (NO_BROWSER.has(place) && NEEDS_BROWSER.get(fault)) || null;
}

export interface Pair {
  readonly place: Place;
  readonly fault: FaultName;
}

export const REACHABLE: readonly Pair[] = PLACES.flatMap((place) =>
  FAULTS.flatMap((fault) => (obstacle(place, fault) === null ? [{ place, fault }] : [])),
);
