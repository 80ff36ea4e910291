/**
 * Specification: what the chart must do, written by hand and not derived from it. Each place is entered by its shortest
 * way, with budget left and nothing suspended.
 */
import { describe, expect, it } from 'vitest';
import { transition } from 'xstate';
import { COMMANDS, DRIVER_EVENTS } from './chart-graph.js';
import { chartGraph } from './chart-invariants.fixture.js';
import type { DriverFact, InstanceEvent } from './instance-events.js';
import { createInstanceMachine, type InstanceSnapshot } from './instance-machine.js';
import { placeOf } from './instance-record.js';
import { ScriptedPorts } from './scripted-ports.js';

const CODES = {
  st: 'disconnected.stopped',
  dr: 'disconnected.draining',
  sp: 'disconnected.stopping',
  lo: 'disconnected.loggingOut',
  cl: 'disconnected.closing',
  wa: 'disconnected.waiting',
  su: 'disconnected.suspended',
  qu: 'connecting.queued',
  la: 'connecting.launching',
  sy: 'connecting.syncing',
  au: 'connecting.authenticating',
  rc: 'connecting.reconnecting',
  rl: 'connecting.reloading',
  he: 'ready.healthy',
  pr: 'ready.probing',
  nc: 'needs_qr.clearing',
  nq: 'needs_qr.queued',
  no: 'needs_qr.opening',
  ns: 'needs_qr.showing',
  np: 'needs_qr.passkey',
  nf: 'needs_qr.confirming',
  nr: 'needs_qr.reopening',
  nx: 'needs_qr.closing',
  ne: 'needs_qr.expired',
  co: 'error.cooling',
  ha: 'error.halted',
  in: 'error.incompatible',
  rt: 'error.retesting',
} as const;
type Code = keyof typeof CODES;

/** `.` stays where it is. Driver events are those of the live generation; where none is live, the last one's. */
const TABLE = `
     start stop restart logout showQr suspend resume retest | qr stalled scanned keyReq keyGiven keyCode keyFail sync auth usable lacking ready TIMEOUT CONNECTED pageError crash openFail noChrome unlinked lost loggedOut
st   qu    .    qu      lo     .      .       .      .      | .  .       .       .      .        .       .       .    .    .      .       .     .       .         .         .     .        .        .        .    .
dr   .     .    .       lo     .      .       .      .      | .  .       .       .      .        .       .       .    .    .      .       .     .       .         .         sp    sp       sp       sp       sp   sp
sp   .     .    .       lo     .      .       .      .      | .  .       .       .      .        .       .       .    .    .      .       .     .       .         .         .     .        .        .        .    .
lo   .     .    .       .      .      .       .      .      | .  .       .       .      .        .       .       .    .    .      .       .     .       .         .         .     .        .        .        .    .
cl   .     dr   .       lo     .      .       .      .      | .  .       .       .      .        .       .       .    .    .      .       .     .       .         .         .     .        .        .        .    .
wa   .     dr   .       lo     .      su      .      .      | .  .       .       .      .        .       .       .    .    .      .       .     .       .         .         .     .        .        .        .    .
su   .     dr   .       lo     .      .       wa     .      | .  .       .       .      .        .       .       .    .    .      .       .     .       .         .         .     .        .        .        .    .
qu   .     dr   .       lo     .      su      .      .      | .  .       .       .      .        .       .       .    .    .      .       .     .       .         .         .     .        .        .        .    .
la   .     dr   .       lo     .      .       .      .      | ns .       sy      .      .        .       .       sy   au   .      .       he    .       .         .         cl    cl       cl       nc       cl   nc
sy   .     dr   .       lo     .      .       .      .      | ns .       .       np     .        .       nx      .    au   .      .       he    .       .         .         cl    cl       cl       nc       cl   nc
au   .     dr   .       lo     .      .       .      .      | ns .       .       .      .        .       .       sy   .    .      .       he    .       .         .         cl    cl       cl       nc       cl   nc
rc   .     dr   cl      lo     .      .       .      .      | ns .       .       .      .        .       .       .    .    .      in      he    .       he        .         cl    cl       cl       nc       cl   nc
rl   .     dr   .       lo     .      .       .      .      | ns .       .       .      .        .       .       .    .    .      .       he    .       .         .         cl    cl       cl       nc       cl   nc
he   .     dr   cl      lo     .      .       .      .      | ns .       .       .      .        .       .       .    .    .      in      .     rc      .         .         rl    cl       cl       nc       cl   nc
pr   .     dr   cl      lo     .      .       .      .      | ns .       .       .      .        .       .       .    .    .      in      .     rc      .         .         rl    cl       cl       nc       cl   nc
nc   .     dr   .       lo     .      .       .      .      | .  .       .       .      .        .       .       .    .    .      .       .     .       .         .         .     .        .        .        .    .
nq   .     dr   .       lo     .      .       .      .      | .  .       .       .      .        .       .       .    .    .      .       .     .       .         .         .     .        .        .        .    .
no   .     dr   .       lo     .      .       .      .      | ns .       sy      .      .        .       .       sy   au   .      .       he    .       .         .         nx    nx       nx       nc       nx   nc
ns   .     dr   nr      lo     .      .       .      .      | .  nr      sy      np     .        .       nx      sy   au   .      .       he    .       .         .         nx    nx       nx       nx       nx   nx
np   .     dr   nr      lo     .      .       .      .      | .  .       sy      .      nf       nf      nx      sy   au   .      .       he    .       .         .         nx    nx       nx       nx       nx   nx
nf   .     dr   nr      lo     .      .       .      .      | .  .       sy      np     .        .       nx      sy   au   .      .       he    .       .         .         nx    nx       nx       nx       nx   nx
nr   .     dr   .       lo     .      .       .      .      | .  .       .       .      .        .       .       .    .    .      .       .     .       .         .         .     .        .        .        .    .
nx   nr    dr   nr      lo     nr     .       .      .      | .  .       .       .      .        .       .       .    .    .      .       .     .       .         .         .     .        .        .        .    .
ne   nq    dr   nq      lo     nq     .       .      .      | .  .       .       .      .        .       .       .    .    .      .       .     .       .         .         .     .        .        .        .    .
co   qu    dr   .       lo     .      .       .      .      | .  .       .       .      .        .       .       .    .    .      .       .     .       .         .         .     .        .        .        .    .
ha   qu    dr   cl      lo     .      .       .      .      | .  .       .       .      .        .       .       .    .    .      .       .     .       .         .         .     .        .        .        .    .
in   rt    dr   cl      lo     .      .       .      rt     | ns .       .       .      .        .       .       .    .    he     .       .     .       .         .         cl    cl       cl       nc       cl   nc
rt   .     dr   cl      lo     .      .       .      .      | ns .       .       .      .        .       .       .    .    .      .       he    .       .         .         cl    cl       cl       nc       cl   nc
`;

/**
 * What ends each wait (`after` a deadline, `done` or `error` of the call that it waits for), and every place where that
 * can lead, whatever the budget, the suspension and the wish of the person are.
 */
const WAITS: Record<Code, Record<string, string>> = {
  st: {},
  dr: { 'done drain': 'sp', 'error drain': 'sp', 'after drainDeadline': 'sp' },
  sp: { 'done close': 'qu st', 'error close': 'qu st', 'after closeDeadline': 'qu st' },
  lo: { 'done logout': 'qu st', 'error logout': 'qu st', 'after logoutDeadline': 'qu st' },
  cl: {
    'done close': 'co ha qu su wa',
    'error close': 'co ha qu su wa',
    'after closeDeadline': 'co ha qu su wa',
  },
  wa: { 'after untilRetry': 'qu' },
  su: { 'after untilRetry': 'qu' },
  qu: { 'done permit': 'la', 'error permit': 'cl', 'after launchWait': 'qu' },
  la: { 'after attemptDeadline': 'cl' },
  sy: { 'after attemptDeadline': 'cl' },
  au: { 'after attemptDeadline': 'cl in' },
  rc: { 'after reconnectGrace': 'cl rc' },
  rl: { 'after reloadDeadline': 'cl', 'error reload': 'cl' },
  he: { 'after probeInterval': 'pr', 'after stableAfter': 'he' },
  pr: {
    'done probe': 'he',
    'error probe': 'cl he',
    'after probeDeadline': 'cl he',
    'after stableAfter': 'pr',
  },
  nc: { 'done close': 'nq', 'error close': 'nq', 'after closeDeadline': 'nq' },
  nq: { 'done permit': 'no', 'error permit': 'ne', 'after launchWait': 'nq' },
  no: { 'after attemptDeadline': 'nx' },
  ns: { 'after qrExpiry': 'nx' },
  np: { 'after passkeyExpiry': 'nx' },
  nf: { 'after passkeyExpiry': 'nx' },
  nr: { 'done close': 'nq', 'error close': 'nq', 'after closeDeadline': 'nq' },
  nx: { 'done close': 'ne', 'error close': 'ne', 'after closeDeadline': 'ne' },
  ne: {},
  co: { 'after untilRetry': 'qu su' },
  ha: {},
  in: { 'after untilRetry': 'rt' },
  rt: { 'after reloadDeadline': 'cl in', 'error reload': 'cl' },
};

const machine = createInstanceMachine(new ScriptedPorts());
const graph = chartGraph();
const placed = (snapshot: InstanceSnapshot) => Object.values(placeOf(snapshot)).join('.');
const representative = (code: Code): InstanceSnapshot => {
  for (const snapshot of graph.nodes.values()) {
    const { wanted, suspension, live, profileCleared } = snapshot.context;
    const stopping = ['st', 'dr', 'sp', 'lo'].includes(code);
    const fits = (suspension === null || code === 'su') && (wanted === 'stopped') === stopping;
    // A profile that was removed right before is not removed again: recovery.test.ts.
    const isFresh = profileCleared && code === 'no';
    if (placed(snapshot) === CODES[code] && fits && !isFresh && (live !== null || code !== 'dr'))
      return snapshot;
  }
  throw new Error(`${CODES[code]} cannot be reached`);
};

const rows = TABLE.trim()
  .split('\n')
  .slice(1)
  .map((line) => line.replace('|', '').trim().split(/\s+/));
const columns: readonly InstanceEvent[] = [
  ...COMMANDS.map((command) =>
    command.type === 'instance.restart' ? { ...command, mode: 'hard' as const } : command,
  ),
  ...DRIVER_EVENTS.map((event) => event as DriverFact),
];

describe('the instance chart', () => {
  it('has a row in the table for each of its places', () => {
    expect(rows.map(([code]) => CODES[code as Code]).sort()).toEqual(Object.values(CODES).sort());
    const places = new Set([...graph.nodes.values()].map(placed));
    expect([...places].sort()).toEqual(Object.values(CODES).sort());
  });

  it.each(rows)('does in %s what the table says', (code, ...cells) => {
    const snapshot = representative(code as Code);
    expect(cells).toHaveLength(columns.length);
    const wrong = columns.flatMap((column, index) => {
      const event = column.type.startsWith('driver.')
        ? ({ ...column, generation: snapshot.context.live ?? snapshot.context.generation } as DriverFact)
        : column;
      const cell = cells[index] as Code | '.';
      const due = cell === '.' ? placed(snapshot) : CODES[cell];
      const [next] = transition(machine, snapshot, event);
      return placed(next) === due
        ? []
        : [`on ${JSON.stringify(event)} it must be ${due} and is ${placed(next)}`];
    });
    expect(wrong).toEqual([]);
  });

  it.each(Object.entries(WAITS))('ends the waits of %s as written, and only so', (code, waits) => {
    const codeOf = (snapshot: InstanceSnapshot) =>
      Object.entries(CODES).find(([, place]) => place === placed(snapshot))?.[0];
    const seen: Record<string, Set<string | undefined>> = {};
    for (const { source, event, target } of graph.edges) {
      if (!event.type.startsWith('xstate.') || placed(source) !== CODES[code as Code]) continue;
      const name = event.type.replace(/^xstate\.(after|done|error)(?:\.actor)?\.(\w+).*$/, '$1 $2');
      seen[name] = (seen[name] ?? new Set()).add(codeOf(target));
    }
    const found = Object.entries(seen).map(([name, targets]) => [name, [...targets].sort().join(' ')]);
    expect(Object.fromEntries(found)).toEqual(waits);
  });
});
