/** One row of the table: what we take or manage, what the floor does, and the ratio of each pair. */
import { type Pair, type Spread, spreadOf } from './spread.js';

export type Unit = 'us' | 'ms' | 'bytes' | 'per second';

/** A limit that the row is held to, on the median. */
export type Target =
  | { readonly on: 'ratio'; readonly atMost: number }
  | { readonly on: 'ratio'; readonly atLeast: number }
  | { readonly on: 'ours'; readonly atMost: number };

export interface Verdict {
  readonly target: Target;
  readonly met: boolean;
}

/** Of a row that measures one flag of the browser. */
export interface FlagVerdict {
  readonly kept: boolean;
  /** What the flag may cost where it is set. */
  readonly risk: string;
}

export interface Row {
  readonly promise: string;
  readonly what: string;
  readonly unit: Unit;
  readonly ours: Spread;
  readonly floorName: string;
  readonly floor: Spread;
  readonly ratio: Spread;
  /** The floor less ours, of each pair. */
  readonly saved: Spread;
  readonly pairs: number;
  readonly verdicts: readonly Verdict[];
  /** What a reader must know to read the row right; the reason when a target is missed. */
  readonly note: string | null;
  readonly flag?: FlagVerdict;
}

export interface RowText {
  readonly promise: string;
  readonly what: string;
  readonly unit: Unit;
  readonly floorName: string;
  readonly targets?: readonly Target[];
  readonly note?: string;
  /** Shown only when a target is missed. */
  readonly whyMissed?: string;
  readonly flag?: FlagVerdict;
}

export function rowOf(text: RowText, pairs: readonly Pair<number>[]): Row {
  const { targets = [], note, whyMissed, ...rest } = text;
  const ours = spreadOf(pairs.map((pair) => pair.ours));
  const ratio = spreadOf(pairs.map((pair) => pair.ours / pair.floor));
  const verdicts = targets.map((target) => ({ target, met: isMet(target, ours.median, ratio.median) }));
  const missed = verdicts.some(({ met }) => !met);
  const notes = [note, missed ? whyMissed : undefined].filter((one) => one !== undefined);
  return {
    ...rest,
    ours,
    floor: spreadOf(pairs.map((pair) => pair.floor)),
    ratio,
    saved: spreadOf(pairs.map((pair) => pair.floor - pair.ours)),
    pairs: pairs.length,
    verdicts,
    note: notes.length > 0 ? notes.join(' ') : null,
  };
}

function isMet(target: Target, ours: number, ratio: number): boolean {
  if (target.on === 'ours') return ours <= target.atMost;
  return 'atMost' in target ? ratio <= target.atMost : ratio >= target.atLeast;
}
