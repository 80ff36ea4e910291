import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { sqliteStore } from './sqlite-store.js';
import { StoreChild } from './store-child.fixture.js';

/** A disk that is nearly full, and gets room again. */
interface Disk {
  readonly folder: string;
  /** Once the store is open: no more than 2 MiB or so fit from now on. */
  fill(child: StoreChild): void;
  free(child: StoreChild): void;
  dispose(): void;
}
const newFolder = () => mkdtempSync(join(tmpdir(), 'wakeeper-disk-'));

/** A file system of its own in memory, with a file in it that takes up most of the room. Needs the right to mount. */
function smallFileSystem(): Disk {
  const folder = newFolder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', folder], { stdio: 'pipe' });
  const ballast = join(folder, 'ballast');
  return {
    folder,
    fill: () => writeFileSync(ballast, Buffer.alloc(10 * 1024 * 1024)),
    free: () => rmSync(ballast),
    dispose: () => {
      execFileSync('umount', [folder]);
      rmSync(folder, { recursive: true });
    },
  };
}

/** The kernel's limit on the size of a file, for the process alone: its writes fail like those of a disk with errors. */
function limitedFiles(): Disk {
  const folder = newFolder();
  const limit = (child: StoreChild, bytes: string) =>
    execFileSync('prlimit', ['--pid', String(child.process.pid), `--fsize=${bytes}`]);
  return {
    folder,
    fill: (child) => limit(child, `${2 * 1024 * 1024}:unlimited`),
    free: (child) => limit(child, 'unlimited:unlimited'),
    dispose: () => rmSync(folder, { recursive: true }),
  };
}

const mayMount = (() => {
  try {
    smallFileSystem().dispose();
    return true;
  } catch {
    return false;
  }
})();
// Where nothing may be mounted, the limit stands for the full disk: the promise is checked either way.
const disks = [
  { name: 'that refuses to write', make: limitedFiles, words: 'fails' },
  ...(mayMount ? [{ name: 'that is full', make: smallFileSystem, words: 'is full. Free some space' }] : []),
];

describe.each(disks)('a sqlite store on a disk $name', ({ make, words }) => {
  let disk: Disk;
  let child: StoreChild;
  afterEach(async () => {
    await child.kill();
    disk.dispose();
  });

  it('refuses writes and says why, keeps what it took, and works again as soon as there is room', async () => {
    disk = make();
    const path = join(disk.folder, 'wakeeper.db');
    child = new StoreChild('fill', path);
    await child.line(({ opened }) => opened === 1);
    disk.fill(child);
    child.say();
    const report = await child.line(({ head }) => head !== undefined);
    const failures = child.lines.filter(({ failed }) => failed !== undefined);
    for (const failure of failures) {
      expect(failure).toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining(words) });
      expect(failure.message).toContain(path);
    }
    // It reads all the same.
    expect(report.head).toBe('0');

    disk.free(child);
    child.say();
    expect(await child.ended()).toBe(0);
    const accepted = child.lines.flatMap(({ id }) => (id === undefined ? [] : [id]));
    expect(accepted.at(-1)).toBe('after');
    const store = sqliteStore({ path });
    await store.open();
    const stored = (await store.queue.list({ instanceId: 'a', limit: 99_999 })).map(({ id }) => id);
    await store.close();
    console.log(
      `disk ${words}: ${accepted.length} accepted, ${failures.length} refused, ${stored.length} stored`,
    );
    expect(stored).toEqual(accepted);
    expect(accepted.length).toBeGreaterThan(10);
    expect(failures.length).toBeGreaterThanOrEqual(20);
  });
});
