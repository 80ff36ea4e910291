import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DriverError, type DriverFailure } from '../../ports/driver.js';
import { until } from './chrome-world.fixture.js';
import { ownerOfProfiles } from './lock-inspection.js';
import { ProfileLock } from './profile-lock.js';

let directory: string;
let locks: ProfileLock[];
let owners: ChildProcess[];
let lost: DriverFailure[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'profile-lock-'));
  [locks, owners, lost] = [[], [], []];
});
afterEach(async () => {
  await Promise.all(locks.map((lock) => lock.release()));
  for (const owner of owners) owner.kill('SIGKILL');
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
});

function lock(waitMs = 100): ProfileLock {
  const made = new ProfileLock({ directory, waitMs, onLost: (failure) => lost.push(failure) });
  locks.push(made);
  return made;
}
const failureOf = async (promise: Promise<unknown>): Promise<DriverFailure> => {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof DriverError) return error.failure;
  throw new Error(`Expected a DriverError, got ${String(error)}`);
};
const isAlive = (pid: number | undefined): boolean => {
  try {
    process.kill(pid as number, 0);
    return true;
  } catch {
    return false;
  }
};
/** Another node, in a process of its own. */
async function startOwner(): Promise<ChildProcess> {
  const script = fileURLToPath(new URL('./lock-owner.fixture.ts', import.meta.url));
  const args = ['--conditions=wakeeper-source', '--import', 'tsx', script, directory];
  const owner = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  owners.push(owner);
  let said = '';
  owner.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await until(() => said.includes('held'), 'the lock of the other process');
  return owner;
}

describe('the lock of AUTH_BASE_DIR', () => {
  it('is refused to a second owner, naming the directory, the holder and what to do', async () => {
    await lock().acquire();
    const failure = await failureOf(lock().acquire());
    expect(failure.code).toBe('PROFILE_IN_USE');
    for (const part of [directory, String(process.pid), hostname(), 'Stop it'])
      expect(failure.message).toContain(part);
  });

  it('is taken once by an owner who asks for it many times', async () => {
    const mine = lock();
    await Promise.all([mine.acquire(), mine.acquire(), mine.acquire()]);
    await mine.acquire();
    const holder = mine.holderPid;
    await mine.acquire();
    expect(mine.holderPid).toBe(holder);
  });

  it('is free for the next owner after it was released, and no process is left of it', async () => {
    const mine = lock();
    await mine.acquire();
    const holder = mine.holderPid;
    await mine.release();
    expect(isAlive(holder)).toBe(false);
    await lock().acquire();
  });

  it('is free the moment its owner is killed, however it was killed', async () => {
    const owner = await startOwner();
    expect((await failureOf(lock(0).acquire())).message).toContain(`process ${owner.pid}`);
    owner.kill('SIGKILL');
    // Nobody cleans up: the kernel does.
    await lock(5_000).acquire();
  });

  it('outlives a SIGTERM to every process of the service, as long as its owner does', async () => {
    const mine = lock();
    await mine.acquire();
    const holder = mine.holderPid as number;
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.kill(holder, signal);
    expect((await failureOf(lock(300).acquire())).code).toBe('PROFILE_IN_USE');
    expect(mine.holderPid).toBe(holder);
  });

  it('is not dropped when code of the owner opens and closes the file, as a POSIX lock of its own would be', async () => {
    await lock().acquire();
    closeSync(openSync(join(directory, '.lock'), 'r+'));
    await readFile(join(directory, '.lock'));
    expect((await failureOf(lock().acquire())).code).toBe('PROFILE_IN_USE');
  });

  it('is taken again when its holder dies alone', async () => {
    const mine = lock(5_000);
    await mine.acquire();
    const before = mine.holderPid as number;
    process.kill(before, 'SIGKILL');
    await until(() => mine.holderPid !== undefined && mine.holderPid !== before, 'a new holder');
    expect((await failureOf(lock().acquire())).code).toBe('PROFILE_IN_USE');
    expect(lost).toEqual([]);
  });

  it('tells its owner when somebody else has taken it meanwhile', async () => {
    const mine = lock(0);
    await mine.acquire();
    const other = lock(20_000);
    let isTaken = false;
    const taken = other.acquire().then(() => {
      isTaken = true;
    });
    await until(async () => (await openers()) >= 2, 'the holder that waits');
    // Ours comes back at once, and may be first: until the one that waits has it.
    let killed: number | undefined;
    await until(() => {
      const holder = mine.holderPid;
      if (holder !== undefined && holder !== killed) process.kill(holder, 'SIGKILL');
      killed = holder ?? killed;
      return isTaken;
    }, 'the change of owner');
    await taken;
    await until(() => lost.length === 1, 'the loss');
    expect(lost[0]?.code).toBe('PROFILE_IN_USE');
    expect((await failureOf(mine.acquire())).code).toBe('PROFILE_IN_USE');
  });

  it('says which directory cannot be locked, and why', async () => {
    const nowhere = new ProfileLock({
      directory: join(directory, 'gone'),
      waitMs: 0,
      onLost: () => undefined,
    });
    const failure = await failureOf(nowhere.acquire());
    expect(failure.code).toBe('PROFILE_NOT_WRITABLE');
    expect(failure.message).toContain(join(directory, 'gone'));
  });
});

/** Processes that have the lock file open. */
async function openers(): Promise<number> {
  let count = 0;
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const descriptor of descriptors) {
      const file = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
      if (file === join(directory, '.lock')) {
        count++;
        break;
      }
    }
  }
  return count;
}

describe('a look at who owns a directory', () => {
  it('names the process that does, nobody before and after it, and takes nothing away from it', async () => {
    expect(ownerOfProfiles(directory)).toBeNull();
    expect(await readdir(directory)).toEqual([]);
    const owner = lock();
    await owner.acquire();
    expect(ownerOfProfiles(directory)).toBe(`process ${process.pid} on host ${hostname()}`);
    expect(await failureOf(lock().acquire())).toMatchObject({ code: 'PROFILE_IN_USE' });
    await owner.release();
    expect(ownerOfProfiles(directory)).toBeNull();
    await lock().acquire();
  });
});
