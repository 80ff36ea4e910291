/**
 * The chart as a graph, by `xstate/graph` (the successor of the retired @xstate/test). Exploration is pure: delays and
 * the outcomes of calls are events like any other. Two snapshots are one node when no guard can tell them apart.
 */
import { getNextTransitions, initialTransition, transition } from 'xstate';
import { adjacencyMapToArray, getAdjacencyMap } from 'xstate/graph';
import {
  type CapabilityReport,
  PAGE_CAPABILITIES,
  type PageCapability,
  type PageReport,
} from '../domain/page-report.js';
import { restartsInWindow } from '../policy/restart-window.js';
import type { DriverFailure } from '../ports/driver.js';
import type { DriverFact, InstanceCommand, InstanceEvent, InstanceInput } from './instance-events.js';
import type { InstanceMachine, InstanceSnapshot } from './instance-machine.js';

/** Events of the chart's own making: `xstate.after.*`, `xstate.done.actor.*`, `xstate.error.actor.*`. */
export interface InternalEvent {
  readonly type: `xstate.${string}`;
}
export type ChartEvent = InstanceEvent | InternalEvent;

type Unstamped<E> = E extends { readonly generation: number } ? Omit<E, 'generation'> : never;
const failure = (code: DriverFailure['code']): DriverFailure => ({ code, message: `It was ${code}.` });

export const COMMANDS: readonly InstanceCommand[] = [
  { type: 'instance.start' },
  { type: 'instance.stop' },
  { type: 'instance.restart' },
  { type: 'instance.logout' },
  { type: 'instance.showQr' },
  { type: 'recovery.suspend', reason: 'The host is offline.' },
  { type: 'recovery.resume' },
  { type: 'recovery.retest' },
];
const OK: CapabilityReport = { ok: true, missing: [] };
/** A report of a page that lacks these. */
const reportOf = (...lacking: PageCapability[]): PageReport => ({
  version: '2.3000.1',
  edition: 'unknown',
  browser: null,
  library: '1.34.7',
  layer: [],
  checkedAt: 0,
  capabilities: Object.fromEntries(
    PAGE_CAPABILITIES.map((name) => [name, lacking.includes(name) ? { ok: false, missing: ['Msg'] } : OK]),
  ) as PageReport['capabilities'],
  seenToWork: [],
});
/** One sample of each driver event, and of each content that a guard reads. */
export const DRIVER_EVENTS: readonly Unstamped<DriverFact>[] = [
  { type: 'driver.qr', qr: '1,2,3,4,5' },
  { type: 'driver.qrStalled' },
  { type: 'driver.scanned' },
  { type: 'driver.passkeyRequired', options: { challenge: 'Y2hhbGxlbmdl' }, expiresAt: 240_000 },
  { type: 'driver.passkeyGiven' },
  { type: 'driver.passkeyCode', code: 'ABCD-1234', confirm: true },
  { type: 'driver.passkeyFailed', reason: 'WhatsApp refused the passkey.' },
  { type: 'driver.syncProgress', percent: 10 },
  { type: 'driver.authenticated' },
  { type: 'driver.pageTested', report: reportOf() },
  { type: 'driver.pageTested', report: reportOf('inbound') },
  { type: 'driver.ready', me: { id: '4915100000001@c.us', phoneNumber: '4915100000001', pushName: null } },
  { type: 'driver.socketState', state: 'TIMEOUT' },
  { type: 'driver.socketState', state: 'CONNECTED' },
  { type: 'driver.pageError', message: 'x is undefined' },
  { type: 'driver.pageCrashed', message: 'The page crashed.' },
  { type: 'driver.openFailed', failure: failure('LAUNCH_FAILED') },
  { type: 'driver.openFailed', failure: failure('BROWSER_NOT_FOUND') },
  { type: 'driver.openFailed', failure: failure('LOGGED_OUT') },
  { type: 'driver.lost', failure: failure('BROWSER_EXITED') },
  { type: 'driver.lost', failure: failure('LOGGED_OUT') },
];

/** A page that does not say whose account it is leads where the others lead, and is never another than expected. */
const UNNAMED_READY: Unstamped<DriverFact> = { type: 'driver.ready', me: null };

/** Everything that a guard reads, and nothing else: counters are bounded by the chart, times are left out. */
export function abstractState({ value, context }: InstanceSnapshot): string {
  const windowMs = context.options.windowMinutes * 60_000;
  return JSON.stringify([
    value,
    context.wanted,
    context.restored,
    context.live !== null,
    context.spends,
    context.granted,
    restartsInWindow(context.restarts, 0, windowMs).length,
    context.attempts,
    context.fatal,
    context.suspension !== null,
    context.reloadUsed,
    context.probeFailures,
    context.pageError !== null,
    context.profileCleared,
    context.page !== null && !context.page.capabilities.inbound.ok,
    context.pageReady,
  ]);
}

export function eventsIn(snapshot: InstanceSnapshot): ChartEvent[] {
  const internal = new Set(
    getNextTransitions(snapshot)
      .map((transition) => transition.eventType)
      .filter((type): type is InternalEvent['type'] => type.startsWith('xstate.')),
  );
  const { live } = snapshot.context;
  return [
    ...COMMANDS,
    ...(live === null
      ? []
      : [...DRIVER_EVENTS, UNNAMED_READY].map((event) => ({ ...event, generation: live }) as DriverFact)),
    ...[...internal].map((type) => ({ type })),
  ];
}

export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly event: ChartEvent;
  readonly source: InstanceSnapshot;
  readonly target: InstanceSnapshot;
}
export interface Graph {
  readonly nodes: ReadonlyMap<string, InstanceSnapshot>;
  readonly edges: readonly Edge[];
  readonly root: string;
}

/**
 * One edge for each transition that the chart declares and each place that it ends in, which its transient states decide:
 * the first in the order of exploration is the nearest.
 */
export function nearestEdges(machine: InstanceMachine, graph: Graph): readonly Edge[] {
  const nearest = new Map<string, Edge>();
  for (const edge of graph.edges) {
    const taken = machine.getTransitionData(edge.source as never, edge.event as never) ?? [];
    const reached = JSON.stringify(edge.target.value);
    for (const { source, eventType, target, guard } of taken) {
      const key = `${source.id} ${eventType} ${guard} ${target?.map(({ id }) => id)} ${reached}`;
      if (!nearest.has(key)) nearest.set(key, edge);
    }
  }
  return [...nearest.values()];
}

/** The edges that leave the start. */
export function firstEdges(machine: InstanceMachine, input: InstanceInput): readonly Edge[] {
  const source = initialTransition(machine, input)[0];
  return eventsIn(source).map((event) => {
    const [target] = transition(machine, source, event as InstanceEvent);
    return { from: abstractState(source), to: abstractState(target), event, source, target };
  });
}

/** @throws Error "Traversal limit exceeded" when a counter of the chart is not bounded. */
export function exploreChart(machine: InstanceMachine, input: InstanceInput): Graph {
  const map = getAdjacencyMap(machine, {
    input,
    events: (snapshot: InstanceSnapshot) => eventsIn(snapshot) as InstanceEvent[],
    serializeState: (snapshot: InstanceSnapshot) => abstractState(snapshot),
    limit: 400_000,
  });
  const nodes = new Map<string, InstanceSnapshot>();
  const edges: Edge[] = [];
  for (const { state, event, nextState } of adjacencyMapToArray(map)) {
    const from = abstractState(state);
    const to = abstractState(nextState);
    nodes.set(from, state);
    nodes.set(to, nodes.get(to) ?? nextState);
    edges.push({ from, to, event, source: state, target: nextState });
  }
  return { nodes, edges, root: Object.keys(map)[0] ?? '' };
}
