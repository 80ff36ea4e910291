import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommitGate } from './commit-gate.js';
import { SqliteChannel } from './sqlite-channel.js';
import { Database } from './sqlite-database.js';

describe('a commit that is late', () => {
  let folder: string;
  let gate: CommitGate;
  let channel: SqliteChannel;
  /** Keeps the thread from answering; the gate is entered by hand, as the thread does for a commit. */
  let holder: Database;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wakeeper-commit-'));
    const path = join(folder, 'wakeeper.db');
    gate = new CommitGate();
    channel = new SqliteChannel({ path, deadlineMs: 100, commitDeadlineMs: 600 }, gate);
    await channel.opened;
    holder = new Database(path);
    holder.exec('BEGIN IMMEDIATE');
  });
  afterEach(async () => {
    holder.close();
    await channel.close();
    await rm(folder, { recursive: true });
  });

  it('is waited for past the deadline of its requests: what is written must not be called refused', async () => {
    const asked = channel.ask('check');
    const entered = gate.round;
    expect(gate.enter(entered)).toBe(true);
    const patience = new Promise((resolve) => setTimeout(resolve, 300, 'still waiting'));
    expect(await Promise.race([asked.catch(() => 'refused'), patience])).toBe('still waiting');
    gate.leave(entered);
    await expect(asked).rejects.toMatchObject({
      message: expect.stringContaining('Nothing of this was written'),
    });
  });

  it('ends the store when it does not come at all', async () => {
    gate.enter(gate.round);
    const gone = { code: 'STORE_UNAVAILABLE', message: expect.stringContaining('has not answered a commit') };
    const [first, second] = await Promise.allSettled([channel.ask('check'), channel.ask('head', 'a')]);
    expect(first).toMatchObject({ status: 'rejected', reason: gone });
    expect(second).toMatchObject({ status: 'rejected', reason: gone });
    await expect(channel.ask('check')).rejects.toMatchObject(gone);
  });
});
