/**
 * Many requests, one commit: a disk that takes 5 ms for each commit still takes thousands of messages a second.
 * Each write has its own savepoint, so that a refused one undoes only itself; the commit answers for all.
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
      // A read must not wait for the right to write, which a full or read-only disk would refuse it.
      this.database.run(writes ? 'BEGIN IMMEDIATE' : 'BEGIN');
      answers = asked.map((request) => this.perform(request));
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

  private perform(request: Request): Answer {
    try {
      return { id: request.id, value: isWrite(request) ? this.write(request) : this.read(request) };
    } catch (error) {
      if (breaksTransaction(error)) throw error;
      return { id: request.id, fault: this.fault(error) };
    }
  }

  private read({ name, args }: Request): unknown {
    return (READS as Record<string, Operation>)[name]?.(this.database, ...args);
  }

  private write({ name, args }: Request): unknown {
    this.database.run('SAVEPOINT request');
    try {
      this.checkEpoch();
      const value = (WRITES as Record<string, Operation>)[name]?.(this.database, ...args);
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
