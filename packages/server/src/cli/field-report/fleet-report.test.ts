import type { RememberedInstance, RememberedMove, SqliteHistory } from '@wakeeper/lifecycle/sqlite';
import { describe, expect, test } from 'vitest';
import { type FleetReport, fleetReport } from './fleet-report.js';
import { reportText } from './report-text.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Times of the tests are minutes from here on. */
const BEGIN = Date.parse('2026-11-01T00:00:00Z');
const UNTIL = BEGIN + DAY;

type Told = readonly [minute: number, place: string, cause?: string, generation?: number, wanted?: string];
/** A history in short: when, where, why, in which generation, and what the operator wants. */
function movesOf(...told: readonly Told[]): readonly RememberedMove[] {
  let [previous, generation, wanted] = ['disconnected', 0, 'running'];
  return told.map(([minute, place, cause = null, nextGeneration = generation, nextWanted = wanted]) => {
    const [state = '', detail = ''] = place.split('.');
    const move = {
      at: BEGIN + minute * MINUTE,
      state,
      detail,
      previous,
      cause,
      generation: nextGeneration,
      wanted: nextWanted,
    };
    [previous, generation, wanted] = [state, nextGeneration, nextWanted];
    return move;
  });
}
const instance = (id: string, moves: readonly RememberedMove[], createdAt = BEGIN): RememberedInstance => {
  const { state = 'disconnected', detail = 'stopped', wanted = 'stopped' } = moves.at(-1) ?? {};
  return { id, createdAt, state, detail, wanted, moves };
};
const paired = (...more: readonly Told[]): readonly RememberedMove[] =>
  movesOf(
    [0, 'connecting.queued', 'CREATE'],
    [0, 'needs_qr.showing', 'QR_NEEDED', 1],
    [10, 'ready.healthy', 'SCANNED'],
    ...more,
  );
const report = (
  instances: readonly RememberedInstance[],
  more: Partial<SqliteHistory> = {},
  names = false,
): FleetReport =>
  fleetReport(
    { instances, sends: [], outcomesOfUncertain: [], factsSince: null, ...more },
    { since: BEGIN, until: UNTIL, itemsKeptMs: 7 * DAY, names },
  );

describe('the report of a fleet', () => {
  test('adds up the time in each place to the whole', () => {
    const { msByPlace, byInstance } = report([
      instance('shop', paired([60, 'ready.degraded'], [70, 'error.incompatible'], [100, 'ready.healthy'])),
      instance('stopped', [], BEGIN + 23 * HOUR),
    ]);
    expect(msByPlace).toEqual({
      'ready.healthy': DAY - 50 * MINUTE,
      'disconnected.stopped': HOUR,
      'error.incompatible': 30 * MINUTE,
      'needs_qr.showing': 10 * MINUTE,
      'ready.degraded': 10 * MINUTE,
    });
    expect(byInstance.map(({ readyShare }) => readyShare)).toEqual([1 - 40 / (24 * 60), null]);
  });

  test('counts browsers that were opened in place of others, by their cause', () => {
    const { restarts } = report([
      instance(
        'shop',
        paired(
          [20, 'connecting.queued', 'BROWSER_EXITED'],
          [20, 'connecting.launching', 'BROWSER_EXITED', 2],
          [21, 'ready.healthy', 'BROWSER_EXITED'],
          [30, 'connecting.launching', 'BOOT', 3],
          [31, 'ready.healthy', 'BOOT'],
          [40, 'connecting.launching', 'BROWSER_EXITED', 4],
          [41, 'disconnected.stopped', 'STOP', 4, 'stopped'],
          [50, 'connecting.launching', 'START', 5, 'running'],
        ),
      ),
    ]);
    expect(restarts).toEqual({ total: 3, byCause: { BROWSER_EXITED: 2, BOOT: 1 } });
  });

  test('tells pairings kept, lost and made', () => {
    const { pairings } = report([
      instance('kept', paired()),
      instance(
        'unlinked',
        paired([60, 'needs_qr.clearing', 'LOGGED_OUT'], [61, 'needs_qr.showing', 'QR_NEEDED']),
      ),
      instance(
        'again',
        paired(
          [60, 'needs_qr.clearing', 'LOGGED_OUT'],
          [61, 'needs_qr.showing'],
          [62, 'connecting.syncing'],
          [63, 'ready.healthy'],
        ),
      ),
      instance(
        'by-hand',
        paired([60, 'disconnected.loggingOut', 'LOGOUT', 1, 'stopped'], [61, 'disconnected.stopped']),
      ),
      instance('never', movesOf([0, 'needs_qr.showing', 'QR_NEEDED', 1])),
    ]);
    expect(pairings).toEqual({ made: 5, kept: 1, lost: 3, lostByCause: { LOGGED_OUT: 2, LOGOUT: 1 } });
  });

  test('takes for an outage what was wanted, had been ready, and was not', () => {
    const { outages } = report([
      instance(
        'shop',
        paired(
          [20, 'connecting.queued', 'PAGE_HUNG'],
          [25, 'disconnected.cooling', 'LAUNCH_FAILED'],
          [50, 'ready.healthy'],
          [60, 'connecting.queued', 'BROWSER_EXITED'],
          [61, 'disconnected.stopped', 'STOP', 1, 'stopped'],
        ),
      ),
      instance('down', paired([23 * 60 + 50, 'needs_qr.showing', 'LOGGED_OUT'])),
    ]);
    expect(outages).toEqual({
      count: 3,
      totalMs: 41 * MINUTE,
      longest: {
        instance: 'instance-1',
        from: BEGIN + 20 * MINUTE,
        ms: 30 * MINUTE,
        cause: 'PAGE_HUNG',
        isOver: true,
      },
    });
    const open = report([instance('down', paired([60, 'needs_qr.showing', 'LOGGED_OUT']))]).outages.longest;
    expect(open).toMatchObject({ ms: 23 * HOUR, isOver: false });
  });

  test('tells sends by their outcome, and what became of those that were uncertain', () => {
    const told = (queueId: string, ...types: readonly string[]) =>
      types.map((type, at) => ({ queueId, type: `message.${type}`, at: BEGIN + at }));
    const { sends, uncertain } = report([], {
      sends: [
        { status: 'sent', errorCode: null, count: 90 },
        { status: 'failed', errorCode: 'RECIPIENT_NOT_FOUND', count: 3 },
        { status: 'failed', errorCode: 'MAX_ATTEMPTS', count: 4 },
        { status: 'uncertain', errorCode: 'UNCERTAIN', count: 1 },
      ],
      outcomesOfUncertain: [
        ...told('a', 'queued', 'uncertain', 'sent'),
        ...told('b', 'queued', 'uncertain', 'queued', 'failed'),
        ...told('c', 'uncertain', 'queued'),
        ...told('d', 'uncertain', 'queued', 'sent', 'uncertain'),
        ...told('e', 'uncertain', 'cancelled'),
      ],
    });
    expect(sends).toEqual({
      knownSince: BEGIN,
      total: 98,
      byStatus: { sent: 90, failed: 7, uncertain: 1 },
      failedByCode: { MAX_ATTEMPTS: 4, RECIPIENT_NOT_FOUND: 3 },
    });
    expect(uncertain).toEqual({
      knownSince: BEGIN,
      total: 5,
      becameSent: 1,
      becameFailed: 1,
      expired: 0,
      cancelled: 1,
      open: 2,
      resent: 3,
    });
  });

  test('says from when on it can tell, section by section', () => {
    const cut = movesOf(
      [600, 'ready.healthy', 'BOOT', 7],
      [700, 'connecting.launching', 'PAGE_HUNG', 8],
      [701, 'ready.healthy'],
    );
    const history = {
      instances: [instance('old', cut, BEGIN - DAY), instance('new', paired())],
      sends: [],
      outcomesOfUncertain: [],
      factsSince: BEGIN + 23 * HOUR,
    };
    const told = fleetReport(history, { since: BEGIN, until: UNTIL, itemsKeptMs: HOUR, names: true });
    expect(told).toMatchObject({
      history: { whole: 1, knownSince: BEGIN + 10 * HOUR },
      sends: { knownSince: UNTIL - HOUR },
      uncertain: { knownSince: BEGIN + 23 * HOUR },
      restarts: { total: 1, byCause: { PAGE_HUNG: 1 } },
    });
    const text = reportText(told);
    expect(text).toContain('The history of 1 of them begins later, at 2026-11-01T10:00Z at the latest.');
    expect(text).toContain('Sends accepted since 2026-11-01T23:00Z: 0.');
  });

  test('leaves out what came before it began', () => {
    const { restarts, pairings, outages, msByPlace } = fleetReport(
      {
        instances: [
          instance(
            'shop',
            movesOf(
              [-3000, 'connecting.queued', 'CREATE'],
              [-2990, 'ready.healthy', 'SCANNED', 1],
              [-2000, 'needs_qr.clearing', 'LOGGED_OUT'],
              [-1990, 'ready.healthy', 'SCANNED', 2],
              [-1000, 'connecting.launching', 'PAGE_HUNG', 3],
              [-990, 'ready.healthy'],
            ),
            BEGIN - 3000 * MINUTE,
          ),
        ],
        sends: [],
        outcomesOfUncertain: [],
        factsSince: null,
      },
      { since: BEGIN, until: UNTIL, itemsKeptMs: DAY, names: false },
    );
    expect({ restarts, pairings, outages, msByPlace }).toEqual({
      restarts: { total: 0, byCause: {} },
      pairings: { made: 0, kept: 1, lost: 0, lostByCause: {} },
      outages: { count: 0, totalMs: 0, longest: null },
      msByPlace: { 'ready.healthy': DAY },
    });
  });

  test('names instances only when it is asked to, and tells no word that is not of the program', () => {
    const moves = movesOf(
      [0, 'connecting.queued', 'CREATE'],
      [1, 'ready.healthy', 'SCANNED', 1],
      [2, 'connecting.call Ann', '+49 151 1234567', 2],
      [3, 'ready.healthy'],
    );
    const shop = instance('anns-shop', moves);
    const sends = [{ status: 'failed', errorCode: 'ann@example.org', count: 1 }];
    for (const names of [false, true]) {
      const told = report([shop], { sends }, names);
      const all = JSON.stringify(told) + reportText(told);
      expect(all).not.toMatch(/Ann|151|@/);
      expect(all.includes('anns-shop')).toBe(names);
      expect(all).toContain('OTHER');
    }
  });
});

test('an outage that began before is told for the part that is looked at', () => {
  const moves = movesOf(
    [-3000, 'connecting.queued', 'CREATE'],
    [-2990, 'ready.healthy', 'SCANNED', 1],
    [-60, 'needs_qr.showing', 'LOGGED_OUT'],
  );
  const { outages, pairings } = report([instance('shop', moves, BEGIN - 3000 * MINUTE)]);
  expect(outages.longest).toMatchObject({ from: BEGIN, ms: DAY, isOver: false, cause: 'LOGGED_OUT' });
  expect(pairings).toMatchObject({ kept: 0, lost: 0 });
});

test('an empty fleet has a report, too', () => {
  expect(reportText(report([]))).toBe('0 instances, from 2026-11-01T00:00Z to 2026-11-02T00:00Z.\n');
});
