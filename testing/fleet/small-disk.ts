/** A disk that can be filled: a file system of its own where one may be mounted, else a limit of the kernel. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const CHUNK = 64 * 1024;

export class SmallDisk {
  readonly folder: string;
  private readonly isMounted: boolean;

  constructor(folder: string, sizeMib = 16) {
    this.folder = folder;
    mkdirSync(folder);
    this.isMounted = mount(folder, sizeMib);
  }

  /** Nothing more fits than what the files of this process have room for already. */
  fill(pid: number): void {
    if (this.isMounted) {
      // Until it says so itself: others write to it meanwhile.
      const ballast = openSync(this.ballast, 'w');
      try {
        for (;;) writeSync(ballast, Buffer.alloc(CHUNK));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      } finally {
        closeSync(ballast);
      }
    } else this.limit(pid, `${1024 * 1024}:unlimited`);
  }

  free(pid: number): void {
    if (this.isMounted) rmSync(this.ballast);
    else this.limit(pid, 'unlimited:unlimited');
  }

  dispose(): void {
    if (!this.isMounted) return;
    // Also where something that is on its way out still holds it: a test that fails leaves no mount behind.
    execFileSync('umount', ['--lazy', this.folder]);
    rmdirSync(this.folder);
  }

  private get ballast(): string {
    return join(this.folder, 'ballast');
  }
  private limit(pid: number, bytes: string): void {
    execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}`]);
  }
}

function mount(folder: string, sizeMib: number): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMib}m`, 'tmpfs', folder], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}
