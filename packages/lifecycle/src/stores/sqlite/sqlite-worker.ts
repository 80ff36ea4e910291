/**
 * The thread that owns the connection and the lock. It takes what has come meanwhile, until that is BATCH requests, as one
 * transaction. Only the channel (sqlite-channel.ts) talks to it.
 */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { type MessagePort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { CommitGate } from './commit-gate.js';
import { GroupCommit } from './group-commit.js';
import { refuseNetworkDisk } from './network-disk.js';
import { Database } from './sqlite-database.js';
import { faultOf } from './sqlite-fault.js';
import { takeLock } from './sqlite-lock.js';
import type { Answer, Fault, Request } from './sqlite-operations.js';
import { migrate } from './sqlite-schema.js';
import { WorkSwitch } from './work-switch.js';

export interface WorkerInput {
  readonly path: string;
  readonly gate: SharedArrayBuffer;
  readonly workSwitch: SharedArrayBuffer;
  readonly port: MessagePort;
}
/** `close` comes last: what was asked before it is done before it. */
export type ToWorker = readonly Request[] | 'close';
export type FromWorker =
  | { readonly opened: { readonly epoch: number } }
  | { readonly failed: Fault }
  | { readonly answers: readonly Answer[] };

/** Enough to share the disk among many; few enough that nobody waits long for the others. */
const BATCH = 256;

/**
 * A commit is on the disk when it returns (FULL). The WAL is folded in every 4000 pages: seldom enough to not be felt.
 * 16 MiB of pages stay in memory: those that every write touches are not read again.
 */
const SETTINGS = [
  'PRAGMA busy_timeout = 5000',
  'PRAGMA journal_mode = WAL',
  'PRAGMA synchronous = FULL',
  'PRAGMA wal_autocheckpoint = 4000',
  'PRAGMA cache_size = -16384',
  'PRAGMA foreign_keys = ON',
];

/** For its owner alone, where it is new: messages lie in it, and secrets. SQLite gives the files beside it the same mode. */
function makeFile(path: string): void {
  try {
    closeSync(openSync(path, 'a', 0o600));
  } catch {
    // SQLite meets the same, and its words are the ones that are known.
  }
}

function open(path: string): { database: Database; epoch: number; close: () => void } {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  refuseNetworkDisk(path);
  const giveLockUp = takeLock(path);
  let database: Database | undefined;
  try {
    makeFile(path);
    database = new Database(path);
    for (const setting of SETTINGS) database.exec(setting);
    migrate(database, path);
    const epoch = Number(database.get('UPDATE owner SET epoch = epoch + 1 RETURNING epoch')?.epoch);
    return {
      database,
      epoch,
      close: () => {
        database?.close();
        giveLockUp();
      },
    };
  } catch (error) {
    database?.close();
    giveLockUp();
    throw error;
  }
}

function serve({ path, gate, workSwitch: shared, port }: WorkerInput): void {
  const workSwitch = new WorkSwitch(shared);
  const say = (message: FromWorker) => port.postMessage(message);
  if (!workSwitch.begin()) {
    port.close();
    return;
  }
  let store: ReturnType<typeof open>;
  try {
    store = open(path);
  } catch (error) {
    const { code, message, details } = faultOf(error, path);
    say({ failed: { code, message, details } });
    port.close();
    return;
  } finally {
    workSwitch.rest();
  }
  const group = new GroupCommit(store.database, path, store.epoch, new CommitGate(gate));
  const tell = (answers: readonly Answer[]) => say({ answers });
  port.on('message', (first: ToWorker) => {
    if (!workSwitch.begin()) return;
    const batch: Request[] = [];
    let next: ToWorker | undefined = first;
    for (; next !== undefined && next !== 'close'; next = batch.length < BATCH ? nextOf(port) : undefined) {
      batch.push(...next);
    }
    if (batch.length > 0) group.run(batch, tell);
    workSwitch.rest();
    if (next === 'close' || workSwitch.isStopped) port.close();
  });
  // Closed from here, or by the other side that has given this thread up.
  port.once('close', () => {
    workSwitch.hold();
    store.close();
    workSwitch.rest();
  });
  say({ opened: { epoch: store.epoch } });
}

const nextOf = (port: MessagePort): ToWorker | undefined =>
  (receiveMessageOnPort(port) as { message: ToWorker } | undefined)?.message;

serve(workerData as WorkerInput);
