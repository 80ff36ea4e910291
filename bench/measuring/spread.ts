/** Repeated measures as people read them: the median, and how far apart the least and the most were. */

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** @throws Error when there is nothing to look at: a number that was not measured is not printed. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const [least, most] = [sorted[0], sorted.at(-1)];
  const [low, high] = [
    sorted[Math.floor((sorted.length - 1) / 2)],
    sorted[Math.ceil((sorted.length - 1) / 2)],
  ];
  if (least === undefined || most === undefined || low === undefined || high === undefined)
    throw new Error('nothing was measured');
  return { median: (low + high) / 2, least, most };
}

export interface Pair<T> {
  readonly ours: T;
  readonly floor: T;
}

/**
 * Ours and the floor in turn, each pair within moments, and every other pair in the opposite order: what else the
 * machine does then weighs on both alike.
 */
export async function interleaved<T>(
  count: number,
  ours: () => Promise<T>,
  floor: () => Promise<T>,
): Promise<Pair<T>[]> {
  const pairs: Pair<T>[] = [];
  for (let nth = 0; nth < count; nth += 1) {
    if (nth % 2 === 0) {
      const first = await ours();
      pairs.push({ ours: first, floor: await floor() });
    } else {
      const first = await floor();
      pairs.push({ ours: await ours(), floor: first });
    }
  }
  return pairs;
}
