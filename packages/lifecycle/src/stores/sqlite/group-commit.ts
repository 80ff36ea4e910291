/**
 * Many requests, one commit: a disk that takes 5 ms for each commit still takes thousands of messages a second.
 * Nearly always all of them succeed, so they are done first without a savepoint each, and the epoch is looked at once.
 * When one is refused, all are taken back and done anew with savepoints: a refused write undoes only itself. The commit
 * answers for all.
 */
import { LifecycleError } from '../../domain/errors.js';
import type { CommitGate } from './commit-gate.js';
import type { Database } from './sqlite-database.js';
import { breaksTransaction, faultOf } from './sqlite-fault.js';
import { type Answer, type Fault, READS, type Request, WRITES } from './sqlite-operations.js';

type Operation = (database: Database, ...args: readonly unknown[]) => unknown;

/** A name that nobody knows is a mistake of ours: it ends the thread, and with it everything that waits is told. */
function isWrite({ name }: Request): boolean {
  if (name in WRITES) return true;
  if (name in READS) return false;
  throw new TypeError(`The store has no operation "${name}".`);
}

export class GroupCommit {
  private readonly database: Database;
  private readonly path: string;
  private readonly epoch: number;
  private readonly gate: CommitGate;

  constructor(database: Database, path: string, epoch: number, gate: CommitGate) {
    this.database = database;
    this.path = path;
    this.epoch = epoch;
    this.gate = gate;
  }

  /**
   * Tells the answers after the commit. Requests that were given up have no effect, and at most a refusal for answer.
   * @param tell must hand the answers over before it returns: the gate opens afterwards.
   */
  run(batch: readonly Request[], tell: (answers: readonly Answer[]) => void): void {
    const round = this.gate.round;
    const asked = batch.filter((request) => request.round === round);
    if (asked.length === 0) return;
    const writes = asked.filter(isWrite).length > 0;
    let answers: readonly Answer[];
    try {
      answers = this.performAll(asked, writes);
    } catch (error) {
      tell(this.refuse(asked, error));
      return;
    }
    if (!this.gate.enter(round)) {
      this.rollBack();
      return;
    }
    try {
      this.database.run('COMMIT');
    } catch (error) {
      answers = this.refuse(asked, error);
    }
    tell(answers);
    this.gate.leave(round);
  }

  private refuse(requests: readonly Request[], error: unknown): readonly Answer[] {
    this.rollBack();
    const fault = this.fault(error);
    return requests.map(({ id }) => ({ id, fault }));
  }

  private performAll(requests: readonly Request[], writes: boolean): readonly Answer[] {
    this.begin(writes);
    try {
      // Within the transaction nobody else can write, so what holds for the first write holds for all.
      if (writes) this.checkEpoch();
      return requests.map((request) => ({ id: request.id, value: this.operate(request) }));
    } catch (error) {
      if (breaksTransaction(error)) throw error;
      this.rollBack();
      this.begin(writes);
      return requests.map((request) => this.performAlone(request));
    }
  }

  /** A read must not wait for the right to write, which a full or read-only disk would refuse it. */
  private begin(writes: boolean): void {
    this.database.run(writes ? 'BEGIN IMMEDIATE' : 'BEGIN');
  }

  private operate(request: Request): unknown {
    const operations = (isWrite(request) ? WRITES : READS) as Record<string, Operation>;
    return operations[request.name]?.(this.database, ...request.args);
  }

  private performAlone(request: Request): Answer {
    try {
      return { id: request.id, value: isWrite(request) ? this.writeAlone(request) : this.operate(request) };
    } catch (error) {
      if (breaksTransaction(error)) throw error;
      return { id: request.id, fault: this.fault(error) };
    }
  }

  private writeAlone(request: Request): unknown {
    this.database.run('SAVEPOINT request');
    try {
      this.checkEpoch();
      const value = this.operate(request);
      this.database.run('RELEASE request');
      return value;
    } catch (error) {
      if (!breaksTransaction(error)) {
        this.database.run('ROLLBACK TO request');
        this.database.run('RELEASE request');
      }
      throw error;
    }
  }

  private checkEpoch(): void {
    const current = Number(this.database.get('SELECT epoch FROM owner')?.epoch);
    if (current === this.epoch) return;
    throw new LifecycleError('STORE_LOCKED', {
      message: `Another owner has opened ${this.path} (epoch ${current}; this one is ${this.epoch}). Open it again.`,
      details: { epoch: this.epoch, current },
    });
  }

  private rollBack(): void {
    try {
      this.database.run('ROLLBACK');
    } catch {
      // SQLite rolls back by itself when the disk is full or fails: there is no transaction left then.
    }
  }

  private fault(error: unknown): Fault {
    const { code, message, details } = faultOf(error, this.path);
    return { code, message, details };
  }
}
