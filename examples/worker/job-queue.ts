/**
 * Jobs, as brokers give them out: at least once, so that one which nobody has finished comes again. In the memory of this
 * process, for an example that needs nothing; in a service it is the client of what is there.
 */
export interface Job {
  /** The same each time that the job is given out. */
  readonly id: string;
  readonly to: string;
  readonly text: string;
}

export class JobQueue {
  readonly #unfinished = new Map<string, Job>();
  readonly #waiting: Job[] = [];
  #wake = (): void => {};

  get unfinished(): readonly string[] {
    return [...this.#unfinished.keys()];
  }

  add(job: Job): void {
    this.#unfinished.set(job.id, job);
    this.#waiting.push(job);
    this.#wake();
  }

  /** It could not be done now, and comes again. */
  giveBack(job: Job, afterMs: number): void {
    setTimeout(() => this.add(job), afterMs).unref();
  }

  finish(id: string): void {
    this.#unfinished.delete(id);
  }

  /** One job after the other as they come, until the signal. */
  async *take(signal: AbortSignal): AsyncGenerator<Job> {
    signal.addEventListener('abort', () => this.#wake());
    while (!signal.aborted) {
      const job = this.#waiting.shift();
      if (job) yield job;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}
