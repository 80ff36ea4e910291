/** What happened to a fleet in a time, out of what its store remembers: numbers, places and codes, and nothing of people. */
import type { RememberedMove, SqliteHistory } from '@wakeeper/lifecycle/sqlite';
import { codeOf, type Stretch, type Timeline, timelineOf } from './timeline.js';

/** How many of each. */
export type Counts = Readonly<Record<string, number>>;

export interface Outage {
  readonly instance: string;
  readonly from: number;
  readonly ms: number;
  readonly cause: string;
  readonly isOver: boolean;
}
export interface InstanceReport {
  readonly instance: string;
  /** Of the time in which it was wanted; null when it never was. */
  readonly readyShare: number | null;
  readonly restarts: number;
  readonly pairingsLost: number;
  readonly longestOutageMs: number;
}
export interface FleetReport {
  readonly since: number;
  readonly until: number;
  readonly instances: number;
  /** The history of so many instances reaches back to `since`, or to their making; that of all to `knownSince`. */
  readonly history: { readonly whole: number; readonly knownSince: number };
  readonly pairings: {
    readonly made: number;
    /** Instances that were paired at some time, lost no pairing, and are paired still. */
    readonly kept: number;
    readonly lost: number;
    readonly lostByCause: Counts;
  };
  readonly restarts: { readonly total: number; readonly byCause: Counts };
  readonly msByPlace: Counts;
  readonly outages: {
    readonly count: number;
    readonly totalMs: number;
    readonly longest: Outage | null;
  };
  readonly sends: {
    readonly knownSince: number;
    readonly total: number;
    readonly byStatus: Counts;
    readonly failedByCode: Counts;
  };
  readonly uncertain: {
    readonly knownSince: number;
    readonly total: number;
    readonly becameSent: number;
    readonly becameFailed: number;
    readonly expired: number;
    readonly cancelled: number;
    readonly open: number;
    /** Put back by a person; counted above by what became of them then. */
    readonly resent: number;
  };
  readonly byInstance: readonly InstanceReport[];
}

export interface ReportOptions {
  readonly since: number;
  readonly until: number;
  /** How long settled items are kept. */
  readonly itemsKeptMs: number;
  /** Call the instances by their ids. */
  readonly names: boolean;
}

/** A browser that is opened for these reasons was not open before, or shows a code: no restart of anything that ran. */
const NO_RESTART: ReadonlySet<string> = new Set(['CREATE', 'START', 'SHOW_QR', 'QR_NEEDED']);

class Tally {
  readonly #counts = new Map<string, number>();
  add(name: string, by = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
  }
  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }
  /** The largest first. */
  get counts(): Counts {
    return Object.fromEntries([...this.#counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)));
  }
}

export function fleetReport(history: SqliteHistory, options: ReportOptions): FleetReport {
  const { since, until } = options;
  const [restarts, places, lost] = [new Tally(), new Tally(), new Tally()];
  const outages: Outage[] = [];
  const byInstance: InstanceReport[] = [];
  let [made, kept, whole, knownSince] = [0, 0, 0, since];
  for (const [index, remembered] of history.instances.entries()) {
    const instance = options.names ? remembered.id : `instance-${index + 1}`;
    const timeline = timelineOf(remembered, since, until);
    if (timeline.from <= Math.max(since, remembered.createdAt)) whole += 1;
    else knownSince = Math.max(knownSince, timeline.from);
    for (const { place, from, to } of timeline.stretches) places.add(place, to - from);
    const causes = restartsOf(timeline);
    for (const cause of causes) restarts.add(cause);
    const pairing = pairingOf(timeline);
    for (const cause of pairing.lost) lost.add(cause);
    made += pairing.made;
    if (pairing.isPaired && pairing.lost.length === 0) kept += 1;
    const own = outagesOf(timeline, instance, until);
    outages.push(...own);
    byInstance.push({
      instance,
      readyShare: readyShareOf(timeline.stretches),
      restarts: causes.length,
      pairingsLost: pairing.lost.length,
      longestOutageMs: Math.max(0, ...own.map(({ ms }) => ms)),
    });
  }
  return {
    since,
    until,
    instances: history.instances.length,
    history: { whole, knownSince },
    pairings: { made, kept, lost: lost.total, lostByCause: lost.counts },
    restarts: { total: restarts.total, byCause: restarts.counts },
    msByPlace: places.counts,
    outages: {
      count: outages.length,
      totalMs: outages.reduce((sum, { ms }) => sum + ms, 0),
      longest: outages.reduce<Outage | null>((most, one) => (most && most.ms >= one.ms ? most : one), null),
    },
    sends: sendsOf(history, options),
    uncertain: uncertainOf(history, options),
    byInstance,
  };
}

/** The cause of each browser that was opened in place of another. */
function restartsOf({ moves, from }: Timeline): readonly string[] {
  return moves.flatMap((move, index) => {
    const before = moves[index - 1];
    const isOpened = before !== undefined && move.generation > before.generation;
    if (!isOpened || move.at < from || move.state === 'needs_qr' || before.generation === 0) return [];
    const cause = codeOf(move.cause);
    return NO_RESTART.has(cause) ? [] : [cause];
  });
}

/** A pairing is there once the instance was ready, and lost when it shows a code or was logged out. */
function pairingOf({ moves, from }: Timeline): { made: number; lost: readonly string[]; isPaired: boolean } {
  const lost: string[] = [];
  let [made, isPaired, hasShownCode] = [0, false, false];
  for (const move of moves) {
    const isLoss = move.state === 'needs_qr' || move.detail === 'loggingOut';
    if (isLoss && isPaired && move.at >= from) lost.push(codeOf(move.cause));
    if (isLoss) [isPaired, hasShownCode] = [false, true];
    else if (move.state === 'ready') {
      if (hasShownCode && move.at >= from) made += 1;
      [isPaired, hasShownCode] = [true, false];
    }
  }
  return { made, lost, isPaired };
}

/** From leaving `ready` until it is ready again, or not wanted any more. */
function outagesOf({ kept, from }: Timeline, instance: string, until: number): readonly Outage[] {
  const outages: Outage[] = [];
  let begin: Stretch | null = null;
  let wasReady = false;
  for (const stretch of kept) {
    const isOut = stretch.state !== 'ready' && stretch.isWanted;
    if (isOut && wasReady) begin ??= stretch;
    if (!isOut && begin) {
      outages.push(outageOf(begin, stretch.from, instance, true));
      begin = null;
    }
    if (!isOut) wasReady = stretch.state === 'ready' && stretch.isWanted;
  }
  if (begin) outages.push(outageOf(begin, until, instance, false));
  return outages.flatMap((one) => within(one, from));
}

/** The part of it that is looked at. */
function within(outage: Outage, from: number): readonly Outage[] {
  const before = Math.max(0, from - outage.from);
  const ms = outage.ms - before;
  return ms > 0 ? [{ ...outage, from: outage.from + before, ms }] : [];
}

const outageOf = ({ from, cause }: Stretch, to: number, instance: string, isOver: boolean): Outage => ({
  instance,
  from,
  ms: to - from,
  cause,
  isOver,
});

function readyShareOf(stretches: readonly Stretch[]): number | null {
  const msOf = (some: readonly Stretch[]) => some.reduce((sum, { from, to }) => sum + to - from, 0);
  const wanted = stretches.filter(({ isWanted }) => isWanted);
  const ms = msOf(wanted);
  return ms === 0 ? null : msOf(wanted.filter(({ state }) => state === 'ready')) / ms;
}

function sendsOf(
  { sends }: SqliteHistory,
  { since, until, itemsKeptMs }: ReportOptions,
): FleetReport['sends'] {
  const [byStatus, failedByCode] = [new Tally(), new Tally()];
  for (const { status, errorCode, count } of sends) {
    byStatus.add(status, count);
    if (status === 'failed') failedByCode.add(codeOf(errorCode), count);
  }
  return {
    knownSince: Math.max(since, until - itemsKeptMs),
    total: byStatus.total,
    byStatus: byStatus.counts,
    failedByCode: failedByCode.counts,
  };
}

function uncertainOf(history: SqliteHistory, { since, until }: ReportOptions): FleetReport['uncertain'] {
  const told = new Map<string, string[]>();
  for (const { type, queueId, at } of history.outcomesOfUncertain) {
    const types = told.get(queueId);
    if (types) types.push(type);
    else if (type === 'message.uncertain' && at >= since) told.set(queueId, [type]);
  }
  const last = (type: RememberedMove['state']): number =>
    [...told.values()].filter((types) => types.findLast((one) => SETTLED.has(one)) === type).length;
  const [becameSent, becameFailed] = [last('message.sent'), last('message.failed')];
  const [expired, cancelled] = [last('message.expired'), last('message.cancelled')];
  return {
    knownSince: Math.min(until, Math.max(since, history.factsSince ?? since)),
    total: told.size,
    becameSent,
    becameFailed,
    expired,
    cancelled,
    open: told.size - becameSent - becameFailed - expired - cancelled,
    resent: [...told.values()].filter((types) => types.includes('message.queued')).length,
  };
}

const SETTLED: ReadonlySet<string> = new Set([
  'message.sent',
  'message.failed',
  'message.expired',
  'message.cancelled',
  // Uncertain anew: what was said of it before holds no more.
  'message.uncertain',
]);
