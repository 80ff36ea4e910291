/** Words: every name in the chart exists. TypeScript misses delays, targets and event keys; a misspelt delay fires at once. */
import { describe, expect, it } from 'vitest';
import type { AnyStateNode } from 'xstate';
import { INSTANCE_STATES } from '../domain/instance-state.js';
import { COMMANDS, DRIVER_EVENTS } from './chart-graph.js';
import { createInstanceMachine } from './instance-machine.js';
import { ScriptedPorts } from './scripted-ports.js';

const machine = createInstanceMachine(new ScriptedPorts());
const nodes = (function below(node: AnyStateNode): AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap(below)];
})(machine.root as AnyStateNode);
const known = new Set([...COMMANDS, ...DRIVER_EVENTS].map((event) => event.type as string));

const namesOf = (actions: readonly unknown[]): string[] =>
  actions.map((action) => (typeof action === 'string' ? action : (action as { type: string }).type));

describe('the words of the instance chart', () => {
  it('are, at the top level, exactly the five public words', () => {
    expect(Object.keys(machine.states).sort()).toEqual([...INSTANCE_STATES].sort());
  });

  it.each(nodes.map((node) => [node.id, node] as const))('exist: %s', (_id, node) => {
    const { delays, actions, guards, actors } = machine.implementations as unknown as Record<
      string,
      Record<string, unknown>
    >;
    const config = node.config as { on?: object; after?: object };
    const transitions = [...[...node.transitions.values()].flat(), ...(node.always ?? [])];
    expect(Object.keys(config.after ?? {}).filter((name) => !(name in (delays ?? {})))).toEqual([]);
    expect(Object.keys(config.on ?? {}).filter((type) => !known.has(type))).toEqual([]);
    const used = namesOf([...node.entry, ...node.exit, ...transitions.flatMap((one) => one.actions)]);
    expect(used.filter((name) => !name.startsWith('xstate.') && !(name in (actions ?? {})))).toEqual([]);
    const guarded = transitions.map((one) => one.guard as unknown).filter((guard) => guard !== undefined);
    expect(guarded.filter((guard) => !(String(guard) in (guards ?? {})))).toEqual([]);
    expect(node.invoke.filter((one) => !(String(one.src) in (actors ?? {})))).toEqual([]);
  });

  it('handle every command and every driver event somewhere', () => {
    const handled = new Set(nodes.flatMap((node) => Object.keys((node.config as { on?: object }).on ?? {})));
    expect([...known].filter((type) => !handled.has(type))).toEqual([]);
  });
});
