/** In which place of the chart which fault has struck, how often. */
import { FAULTS } from './fault-names.js';
import type { Run } from './history.js';
import { obstacle, PLACES, REACHABLE } from './reach.js';

/** So many seeds strike every place, every fault, and all but this share of the reachable pairs. */
const SEEDS_FOR_MOST = 200;
const MAY_BE_MISSING = 0.05;
/** So many strike every reachable pair. */
const SEEDS_FOR_ALL = 2_000;

export class Coverage {
  readonly hits: Record<string, number> = {};

  add({ history }: Pick<Run, 'history'>): void {
    for (const entry of history)
      if (entry.kind === 'struck' && entry.place !== null) this.#count(`${entry.place}|${entry.fault}`, 1);
  }
  merge(hits: Readonly<Record<string, number>>): void {
    for (const [cell, count] of Object.entries(hits)) this.#count(cell, count);
  }
  #count(cell: string, count: number): void {
    this.hits[cell] = (this.hits[cell] ?? 0) + count;
  }

  /** Reachable pairs that were never struck. */
  get missing(): string[] {
    return REACHABLE.filter(({ place, fault }) => !this.hits[`${place}|${fault}`]).map(
      ({ place, fault }) => `${fault} in ${place}`,
    );
  }
  /** What so many seeds have left out and should not have. */
  unmet(seeds: number): string[] {
    if (seeds < SEEDS_FOR_MOST) return [];
    const struck = Object.keys(this.hits).map((cell) => cell.split('|'));
    const { missing } = this;
    const mayBeMissing = seeds < SEEDS_FOR_ALL ? Math.floor(REACHABLE.length * MAY_BE_MISSING) : 0;
    return [
      ...PLACES.filter((place) => !struck.some(([one]) => one === place)).map((place) => `all of ${place}`),
      ...FAULTS.filter((fault) => !struck.some(([, one]) => one === fault)).map((fault) => `all of ${fault}`),
      ...(missing.length > mayBeMissing ? missing : []),
    ];
  }
  /** The reachable pairs that were struck least often. */
  rarest(count: number): string[] {
    return REACHABLE.map(({ place, fault }) => ({ place, fault, hits: this.hits[`${place}|${fault}`] ?? 0 }))
      .sort((a, b) => a.hits - b.hits)
      .slice(0, count)
      .map(({ place, fault, hits }) => `${fault} in ${place} (${hits})`);
  }

  get table(): string {
    const width = 8;
    const heads = [0, 1].map((line) =>
      FAULTS.map((fault) => (fault.split(' ')[line] ?? '').slice(0, width - 1).padStart(width)).join(''),
    );
    const rows = PLACES.map((place) => {
      const cells = FAULTS.map((fault) => {
        const hits = this.hits[`${place}|${fault}`] ?? 0;
        return (hits === 0 && obstacle(place, fault) !== null ? '-' : String(hits)).padStart(width);
      });
      return place.padEnd(26) + cells.join('');
    });
    const reasons = new Map<string, Set<string>>();
    for (const place of PLACES)
      for (const fault of FAULTS) {
        const why = obstacle(place, fault);
        if (why) reasons.set(why, (reasons.get(why) ?? new Set()).add(fault));
      }
    const notes = [...reasons].map(([why, faults]) => `  - ${[...faults].join(', ')}: ${why}`);
    return [
      ...heads.map((head) => ' '.repeat(26) + head),
      ...rows,
      'Not reachable (-, or a number where chance found a way):',
      ...notes,
    ].join('\n');
  }
}
