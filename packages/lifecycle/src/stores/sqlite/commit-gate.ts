/**
 * One shared number between the two threads, so that what was given up is never committed, and what is being committed
 * is never given up. Twice the round, plus one while a commit runs: requests carry the round that they were asked in;
 * giving up begins another round, which is refused while a commit runs.
 */
export class CommitGate {
  readonly shared: SharedArrayBuffer;
  private readonly cell: Int32Array;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(4)) {
    this.shared = shared;
    this.cell = new Int32Array(shared);
  }

  get round(): number {
    return Atomics.load(this.cell, 0) >>> 1;
  }

  /** Begins another round. False while a commit runs: its verdict is on the way. */
  giveUp(): boolean {
    const round = this.round;
    return Atomics.compareExchange(this.cell, 0, round << 1, (round + 1) << 1) === round << 1;
  }

  /** Before a commit: false when the round was given up. */
  enter(round: number): boolean {
    return Atomics.compareExchange(this.cell, 0, round << 1, (round << 1) | 1) === round << 1;
  }

  /** After the verdict of the commit was told. */
  leave(round: number): void {
    Atomics.store(this.cell, 0, round << 1);
  }
}
