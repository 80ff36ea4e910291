/**
 * Paths: the production chart explored through `xstate/graph`, then walked on live actors. @xstate/test works with
 * XState 4 only and is retired; `xstate/graph`, in core, is its successor and has the same idea.
 */
import { describe, expect, it } from 'vitest';
import { defaultOptions, type LifecycleOptions } from '../policy/options.js';
import { restartsInWindow } from '../policy/restart-window.js';
import { ChartCoverage } from './chart-coverage.js';
import { abstractState, DRIVER_EVENTS, exploreChart } from './chart-graph.js';
import { type ChartWalk, tours, walk } from './chart-walk.js';
import type { DriverFact, InstanceInput } from './instance-events.js';
import { createInstanceMachine } from './instance-machine.js';
import { newRecord } from './instance-record.js';
import { ScriptedPorts } from './scripted-ports.js';

/** Small bounds make a small graph. */
const options: LifecycleOptions = { ...defaultOptions, maxRestartsPerWindow: 2, maxProbeFailures: 2 };
const record = newRecord({ id: 'shop', wanted: 'stopped', now: 0 });
const inputs: Record<string, InstanceInput> = {
  'made just now': { record, options, restored: false },
  'restored while it was ready': {
    record: { ...record, wanted: 'running', state: 'ready', paired: true },
    options,
    restored: true,
  },
  'restored while it needed a scan': {
    record: { ...record, wanted: 'running', state: 'needs_qr' },
    options,
    restored: true,
  },
};

function holdInvariants({ snapshot, ports, errors }: ChartWalk): void {
  const { context } = snapshot;
  const windowMs = options.windowMinutes * 60_000;
  const opened = snapshot.children.driver !== undefined;
  const broken = Object.entries({
    'the actor died': errors.length > 0 || snapshot.status !== 'active',
    'the gate is open exactly while ready': (ports.gate !== null) !== snapshot.matches('ready'),
    'the gate is open for the live generation': ports.gate !== null && ports.gate !== context.live,
    'a driver child lives exactly while its generation counts': opened !== (context.live !== null),
    'a state tagged driverOpen has a driver': snapshot.hasTag('driverOpen') && !opened,
    'two generations are open': ports.open.size > 1,
    'more restarts than the budget':
      restartsInWindow(context.restarts, 0, windowMs).length > options.maxRestartsPerWindow,
    'a code outside needs_qr': context.qr !== null && !snapshot.matches('needs_qr'),
    'a passkey exactly where one is under way':
      (context.passkey !== null) !==
      (snapshot.matches({ needs_qr: 'passkey' }) || snapshot.matches({ needs_qr: 'confirming' })),
    'a launch permit outside a launch':
      ports.permits > 0 &&
      !snapshot.matches({ connecting: 'launching' }) &&
      !snapshot.matches({ needs_qr: 'opening' }) &&
      !snapshot.matches({ disconnected: 'loggingOut' }),
    'context is not plain JSON':
      JSON.stringify(JSON.parse(JSON.stringify(context))) !== JSON.stringify(context),
  }).filter(([, isBroken]) => isBroken);
  if (broken.length) throw new Error(`${broken.map(([what]) => what)} in ${JSON.stringify(snapshot.value)}`);
}

describe('the paths of the instance chart', () => {
  const coverage = new ChartCoverage(createInstanceMachine(new ScriptedPorts()));

  it.each(Object.keys(inputs))(
    'takes every edge of the graph of an instance %s, on live actors',
    async (name) => {
      const input = inputs[name] as InstanceInput;
      const graph = exploreChart(createInstanceMachine(new ScriptedPorts()), input);
      // Past its first decision a restored instance is like any other: there only the edges that leave the start differ.
      const wanted = input.restored ? graph.edges.filter((edge) => edge.from === graph.root) : graph.edges;
      let steps = 0;
      for (const edges of tours(graph, wanted)) steps += await walk(edges, input, holdInvariants, coverage);
      console.log(
        `${name}: ${graph.nodes.size} nodes, ${graph.edges.length} edges, ${wanted.length} walked in ${steps} steps`,
      );
      expect(steps).toBeGreaterThanOrEqual(wanted.length);
    },
    120_000,
  );

  it('has left no state and no transition of the chart untaken', () => {
    console.log(`coverage: ${coverage.figure}`);
    expect(coverage.missing).toEqual([]);
  });

  it('changes nothing on an event of another generation, in any state', () => {
    const machine = createInstanceMachine(new ScriptedPorts());
    const graph = exploreChart(machine, inputs['made just now'] as InstanceInput);
    let checked = 0;
    for (const snapshot of graph.nodes.values())
      for (const event of DRIVER_EVENTS) {
        const stale = {
          ...event,
          generation: (snapshot.context.live ?? snapshot.context.generation + 1) - 1,
        } as DriverFact;
        const taken = machine.getTransitionData(snapshot as never, stale as never);
        if (taken?.some((one) => one.target || one.actions.length))
          expect.fail(`${abstractState(snapshot)} acts on a stale ${event.type}`);
        checked += 1;
      }
    expect(checked).toBeGreaterThan(10_000);
  });
});
