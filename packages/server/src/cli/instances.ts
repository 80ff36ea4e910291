/** `wakeeper instances`: what there is, and how it is. */
import { INSTANCE_STATES } from '@wakeeper/lifecycle';
import { type InstanceAnswer, instancesAnswer } from './server-answers.js';
import type { ServerClient } from './server-client.js';
import { type ExitCode, jsonLine, type Terminal } from './terminal.js';
import { shortTime, textTable } from './text-table.js';

export interface InstancesOptions {
  readonly state?: string | undefined;
  readonly label?: string | undefined;
  readonly json?: boolean | undefined;
}

/** Those that the server has, from all pages of its list. */
export async function allInstances(client: ServerClient, { state, label }: InstancesOptions) {
  const items: InstanceAnswer[] = [];
  let cursor: string | null = null;
  for (;;) {
    const query = new URLSearchParams({
      limit: '500',
      ...(state === undefined ? {} : { state }),
      ...(label === undefined ? {} : { label }),
      ...(cursor === null ? {} : { cursor }),
    });
    const page = await client.ask({ path: `/v1/instances?${query}`, answer: instancesAnswer });
    items.push(...page.items);
    cursor = page.nextCursor;
    if (cursor === null) return { items, counts: page.counts };
  }
}

/** `ready`, or the word and its substate where that says more. */
const placeOf = ({ state, detail }: InstanceAnswer): string =>
  detail === state ? state : `${state}.${detail}`;

export const rowOf = (instance: InstanceAnswer, now: number): readonly string[] => [
  instance.id,
  placeOf(instance),
  shortTime(now - Date.parse(instance.since)),
  String(instance.queueDepth),
  instance.me?.id.replace(/@.*$/, '') ?? '',
  instance.reason ?? (instance.wanted === 'stopped' ? 'stopped by a person' : ''),
];

export async function instances(
  terminal: Terminal,
  client: ServerClient,
  options: InstancesOptions,
): Promise<ExitCode> {
  const { items, counts } = await allInstances(client, options);
  if (options.json) {
    terminal.out(jsonLine({ items, counts }));
    return 0;
  }
  const now = Date.now();
  if (items.length > 0)
    terminal.out(
      textTable([
        ['ID', 'STATE', 'FOR', 'QUEUE', 'ACCOUNT', 'REASON'],
        ...items.map((item) => rowOf(item, now)),
      ]),
    );
  const inStates = INSTANCE_STATES.filter((state) => (counts[state] ?? 0) > 0).map(
    (state) => `${counts[state]} ${state}`,
  );
  if (inStates.length === 0) terminal.out('There is no instance yet. `wakeeper qr ID --create` makes one.\n');
  else if (items.length === 0) terminal.out(`None of these. All in all: ${inStates.join(', ')}.\n`);
  else terminal.out(`All in all: ${inStates.join(', ')}.\n`);
  return 0;
}
