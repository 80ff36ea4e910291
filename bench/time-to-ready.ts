/**
 * The promise: wakeeper adds next to nothing to the time that whatsapp-web.js and Chromium take to become ready, and a
 * killed browser is replaced about as fast as one can be started. Against the unmodified library in the same Chromium on
 * the same simulated page of WhatsApp Web.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { containLibraryRejections } from '@wakeeper/lifecycle/whatsapp-web';
import { startWaWeb } from '../testing/wa-web/server.js';
import { type Row, rowOf } from './measuring/row.js';
import { interleaved, type Pair } from './measuring/spread.js';
import { managedSessions } from './sessions/managed-sessions.js';
import { plainSessions } from './sessions/plain-sessions.js';
import type { SessionFigures, SessionKind, Surroundings } from './sessions/session.js';

const LIBRARY = 'whatsapp-web.js alone';
const LIKE_A_START = { on: 'ratio', atMost: 1.05 } as const;
const LIKE_A_RECOVERY = { on: 'ratio', atMost: 1.3 } as const;
const BACKOFF_NOTE =
  'the wait before a rung is random between 0 and RESTART_BACKOFF_MS (2 s by default), so that a fleet does not restart as one.';

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
  const plain = plainSessions(inside('plain'));
  let people = 0;
  const next = (kind: SessionKind) => () => {
    people += 1;
    return kind.measure(`1555${String(people).padStart(7, '0')}`);
  };
  try {
    // The first of each loads what all of them share.
    for (const kind of [withBackoff, atOnce, plain]) await next(kind)();
    return {
      withBackoff: await interleaved(pairs, next(withBackoff), next(plain)),
      atOnce: await interleaved(pairs, next(atOnce), next(plain)),
    };
  } finally {
    await Promise.all([withBackoff.end(), atOnce.end(), plain.end()]);
  }
}

export async function timeToReady(pairs: number): Promise<Row[]> {
  const chromePath = process.env.CHROME_PATH ?? '/usr/bin/chromium';
  if (!existsSync(chromePath)) {
    process.stderr.write(`time-to-ready is not measured: there is no ${chromePath}; set CHROME_PATH.\n`);
    return [];
  }
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'wakeeper-bench-')));
  const waWeb = await startWaWeb();
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
      { ...text, what: 'start to ready, pairing', floorName: LIBRARY, targets: [LIKE_A_START] },
      of(both, 'coldMs'),
    ),
    rowOf(
      { ...text, what: 'start to ready, restored', floorName: LIBRARY, targets: [LIKE_A_START] },
      of(both, 'restoredMs'),
    ),
    rowOf(
      {
        ...text,
        what: 'killed browser to ready',
        floorName: `${LIBRARY}, restarted at once`,
        note: BACKOFF_NOTE,
      },
      of(withBackoff, 'recoveryMs'),
    ),
    rowOf(
      {
        ...text,
        what: 'killed browser to ready',
        floorName: `${LIBRARY}, restored start`,
        targets: [LIKE_A_RECOVERY],
        note: BACKOFF_NOTE,
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
      },
      of(atOnce, 'recoveryMs', 'restoredMs'),
    ),
  ];
}
