/** What a process holds: its heap, and everything the kernel and libuv keep for it, counted by kind. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { heapInUse } from '../../bench/measuring/heap.js';
import { eventually } from '../fleet/eventually.js';

export type Counts = Readonly<Record<string, number>>;
export interface Sample {
  /** Bytes in use after the collector has run. */
  readonly heap: number;
  /** Bytes of the whole process: V8, SQLite and the allocator keep what they may need again. */
  readonly rss: number;
  /** Timers that keep the process alive. */
  readonly timers: number;
  /** Handles and requests of libuv, by type. */
  readonly handles: Counts;
  /** Child processes of this one, by what they are. The helpers of a browser are its own children, not ours. */
  readonly children: Counts;
  /** Open file descriptors, by what they lead to. */
  readonly files: Counts;
}

const HEAP_SETTLED = 0.001;
const HEAP_LOOKS = 20;
/** The same counts so many times, so far apart: nothing is on its way any more. */
const SAME = 5;
const APART_MS = 200;
/** The product looks after a page that has become ready for 10 s; puppeteer may wait for one that is gone for 60 s. */
const TIMERS_RUN_OUT_MS = 70_000;
const DEADLINE_MS = 120_000;

function count(kinds: readonly string[]): Counts {
  const counts: Record<string, number> = {};
  for (const kind of kinds) counts[kind] = (counts[kind] ?? 0) + 1;
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const attempt = (read: () => string): string => {
  try {
    return read();
  } catch {
    // It has ended, or was the descriptor with which the directory itself was read.
    return '';
  }
};

function parentOf(pid: string): number {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // "pid (name) state parent": the name may hold anything.
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

function childKind(pid: string): string {
  const command = attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  const name = basename(command.split('\0')[0] ?? '');
  if (command.includes('--user-data-dir=')) return command.includes('--type=') ? 'browser helper' : 'browser';
  if (command.includes('.lock-owner')) return 'holder of the profile lock';
  return name || `${attempt(() => readFileSync(`/proc/${pid}/comm`, 'utf8')).trim()}, ended`;
}

function fileKind(fd: string): string {
  if (Number(fd) <= 2) return 'standard streams';
  const target = attempt(() => readlinkSync(`/proc/self/fd/${fd}`));
  if (!target) return '';
  const [, anonymous] = /^anon_inode:\[?(\w+)\]?$/.exec(target) ?? [];
  return anonymous ?? (target.startsWith('/') ? basename(target) : (target.split(':')[0] ?? target));
}

const counts = (): Omit<Sample, 'heap' | 'rss'> => {
  const resources = process.getActiveResourcesInfo();
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return {
    timers: resources.filter((type) => type === 'Timeout').length,
    handles: count(resources.filter((type) => type !== 'Timeout')),
    children: count(processes.filter((pid) => parentOf(pid) === process.pid).map(childKind)),
    files: count(readdirSync('/proc/self/fd').map(fileKind).filter(Boolean)),
  };
};

async function settledHeap(): Promise<number> {
  let heap = await heapInUse();
  for (let look = 0; look < HEAP_LOOKS; look += 1) {
    const before = heap;
    heap = await heapInUse();
    if (Math.abs(heap - before) <= before * HEAP_SETTLED) break;
  }
  return heap;
}

/**
 * What the process holds while it is at rest, seen the same several times. Timers beyond `leastTimers` may run out
 * first: a page that was opened a moment ago is still looked after.
 * @throws Error when it is not at rest, or when the counts keep changing, until the deadline
 */
export async function sampleAtRest(isAtRest: () => boolean, leastTimers: number): Promise<Sample> {
  const heap = await settledHeap();
  const beganAt = performance.now();
  let [last, same, dueAt] = ['', 0, 0];
  const look = () => {
    const now = performance.now();
    if (now < dueAt || !isAtRest()) return;
    dueAt = now + APART_MS;
    const seen = counts();
    if (seen.timers > leastTimers && now - beganAt < TIMERS_RUN_OUT_MS) return;
    const text = JSON.stringify(seen);
    same = text === last ? same + 1 : 1;
    last = text;
    return same >= SAME ? seen : undefined;
  };
  const seen = await eventually(look, DEADLINE_MS, () => ({ isAtRest: isAtRest(), last }));
  return { heap, rss: process.memoryUsage.rss(), ...seen };
}
