/** Which states and transitions of the chart a suite has taken, seen by inspecting live actors. */
import type { AnyStateNode, AnyTransitionDefinition, InspectionEvent } from 'xstate';
import type { InstanceMachine } from './instance-machine.js';

const nodesBelow = (node: AnyStateNode): AnyStateNode[] => [
  node,
  ...Object.values(node.states).flatMap(nodesBelow),
];

const transitionsOf = (node: AnyStateNode): AnyTransitionDefinition[] =>
  [...[...node.transitions.values()].flat(), ...(node.always ?? [])] as AnyTransitionDefinition[];

/** Tells apart what an event can lead to: by its place among the transitions of the same event. */
function keyOf(transition: AnyTransitionDefinition): string {
  const alternatives = (
    transition.eventType ? transition.source.transitions.get(transition.eventType) : transition.source.always
  ) as readonly unknown[] | undefined;
  const place = alternatives?.indexOf(transition) ?? 0;
  return `${transition.source.id} on ${transition.eventType || 'entering'} (${place})`;
}

export class ChartCoverage {
  readonly states: ReadonlySet<string>;
  readonly transitions: ReadonlySet<string>;
  private readonly takenStates = new Set<string>();
  private readonly takenTransitions = new Set<string>();

  constructor(machine: InstanceMachine) {
    const nodes = nodesBelow(machine.root as AnyStateNode);
    this.states = new Set(nodes.map((node) => node.id));
    this.transitions = new Set(nodes.flatMap(transitionsOf).map(keyOf));
  }

  /** For `createActor(machine, { inspect })`. */
  readonly inspect = (event: InspectionEvent): void => {
    if (event.type !== '@xstate.microstep' && event.type !== '@xstate.snapshot') return;
    const nodes = (event.snapshot as { _nodes?: readonly AnyStateNode[] })._nodes ?? [];
    for (const node of nodes) this.takenStates.add(node.id);
    if (event.type !== '@xstate.microstep') return;
    for (const transition of event._transitions)
      if (transition.source) {
        this.takenTransitions.add(keyOf(transition));
        // A transient state is left within the step that enters it, so no snapshot shows it.
        this.takenStates.add(transition.source.id);
      }
  };

  get missing(): string[] {
    return [
      ...[...this.states].filter((state) => !this.takenStates.has(state)),
      ...[...this.transitions].filter((transition) => !this.takenTransitions.has(transition)),
    ];
  }

  get figure(): string {
    const taken = (all: ReadonlySet<string>, some: ReadonlySet<string>) =>
      `${[...all].filter((key) => some.has(key)).length}/${all.size}`;
    return `states ${taken(this.states, this.takenStates)}, transitions ${taken(this.transitions, this.takenTransitions)}`;
  }
}
