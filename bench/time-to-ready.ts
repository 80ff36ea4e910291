/**
 * The promise: wakeeper adds next to nothing to the time that whatsapp-web.js and Chromium take to become ready, and a
 * killed browser is replaced about as fast as one can be started. Against the unmodified library in the same Chromium on
 * the same simulated page of WhatsApp Web.
 */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { containLibraryRejections } from '@wakeeper/lifecycle/whatsapp-web';
import { startWaWeb } from '../testing/wa-web/server.js';
import { KEEPING_ARGS, LEAN_ARGS } from './lifecycle-internals.js';
import { chromiumFor } from './measuring/browsers.js';
import { type Row, rowOf } from './measuring/row.js';
import { interleaved, type Pair } from './measuring/spread.js';
import { managedSessions } from './sessions/managed-sessions.js';
import { plainSessions } from './sessions/plain-sessions.js';
import type { SessionFigures, SessionKind, Surroundings } from './sessions/session.js';

const LIBRARY = 'whatsapp-web.js alone';
const LIKE_A_START = { on: 'ratio', atMost: 1.05 } as const;
const LIKE_A_RECOVERY = { on: 'ratio', atMost: 1.3 } as const;
const WHY_A_START_MISSED =
  "beside the library the driver proves the profile writable (2 ms), looks at all processes for a browser left behind (5 to 8 ms) and listens to the page (4 to 5 ms), measured in 20 starts; the rest was not taken apart: the page's journal, what watches the page, and a commit for each transition.";
const WHY_A_RECOVERY_MISSED =
  'the wait before a rung is random between 0 and RESTART_BACKOFF_MS (2 s by default, so 1 s in the middle), so that a fleet does not restart as one; the rows without it show what is left.';
const WHY_AT_ONCE_MISSED =
  'before the new browser starts, the end of the old one has to be noticed (20 to 60 ms) and made sure of (two looks at all processes, 10 to 20 ms each on a busy machine); the rest is a restored start.';

interface Measured {
  readonly withBackoff: Pair<SessionFigures>[];
  readonly atOnce: Pair<SessionFigures>[];
}

async function measure(
  pairs: number,
  surroundings: Omit<Surroundings, 'folder'>,
  folder: string,
): Promise<Measured> {
  const inside = (name: string): Surroundings => ({ ...surroundings, folder: join(folder, name) });
  const withBackoff = await managedSessions(inside('managed'));
  const atOnce = await managedSessions(inside('at-once'), { restartBackoffMs: 0 });
  // The same browser with the same flags: what the library costs alone, not what ours would save it.
  const plain = plainSessions({
    ...inside('plain'),
    chromeArgs: [...surroundings.chromeArgs, ...KEEPING_ARGS, ...LEAN_ARGS],
  });
  let people = 0;
  const next = (kind: SessionKind) => () => {
    people += 1;
    return kind.measure(`1555${String(people).padStart(7, '0')}`);
  };
  try {
    // The first of each loads what all of them share.
    for (const kind of [withBackoff, atOnce, plain]) await next(kind)();
    return {
      // The wait is part of a recovery only: of starts, both kinds are the same measure.
      withBackoff: await interleaved(Math.ceil(pairs / 2), next(withBackoff), next(plain)),
      atOnce: await interleaved(Math.ceil(pairs / 2), next(atOnce), next(plain)),
    };
  } finally {
    await Promise.all([withBackoff.end(), atOnce.end(), plain.end()]);
  }
}

export async function timeToReady(pairs: number): Promise<Row[]> {
  const chromePath = chromiumFor('time-to-ready');
  if (chromePath === null) return [];
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'wakeeper-bench-')));
  // The last page on which the library works by itself; both sides have the same.
  const waWeb = await startWaWeb({ edition: '2026-05' });
  // A plain script that gets a browser killed would end by the library's unhandled rejections.
  const letGo = containLibraryRejections(() => {});
  try {
    return rowsOf(await measure(pairs, { waWeb, chromePath, chromeArgs: waWeb.chromeArgs }, folder));
  } finally {
    letGo();
    await waWeb.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function rowsOf({ withBackoff, atOnce }: Measured): Row[] {
  const text = { promise: 'time-to-ready', unit: 'ms' } as const;
  const of = (
    measured: readonly Pair<SessionFigures>[],
    ours: keyof SessionFigures,
    floor: keyof SessionFigures = ours,
  ) => measured.map((pair) => ({ ours: pair.ours[ours], floor: pair.floor[floor] }));
  const both = [...withBackoff, ...atOnce];
  return [
    rowOf(
      {
        ...text,
        what: 'start to ready, pairing',
        floorName: LIBRARY,
        targets: [LIKE_A_START],
        whyMissed: WHY_A_START_MISSED,
      },
      of(both, 'coldMs'),
    ),
    rowOf(
      {
        ...text,
        what: 'start to ready, restored',
        floorName: LIBRARY,
        targets: [LIKE_A_START],
        whyMissed: WHY_A_START_MISSED,
      },
      of(both, 'restoredMs'),
    ),
    rowOf(
      {
        ...text,
        what: 'killed browser to ready',
        floorName: `${LIBRARY}, restarted at once`,
      },
      of(withBackoff, 'recoveryMs'),
    ),
    rowOf(
      {
        ...text,
        what: 'killed browser to ready',
        floorName: `${LIBRARY}, restored start`,
        targets: [LIKE_A_RECOVERY],
        whyMissed: WHY_A_RECOVERY_MISSED,
      },
      of(withBackoff, 'recoveryMs', 'restoredMs'),
    ),
    rowOf(
      { ...text, what: 'the same, RESTART_BACKOFF_MS=0', floorName: `${LIBRARY}, restarted at once` },
      of(atOnce, 'recoveryMs'),
    ),
    rowOf(
      {
        ...text,
        what: 'the same, RESTART_BACKOFF_MS=0',
        floorName: `${LIBRARY}, restored start`,
        targets: [LIKE_A_RECOVERY],
        whyMissed: WHY_AT_ONCE_MISSED,
      },
      of(atOnce, 'recoveryMs', 'restoredMs'),
    ),
  ];
}
