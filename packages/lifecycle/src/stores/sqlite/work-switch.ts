/**
 * Stops the thread between two transactions, never within one: the SQLite binding that stands in on Node 20 aborts the
 * whole process when its thread is ended in the middle of a call. So nobody terminates the thread, and a process that
 * exits lets it come to rest first.
 */
const WORKING = 0;
const STOPPED = 1;

export class WorkSwitch {
  readonly shared: SharedArrayBuffer;
  private readonly cells: Int32Array;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(8)) {
    this.shared = shared;
    this.cells = new Int32Array(shared);
  }

  /** In the thread, before it touches the database. False when it must not any more. */
  begin(): boolean {
    this.hold();
    if (Atomics.load(this.cells, STOPPED) === 0) return true;
    this.rest();
    return false;
  }

  /** In the thread, for what must be done although it was stopped. */
  hold(): void {
    Atomics.store(this.cells, WORKING, 1);
  }

  /** In the thread, when it has done with the database for now. */
  rest(): void {
    Atomics.store(this.cells, WORKING, 0);
    Atomics.notify(this.cells, WORKING);
  }

  /** What is being done is finished, and nothing more is begun. */
  stop(): void {
    Atomics.store(this.cells, STOPPED, 1);
  }

  get isStopped(): boolean {
    return Atomics.load(this.cells, STOPPED) === 1;
  }

  /** Blocks this thread until the other one rests, at most so long: for the moment in which the process ends. False when it does not rest. */
  waitForRest(ms: number): boolean {
    return Atomics.wait(this.cells, WORKING, 1, ms) !== 'timed-out';
  }
}
