/** Walks a live actor along the edges of the explored graph: real children, real timers on a clock the walk owns. */
import { createActor } from 'xstate';
import type { ChartCoverage } from './chart-coverage.js';
import { abstractState, type ChartEvent, type Edge, type Graph } from './chart-graph.js';
import type { DriverFact, InstanceInput } from './instance-events.js';
import { createInstanceMachine, type InstanceSnapshot } from './instance-machine.js';
import { type PendingCall, ScriptedPorts } from './scripted-ports.js';

/** A clock whose timers fire one by one, each by the delay that it was armed with. */
class TimerBoard {
  private readonly timers = new Map<object, { readonly fn: () => void; readonly ms: number }>();
  setTimeout(fn: () => void, ms: number): object {
    const handle = {};
    this.timers.set(handle, { fn, ms });
    return handle;
  }
  clearTimeout(handle: unknown): void {
    this.timers.delete(handle as object);
  }
  /** False when no timer is armed with this delay. */
  fire(ms: number): boolean {
    const found = [...this.timers].find(([, timer]) => timer.ms === ms);
    if (!found) return false;
    this.timers.delete(found[0]);
    found[1].fn();
    return true;
  }
}

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 8; turn++) await Promise.resolve();
};

export class ChartWalk {
  readonly ports = new ScriptedPorts();
  private readonly timers = new TimerBoard();
  private readonly machine = createInstanceMachine(this.ports);
  private readonly actor;
  private readonly fired = new Set<string>();
  readonly errors: unknown[] = [];

  constructor(input: InstanceInput, coverage?: ChartCoverage) {
    this.actor = createActor(this.machine, {
      input,
      clock: this.timers as never,
      ...(coverage && { inspect: coverage.inspect }),
    });
    this.actor.subscribe({ error: (error) => this.errors.push(error) });
    this.actor.start();
  }

  get snapshot(): InstanceSnapshot {
    return this.actor.getSnapshot();
  }

  stop(): void {
    this.actor.stop();
  }

  /** The event of an edge, with the generation that is live here. */
  async take(event: ChartEvent): Promise<void> {
    const ended = /^xstate\.(done|error)\.actor\.(\w+)$/.exec(event.type);
    const delay = /^xstate\.after\.(\w+)\./.exec(event.type);
    if (ended?.[2]) {
      const call = ended[2] as PendingCall;
      if (!this.ports.end(call, ended[1] === 'error' ? new Error('scripted') : undefined))
        throw new Error(`nothing waits for ${call}`);
    } else if (delay?.[1]) {
      const ms = this.delayMs(delay[1]);
      // A delay that leads nowhere fires once a stay; the model, which knows no time, may take it again.
      if (this.timers.fire(ms)) this.fired.add(delay[1]);
      else if (this.fired.has(delay[1])) this.actor.send(event as never);
      else throw new Error(`${delay[1]} of ${ms} ms is not armed in ${JSON.stringify(this.snapshot.value)}`);
    } else if (event.type.startsWith('driver.')) {
      const { live } = this.snapshot.context;
      this.actor.send({ ...event, generation: live ?? -1 } as DriverFact);
    } else {
      this.actor.send(event as never);
    }
    await settle();
  }

  private delayMs(name: string): number {
    const delays = this.machine.implementations.delays as unknown as Record<
      string,
      (args: { context: unknown }) => number
    >;
    const delay = delays[name];
    if (!delay) throw new Error(`no delay ${name}`);
    return delay({ context: this.snapshot.context });
  }
}

/**
 * Walks from the root that together take every wanted edge: the nearest one not yet taken comes next, and where none can
 * be reached any more (spent budget does not come back while the clock stands still) a new walk begins.
 */
export function* tours(graph: Graph, wanted: Iterable<Edge>): Generator<readonly Edge[]> {
  const from = byStart(graph.edges);
  const left = byStart(wanted);
  while (left.size > 0) {
    const steps: Edge[] = [];
    for (let at = graph.root; ; ) {
      const way = nearest(at, from, left);
      if (!way) break;
      const node = way.at(-1)?.to ?? at;
      const edge = left.get(node)?.pop();
      if (!edge) throw new Error(`nothing left to take in ${node}`);
      if (left.get(node)?.length === 0) left.delete(node);
      steps.push(...way, edge);
      at = edge.to;
    }
    if (steps.length === 0) throw new Error(`no walk reaches ${[...left.keys()][0]}`);
    yield steps;
  }
}

/** For each edge a shortest path from the root that ends with it. */
export function shortestPaths(graph: Graph, wanted: Iterable<Edge>): readonly (readonly Edge[])[] {
  const from = byStart(graph.edges);
  const cameBy = new Map<string, Edge | null>([[graph.root, null]]);
  const line = [graph.root];
  for (const node of line)
    for (const edge of from.get(node) ?? [])
      if (!cameBy.has(edge.to)) {
        cameBy.set(edge.to, edge);
        line.push(edge.to);
      }
  return [...wanted].map((last) => {
    const path = [last];
    for (let edge = cameBy.get(last.from); edge; edge = cameBy.get(edge.from)) path.unshift(edge);
    return path;
  });
}

function byStart(edges: Iterable<Edge>): Map<string, Edge[]> {
  const groups = new Map<string, Edge[]>();
  for (const edge of edges) {
    const group = groups.get(edge.from);
    if (group) group.push(edge);
    else groups.set(edge.from, [edge]);
  }
  return groups;
}

/** Shortest way to a node that still has edges to take. */
function nearest(
  at: string,
  from: ReadonlyMap<string, readonly Edge[]>,
  left: ReadonlyMap<string, unknown>,
): Edge[] | undefined {
  const cameBy = new Map<string, Edge | null>([[at, null]]);
  const line = [at];
  for (const node of line) {
    if (left.has(node)) {
      const path: Edge[] = [];
      for (let edge = cameBy.get(node); edge; edge = cameBy.get(edge.from)) path.unshift(edge);
      return path;
    }
    for (const edge of from.get(node) ?? [])
      if (!cameBy.has(edge.to)) {
        cameBy.set(edge.to, edge);
        line.push(edge.to);
      }
  }
  return undefined;
}

/** Walks the edges and compares every step with the model. @returns the number of steps */
export async function walk(
  edges: Iterable<Edge>,
  input: InstanceInput,
  check: (walk: ChartWalk, edge: Edge) => void,
  coverage?: ChartCoverage,
): Promise<number> {
  const live = new ChartWalk(input, coverage);
  let steps = 0;
  for (const edge of edges) {
    await live.take(edge.event);
    steps += 1;
    const reached = abstractState(live.snapshot);
    if (reached !== edge.to)
      throw new Error(
        `${edge.from}\n  on ${JSON.stringify(edge.event)}\n  should be ${edge.to}\n  and is    ${reached}`,
      );
    check(live, edge);
  }
  live.stop();
  return steps;
}
