/** Names of things that are there, learnt from answers: random ones are never found. */
const MOST = 40;

/** The kind of a parameter: `id` names an instance under one path, and a webhook under another. */
export const kindOf = (path: string, parameter: string): string => `${path.split('/')[2]} ${parameter}`;

export class Pool {
  readonly #names = new Map<string, string[]>();

  constructor(names: Readonly<Record<string, readonly string[]>>) {
    for (const [kind, known] of Object.entries(names)) this.#names.set(kind, [...known]);
  }

  /** One of those that were learnt, or undefined when there is none. */
  pick(kind: string, n: number): string | undefined {
    const known = this.#names.get(kind) ?? [];
    return known[n % Math.max(1, known.length)];
  }

  add(kind: string, name: unknown): void {
    if (typeof name !== 'string' || name === '') return;
    const known = this.#names.get(kind) ?? [];
    if (known.includes(name)) return;
    // The newest are kept: what is old is often gone.
    this.#names.set(kind, [name, ...known].slice(0, MOST));
  }
}

/** An instance that stays ready: what ends or removes one never names it. */
export const KEPT = 'kept';

/** Instances that requests name before they know of any: so few that they meet each other in every state. */
export const INSTANCES = {
  [kindOf('/v1/instances', 'id')]: [KEPT, KEPT, KEPT, 'shop', 'Shop', '-', 'x'.repeat(64)],
};
