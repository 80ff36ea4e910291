/** Chance from a seed: the same seed makes the same choices. */
import { VirtualClock } from '@wakeeper/lifecycle/testing';

export class Chance {
  /** Only its random numbers are used: the generator that the product's tests have is not written a second time. */
  readonly #source: VirtualClock;

  constructor(seed: number) {
    this.#source = new VirtualClock({ seed: Math.imul(seed, 0x9e3779b1) >>> 0 });
  }

  /** 0 <= below < 1 */
  below(): number {
    return this.#source.random();
  }
  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.below() * (most - least + 1));
  }
  /** True in that share of all cases. */
  hits(share: number): boolean {
    return this.below() < share;
  }
  /** One of them, each as likely. There must be one. */
  of<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.below() * choices.length)] as T;
  }
  /** One of them, each as likely as its weight says. */
  weighted<T extends { readonly weight: number }>(choices: readonly T[]): T {
    let left = this.below() * choices.reduce((sum, { weight }) => sum + weight, 0);
    for (const choice of choices) {
      left -= choice.weight;
      if (left < 0) return choice;
    }
    return this.of(choices);
  }
}
