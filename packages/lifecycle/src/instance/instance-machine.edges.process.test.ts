/** Every edge of the explored graph, walked on live actors: minutes of work, so it is not among the fast tests. */
import { expect, it } from 'vitest';
import { chartGraph, holdInvariants, inputs } from './chart-invariants.fixture.js';
import { tours, walk } from './chart-walk.js';

it('keeps its invariants on every edge of the graph of the instance chart', async () => {
  const input = inputs['made just now'];
  const graph = chartGraph();
  let steps = 0;
  for (const edges of tours(graph, graph.edges)) steps += await walk(edges, input, holdInvariants);
  console.log(`${graph.nodes.size} nodes, ${graph.edges.length} edges walked in ${steps} steps`);
  expect(steps).toBeGreaterThanOrEqual(graph.edges.length);
}, 600_000);
