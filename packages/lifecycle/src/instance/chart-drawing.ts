/** The chart as Mermaid diagrams, drawn from the machine itself so that the picture cannot lie. */
import type { AnyStateNode } from 'xstate';
import type { Graph } from './chart-graph.js';
import type { InstanceMachine } from './instance-machine.js';
import { placeOf } from './instance-record.js';

interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

/** `instance.connecting.queued` -> `connecting.queued` */
const nameOf = (node: AnyStateNode): string => node.path.join('.');
const idOf = (name: string): string => name.replaceAll('.', '_');
const topOf = (name: string): string => name.split('.')[0] ?? name;

/** An event in words: timers by their delay, calls by their child, guards in brackets. */
function labelOf(event: string, guard: unknown): string {
  const words = event
    .replace(/^xstate\.after\.(\w+)\..*$/, 'after $1')
    .replace(/^xstate\.done\.actor\.(\w+)$/, '$1 done')
    .replace(/^xstate\.error\.actor\.(\w+)$/, '$1 failed')
    .replace(/^(instance|driver)\./, '');
  const condition = guard && guard !== 'isLive' ? ` [${String(guard).replace(/^isLiveAnd/, 'is')}]` : '';
  return `${words}${condition}`.trim() || 'always';
}

function arrowsOf(node: AnyStateNode): Arrow[] {
  const transitions = [...[...node.transitions.values()].flat(), ...(node.always ?? [])];
  return transitions.flatMap((transition) =>
    (transition.target ?? []).map((target) => {
      // A target that is a compound state means its initial place.
      let entered = target as AnyStateNode;
      while (entered.type === 'compound') entered = entered.initial.target[0] as AnyStateNode;
      return {
        from: nameOf(node),
        to: nameOf(entered),
        label: labelOf(transition.eventType, transition.guard),
      };
    }),
  );
}

/** Arrows between the same two places become one, with all their labels. */
function merged(arrows: readonly Arrow[]): Arrow[] {
  const labels = new Map<string, { from: string; to: string; labels: Set<string> }>();
  for (const { from, to, label } of arrows) {
    const entry = labels.get(`${from}>${to}`) ?? { from, to, labels: new Set() };
    entry.labels.add(label);
    labels.set(`${from}>${to}`, entry);
  }
  return [...labels.values()].map((entry) => ({
    from: entry.from,
    to: entry.to,
    label: [...entry.labels].join(', '),
  }));
}

const drawn = (arrows: readonly Arrow[]): string[] =>
  merged(arrows).map(({ from, to, label }) => `  ${idOf(from)} --> ${idOf(to)}${label ? `: ${label}` : ''}`);

const mermaid = (lines: readonly string[]): string =>
  ['```mermaid', 'stateDiagram-v2', ...lines, '```'].join('\n');

/**
 * The five public words and every way between them that can be taken: from the explored graph, because a handler that
 * stands for all places also stands where its event never comes.
 */
export function drawOverview({ edges }: Graph): string {
  const arrows = edges
    .map(({ source, target, event }) => ({
      from: placeOf(source).state,
      to: placeOf(target).state,
      label: labelOf(event.type, undefined),
    }))
    .filter(({ from, to }) => from !== to);
  return mermaid(['  [*] --> disconnected', ...drawn(arrows)]);
}

function drawCompound(node: AnyStateNode): string {
  const substates = Object.values(node.states);
  const lines = [
    `  state ${node.key} {`,
    ...substates.map((substate) => `    state "${substate.key}" as ${idOf(nameOf(substate))}`),
    '  }',
  ];
  // What holds in every substate is drawn from the compound itself.
  const arrows = [node, ...substates].flatMap(arrowsOf);
  const outside = new Set(arrows.flatMap(({ to }) => (topOf(to) === node.key ? [] : [to])));
  const named = [...outside].map((name) => `  state "${name}" as ${idOf(name)}`);
  const described = substates
    .filter((substate) => substate.description)
    .map((substate) => `| \`${nameOf(substate)}\` | ${substate.description} |`);
  return [
    `## \`${node.key}\``,
    '',
    ...(described.length ? ['| place | meaning |', '| --- | --- |', ...described, ''] : []),
    mermaid([...lines, ...named, ...drawn(arrows)]),
  ].join('\n');
}

/** The whole document. */
export function drawChart(machine: InstanceMachine, graph: Graph): string {
  const root = machine.root as AnyStateNode;
  const anywhere = merged(arrowsOf(root)).map(
    ({ to, label }) => `| ${label.replaceAll('|', '\\|')} | \`${to}\` |`,
  );
  return `${[
    '# The statechart of an instance',
    'Drawn from the code by `npm run chart`; do not edit. The five public words are the top level, their places the detail.',
    drawOverview(graph),
    '## From anywhere, unless the place says otherwise',
    ['| event | leads to |', '| --- | --- |', ...anywhere].join('\n'),
    ...Object.values(root.states).map(drawCompound),
  ].join('\n\n')}\n`;
}
