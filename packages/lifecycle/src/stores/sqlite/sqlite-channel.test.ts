import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommitGate } from './commit-gate.js';
import { SqliteChannel } from './sqlite-channel.js';
import { Database } from './sqlite-database.js';

/** Tells when the channel has tried to give up in the middle of a commit. */
class WatchedGate extends CommitGate {
  readonly refused: Promise<void>;
  private refuse: () => void = () => {};
  /** Runs once, in the moment before something is given up. */
  before: () => void = () => {};

  constructor() {
    super();
    this.refused = new Promise((resolve) => {
      this.refuse = resolve;
    });
  }

  override giveUp(): boolean {
    this.before();
    this.before = () => {};
    const givenUp = super.giveUp();
    if (!givenUp) this.refuse();
    return givenUp;
  }
}

describe('a commit that is late', () => {
  let folder: string;
  let gate: WatchedGate;
  let channel: SqliteChannel;
  /** Keeps the thread from answering; the gate is entered by hand, as the thread does for a commit. */
  let holder: Database;
  async function open(commitDeadlineMs: number): Promise<void> {
    const path = join(folder, 'wakeeper.db');
    channel = new SqliteChannel({ path, deadlineMs: 100, commitDeadlineMs }, gate);
    await channel.opened;
    holder = new Database(path);
    holder.exec('BEGIN IMMEDIATE');
  }
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wakeeper-commit-'));
    gate = new WatchedGate();
  });
  afterEach(async () => {
    holder.close();
    await channel.close();
    await rm(folder, { recursive: true });
  });

  it('is waited for past the deadline of its requests: what is written must not be called refused', async () => {
    await open(30_000);
    const round = gate.round;
    expect(gate.enter(round)).toBe(true);
    let settled = false;
    const asked = channel.ask('check').finally(() => {
      settled = true;
    });
    await gate.refused;
    expect(settled).toBe(false);
    gate.leave(round);
    await expect(asked).rejects.toMatchObject({
      message: expect.stringContaining('Nothing of this was written'),
    });
  });

  it('counts when it ends in the very moment of giving up: its answer is on the way', async () => {
    await open(30_000);
    gate.before = () => {
      holder.exec('ROLLBACK');
      // This thread stands still while the other one commits and answers.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2500);
    };
    await expect(channel.ask('check')).resolves.toBeUndefined();
  });

  it('is not late for the time in which this process stood still, and the thread with it', async () => {
    await open(600);
    const round = gate.round;
    gate.enter(round);
    const asked = channel.ask('check').catch((error: unknown) => error);
    // As after SIGSTOP, or in a paused container.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 700);
    await gate.refused;
    gate.leave(round);
    expect(await asked).toMatchObject({ message: expect.stringContaining('Nothing of this was written') });
    holder.exec('ROLLBACK');
    await expect(channel.ask('check')).resolves.toBeUndefined();
  });

  it('ends the store when it does not come at all', async () => {
    await open(600);
    gate.enter(gate.round);
    const gone = { code: 'STORE_UNAVAILABLE', message: expect.stringContaining('has not answered a commit') };
    const [first, second] = await Promise.allSettled([channel.ask('check'), channel.ask('head', 'a', [])]);
    expect(first).toMatchObject({ status: 'rejected', reason: gone });
    expect(second).toMatchObject({ status: 'rejected', reason: gone });
    await expect(channel.ask('check')).rejects.toMatchObject(gone);
    expect(await channel.lost).toMatchObject(gone);
  });
});
