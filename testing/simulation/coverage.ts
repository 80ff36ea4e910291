/** In which place of the chart which fault has struck, how often; and which of these pairs cannot be. */
import { FAULTS, type FaultName } from './fault-names.js';
import type { Run } from './history.js';

/** The places in which an instance can be seen; `booting` and `deciding` are left within the step that enters them. */
const PLACES = [
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
] as const;
type Place = (typeof PLACES)[number];

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
const TEARDOWN: ReadonlySet<Place> = new Set([
  'disconnected.stopping',
  'disconnected.loggingOut',
  'disconnected.closing',
  'needs_qr.clearing',
  'needs_qr.reopening',
  'needs_qr.closing',
]);

/** Faults that need something, and the places in which it is there. */
const ONLY_IN: Partial<Record<FaultName, { readonly places: readonly Place[]; readonly why: string }>> = {
  'call fails': {
    why: 'only opening, reloading, probing, looking up and unlinking can fail',
    places: [
      'connecting.launching',
      'connecting.reloading',
      'ready.healthy',
      'ready.probing',
      'needs_qr.opening',
    ],
  },
  'call hangs': {
    why: 'no call of the driver is under way there',
    places: [
      'connecting.launching',
      'connecting.reloading',
      'ready.healthy',
      'ready.probing',
      'needs_qr.opening',
    ],
  },
  'bad load': {
    why: 'pages load only while they open, reload or are scanned',
    places: ['connecting.launching', 'connecting.reloading', 'needs_qr.opening', 'needs_qr.showing'],
  },
  'lost answer': { why: 'messages are sent only while ready', places: ['ready.healthy'] },
  'double event': {
    why: 'a page says nothing there that could be said twice',
    places: [
      'connecting.launching',
      'connecting.syncing',
      'connecting.reconnecting',
      'ready.healthy',
      'needs_qr.opening',
      'needs_qr.showing',
    ],
  },
};
const NEEDS_BROWSER: ReadonlySet<FaultName> = new Set([
  'browser exits',
  'page crashes',
  'page hangs',
  'socket',
]);
/** As many seeds strike every reachable pair. */
export const SEEDS_FOR_ALL = 2_000;

/** Why the pair cannot be, or null. */
function obstacle(place: Place, fault: FaultName): string | null {
  const only = ONLY_IN[fault];
  if (only && !only.places.includes(place)) return only.why;
  if (NEEDS_BROWSER.has(fault) && NO_BROWSER.has(place)) return 'no browser runs there';
  // A browser that is killed is gone within the step that enters the place.
  if (NEEDS_BROWSER.has(fault) && TEARDOWN.has(place))
    return 'its browser is being closed: nothing of it is heard any more';
  return null;
}

export class Coverage {
  readonly hits: Record<string, number> = {};

  add({ history }: Pick<Run, 'history'>): void {
    for (const entry of history)
      if (entry.kind === 'struck' && entry.place !== null) this.#count(`${entry.place}|${entry.fault}`, 1);
  }
  merge(hits: Readonly<Record<string, number>>): void {
    for (const [cell, count] of Object.entries(hits)) this.#count(cell, count);
  }
  #count(cell: string, count: number): void {
    this.hits[cell] = (this.hits[cell] ?? 0) + count;
  }

  /** Reachable pairs that were never struck. */
  get missing(): string[] {
    return PLACES.flatMap((place) =>
      FAULTS.flatMap((fault) =>
        obstacle(place, fault) === null && !this.hits[`${place}|${fault}`] ? [`${fault} in ${place}`] : [],
      ),
    );
  }

  get table(): string {
    const width = 8;
    const heads = [0, 1].map((line) =>
      FAULTS.map((fault) => (fault.split(' ')[line] ?? '').slice(0, width - 1).padStart(width)).join(''),
    );
    const rows = PLACES.map((place) => {
      const cells = FAULTS.map((fault) => {
        const hits = this.hits[`${place}|${fault}`] ?? 0;
        return (hits === 0 && obstacle(place, fault) !== null ? '-' : String(hits)).padStart(width);
      });
      return place.padEnd(26) + cells.join('');
    });
    const reasons = new Map<string, Set<string>>();
    for (const place of PLACES)
      for (const fault of FAULTS) {
        const why = obstacle(place, fault);
        if (why) reasons.set(why, (reasons.get(why) ?? new Set()).add(fault));
      }
    const notes = [...reasons].map(([why, faults]) => `  - ${[...faults].join(', ')}: ${why}`);
    return [...heads.map((head) => ' '.repeat(26) + head), ...rows, 'Not reachable (-):', ...notes].join(
      '\n',
    );
  }
}
