/** How often what was done, by name. It holds one number for each name, however long it runs. */
export class Tally {
  readonly #counts: Record<string, number> = {};

  add(name: string): void {
    this.#counts[name] = (this.#counts[name] ?? 0) + 1;
  }
  get counts(): Readonly<Record<string, number>> {
    return this.#counts;
  }
}
