/** Whether the instance is ready, in which generation, and which generations can have no effect any more. */
export class Readiness {
  #generation: number | null = null;
  #spell = 0;
  #closedUpTo = Number.NEGATIVE_INFINITY;

  /** The generation in which the instance is ready now, or null. */
  get generation(): number | null {
    return this.#generation;
  }

  get isOpen(): boolean {
    return this.#generation !== null;
  }

  /** Grows whenever readiness begins or ends: the same number means that it was never lost in between. */
  get spell(): number {
    return this.#spell;
  }

  /** Generations follow one another, so an open one means that every earlier one is closed. */
  open(generation: number): void {
    if (this.#generation === generation) return;
    this.#generation = generation;
    this.#spell += 1;
    this.#closedUpTo = Math.max(this.#closedUpTo, generation - 1);
  }

  hold(): void {
    if (this.#generation === null) return;
    this.#generation = null;
    this.#spell += 1;
  }

  closed(generation: number): void {
    this.#closedUpTo = Math.max(this.#closedUpTo, generation);
    if (this.#generation !== null && this.#generation <= generation) this.hold();
  }

  /** True when nothing that was asked of that generation can have an effect any more. */
  isOver(generation: number): boolean {
    return generation <= this.#closedUpTo;
  }
}
