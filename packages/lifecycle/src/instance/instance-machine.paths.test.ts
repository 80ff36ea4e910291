/**
 * Paths: the production chart explored through `xstate/graph`, then walked on live actors: a shortest path to each of its
 * transitions here, every edge of the graph in instance-machine.edges.process.test.ts. @xstate/test works with XState 4
 * only and is retired; `xstate/graph`, in core, is its successor and has the same idea.
 */
import { describe, expect, it } from 'vitest';
import { ChartCoverage } from './chart-coverage.js';
import { abstractState, DRIVER_EVENTS, exploreChart, firstEdges, nearestEdges } from './chart-graph.js';
import { chartGraph, holdInvariants, inputs } from './chart-invariants.fixture.js';
import { shortestPaths, tours, walk } from './chart-walk.js';
import type { DriverFact } from './instance-events.js';
import { createInstanceMachine } from './instance-machine.js';
import { ScriptedPorts } from './scripted-ports.js';

describe('the paths of the instance chart', () => {
  const coverage = new ChartCoverage(createInstanceMachine(new ScriptedPorts()));
  const machine = createInstanceMachine(new ScriptedPorts());
  const graph = chartGraph();

  it('takes a shortest path to every transition, on live actors', async () => {
    const wanted = nearestEdges(machine, graph);
    let steps = 0;
    for (const edges of tours(graph, wanted))
      steps += await walk(edges, inputs['made just now'], holdInvariants, coverage);
    console.log(
      `${graph.nodes.size} nodes, ${graph.edges.length} edges, ${wanted.length} walked in ${steps} steps`,
    );
    expect(steps).toBeGreaterThanOrEqual(wanted.length);
  });

  it.each(['restored while it was ready', 'restored while it needed a scan'] as const)(
    'takes every first step of an instance %s',
    async (name) => {
      // Past its first decision a restored instance is like any other.
      const first = firstEdges(machine, inputs[name]);
      for (const edge of first) await walk([edge], inputs[name], holdInvariants, coverage);
      expect(first.length).toBeGreaterThan(5);
    },
  );

  it('unlinks an account that is not expected, wherever it is named', async () => {
    const input = inputs['that expects another account'];
    const picky = exploreChart(machine, input);
    const named = nearestEdges(machine, picky).filter(({ event }) => event.type === 'driver.ready');
    for (const edges of shortestPaths(picky, named)) await walk(edges, input, holdInvariants, coverage);
    expect(named.length).toBeGreaterThan(5);
  });

  it('has left no state and no transition of the chart untaken', () => {
    console.log(`coverage: ${coverage.figure}`);
    expect(coverage.missing).toEqual([]);
  });

  it('changes nothing on an event of another generation, in any state', () => {
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
