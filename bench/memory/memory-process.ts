/**
 * A process that measures what one further instance of each kind takes, one kind after the other, with an instance of the
 * same browser running already: what all of them share is paid for then. `memory-process.ts <JSON of MemoryRound>`
 */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { containLibraryRejections } from '@wakeeper/lifecycle/whatsapp-web';
import { startWaWeb } from '../../testing/wa-web/server.js';
import { heapInUse } from '../measuring/heap.js';
import { managedSessions } from '../sessions/managed-sessions.js';
import { plainSessions } from '../sessions/plain-sessions.js';
import type { SessionKind } from '../sessions/session.js';
import { programsOf, pssOfTree, strangersTo } from './process-tree.js';

export interface MemoryRound {
  readonly chromium: string;
  readonly shell: string | null;
  /** Each measured with the library alone. */
  readonly flags: readonly string[];
  /** The kinds are measured in turn, beginning with this one. */
  readonly first: number;
}
export interface MemoryFigures {
  /** By kind: `library`, `managed`, `managed-shell`, or the flag. */
  readonly bytes: Readonly<Record<string, number>>;
  /** Processes beside ours that ran the same browsers: they share its pages, and spoil the figures. */
  readonly strangers: number;
}

const BALLAST_MB = 100;
/** A renderer that is held ready is started a moment after the page; a page that is idle is collected. */
const SETTLE_MS = 3_000;
/** What a browser took for its start and needs no more is given back by then. */
const SETTLE_FIRST_MS = 8_000;
const READINGS = 3;
const APART_MS = 100;

async function pssNow(): Promise<number> {
  const readings: number[] = [];
  for (let reading = 0; reading < READINGS; reading += 1) {
    await heapInUse();
    readings.push(await pssOfTree(process.pid));
    await wait(APART_MS);
  }
  return readings.toSorted((a, b) => a - b)[Math.floor(READINGS / 2)] ?? 0;
}

const { chromium, shell, flags, first } = JSON.parse(process.argv[2] ?? '') as MemoryRound;
const folder = await realpath(await mkdtemp(join(tmpdir(), 'wakeeper-bench-')));
// The last page on which the library works by itself; both sides have the same.
const waWeb = await startWaWeb({ edition: '2026-05', ballastMb: BALLAST_MB });
containLibraryRejections(() => {});

const surroundings = (name: string, chromePath: string, args: readonly string[] = []) => ({
  waWeb,
  chromePath,
  chromeArgs: [...waWeb.chromeArgs, ...args],
  folder: join(folder, name),
});
let people = 0;
const nextPhone = (): string => `1555${String(++people).padStart(7, '0')}`;

const library = plainSessions(surroundings('library', chromium));
const kinds: [string, SessionKind][] = [
  ['library', library],
  ['managed', await managedSessions(surroundings('managed', chromium))],
  ...flags.map((flag, nth): [string, SessionKind] => [
    flag,
    plainSessions(surroundings(`flag-${nth}`, chromium, [flag])),
  ]),
];
const closers = [await library.open(nextPhone())];
if (shell !== null) {
  const managedShell = await managedSessions(surroundings('managed-shell', shell));
  kinds.push(['managed-shell', managedShell]);
  closers.push(await managedShell.open(nextPhone()));
}

await wait(SETTLE_FIRST_MS);
const bytes: Record<string, number> = {};
let strangers = 0;
let without = await pssNow();
for (let nth = 0; nth < kinds.length; nth += 1) {
  const kind = kinds[(nth + first) % kinds.length];
  if (!kind) continue;
  const [name, sessions] = kind;
  const close = await sessions.open(nextPhone());
  await wait(SETTLE_MS);
  const within = await pssNow();
  strangers = Math.max(strangers, await strangersTo(process.pid, await programsOf(process.pid)));
  await close();
  await wait(SETTLE_MS / 3);
  const before = without;
  without = await pssNow();
  // Against the mean of before and after: what drifts meanwhile is nobody's.
  bytes[name] = within - (before + without) / 2;
}
for (const close of closers) await close();
await Promise.all(kinds.map(([, sessions]) => sessions.end()));
await waWeb.close();
await rm(folder, { recursive: true, force: true, maxRetries: 5 });
console.log(JSON.stringify({ bytes, strangers } satisfies MemoryFigures));
process.exit(0);
