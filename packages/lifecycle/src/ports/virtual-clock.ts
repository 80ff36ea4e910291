/**
 * A clock that a test moves: nothing happens until it is advanced, and then timers fire in the order of their times,
 * with everything that they set off settled in between. Chance comes from a seed, so that a run can be repeated.
 */
import type { Clock } from './clock.js';

export interface VirtualClockOptions {
  /** Where it begins, epoch milliseconds. */
  readonly now?: number;
  /** Of `random()`. The same seed gives the same numbers. */
  readonly seed?: number;
}

interface Timer {
  readonly at: number;
  /** Timers of the same time fire in the order in which they were set. */
  readonly order: number;
  fn: (() => void) | null;
}

const isBefore = (a: Timer, b: Timer): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** 2026-01-01T00:00:00Z: any fixed day serves. */
const EPOCH = Date.UTC(2026, 0, 1);

export class VirtualClock implements Clock {
  #now: number;
  #seed: number;
  #order = 0;
  /** A binary heap, the next timer first: fleets of thousands have as many timers. */
  readonly #heap: Timer[] = [];

  constructor(options: VirtualClockOptions = {}) {
    this.#now = options.now ?? EPOCH;
    this.#seed = (options.seed ?? 1) >>> 0;
  }

  now(): number {
    return this.#now;
  }

  /** mulberry32: small, and even enough to spread waits. */
  random(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#seed ^ (this.#seed >>> 15), this.#seed | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  setTimeout(fn: (...args: unknown[]) => void, ms: number): unknown {
    const timer: Timer = { at: this.#now + Math.max(0, ms), order: this.#order++, fn: () => fn() };
    this.#push(timer);
    return timer;
  }

  clearTimeout(handle: unknown): void {
    if (handle !== null && typeof handle === 'object') (handle as Timer).fn = null;
  }

  /** Timers that are set and not yet fired. */
  get pending(): number {
    return this.#heap.reduce((count, timer) => count + (timer.fn ? 1 : 0), 0);
  }

  /** Sets the time without firing anything: the machine slept, or somebody set its clock. Timers that are due fire at the next advance. */
  jump(ms: number): void {
    this.#now += ms;
  }

  /** Moves the time on by `ms` and fires what falls due, letting promises settle before, between and after. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    while (this.#fireNext(end)) await settle();
    this.#now = Math.max(this.#now, end);
  }

  /**
   * Moves the time on, timer by timer, until the fact holds, and returns how long that took.
   * @throws Error when it does not hold within `withinMs`, or when nothing is left that could make it so.
   */
  async until(fact: () => boolean, withinMs = 3_600_000): Promise<number> {
    const start = this.#now;
    await settle();
    while (!fact()) {
      if (!this.#fireNext(start + withinMs))
        throw new Error(`The fact did not hold within ${withinMs} ms of virtual time: ${fact.toString()}`);
      await settle();
    }
    return this.#now - start;
  }

  #fireNext(end: number): boolean {
    for (let next = this.#heap[0]; next && next.at <= end; next = this.#heap[0]) {
      this.#pop();
      if (!next.fn) continue;
      this.#now = Math.max(this.#now, next.at);
      next.fn();
      return true;
    }
    return false;
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let index = heap.push(timer) - 1;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above] as Timer;
      if (!isBefore(timer, parent)) break;
      heap[index] = parent;
      heap[above] = timer;
      index = above;
    }
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let index = 0;
    heap[0] = last;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      const leftTimer = heap[left];
      const rightTimer = heap[right];
      if (!leftTimer) return;
      const below = rightTimer && isBefore(rightTimer, leftTimer) ? right : left;
      const child = heap[below] as Timer;
      if (!isBefore(child, last)) return;
      heap[index] = child;
      heap[below] = last;
      index = below;
    }
  }
}

/** Every promise that can settle without a timer has settled after a turn of the event loop. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
