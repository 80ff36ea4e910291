/** Machinery: what all instances of a manager share, built once: the chart, the gate, the stream of facts, the watches. */
import { hostname } from 'node:os';
import { type LifecycleError, messageOf } from '../domain/errors.js';
import { createInstanceMachine } from '../instance/instance-machine.js';
import { type LifecycleOptions, resolveOptions } from '../policy/options.js';
import { type Clock, systemClock } from '../ports/clock.js';
import type { Driver } from '../ports/driver.js';
import type { Store } from '../ports/store.js';
import { messageKeyMaker } from '../queue/message-key.js';
import { AccountWatch } from './account-watch.js';
import { ActionAlerts } from './action-alerts.js';
import { FactStream } from './fact-stream.js';
import { HostWatch, reaches } from './host-watch.js';
import { Inbox } from './inbox.js';
import { Journal } from './journal.js';
import { LaunchGate } from './launch-gate.js';
import { type Log, silentLog } from './log.js';
import type { InstanceDeps, ManagedInstance } from './managed-instance.js';
import type { ManagerOptions } from './manager-options.js';
import { managerPorts } from './manager-ports.js';
import { PageWatch } from './page-watch.js';
import { queueIdMaker } from './queue-id.js';
import { Recipients } from './recipients.js';
import { Restrictions } from './restrictions.js';
import { toldMoves } from './told-moves.js';

const HOUR_MS = 3_600_000;
/** An actor that died is a bug of ours; it is given so long before the next try, so that it cannot spin. */
const REVIVE_AFTER_MS = 5_000;
const STUCK = { code: 'PAGE_HUNG', message: 'The page took a message and has not answered since.' } as const;
/** Facts kept for readers that come back. */
const FACTS_KEPT = 10_000;

export class Machinery {
  readonly options: LifecycleOptions;
  readonly clock: Clock;
  readonly log: Log;
  readonly driver: Driver;
  readonly store: Store;
  readonly stream: FactStream;
  readonly instanceDeps: InstanceDeps;
  readonly gate: LaunchGate;
  /** Null where they are not looked up. */
  readonly recipients: Recipients | null;
  readonly restrictions: Restrictions;
  private readonly inbox: Inbox;
  readonly pages: PageWatch;
  private readonly actions: ActionAlerts;
  private readonly accounts: AccountWatch;
  /** Resolves when nothing can be written any more; never rejects. */
  readonly storeLost: Promise<LifecycleError>;
  private tellStoreLost: (error: LifecycleError) => void = () => {};
  /** Facts about the node itself. */
  private readonly journal: Journal;
  private readonly checkHost: (signal: AbortSignal) => Promise<boolean>;
  private readonly instances: ReadonlyMap<string, ManagedInstance>;
  private watch: HostWatch | null = null;
  private pruning: unknown = null;
  private ended = false;

  constructor(given: ManagerOptions, instances: ReadonlyMap<string, ManagedInstance>) {
    const {
      driver,
      store,
      clock = systemClock,
      nodeId = hostname(),
      log = silentLog,
      observer,
      checkHost,
      ...numbers
    } = given;
    const options = resolveOptions(numbers);
    this.options = options;
    this.clock = clock;
    this.log = log;
    this.driver = driver;
    this.store = store;
    this.instances = instances;
    this.storeLost = new Promise((resolve) => {
      this.tellStoreLost = resolve;
    });
    this.checkHost = checkHost ?? reaches('web.whatsapp.com', 443);
    this.stream = new FactStream(log);
    this.gate = new LaunchGate(options.maxConcurrentLaunches);
    this.recipients = options.resolveRecipients ? new Recipients({ driver, clock, log }) : null;
    const { publish } = this.stream;
    this.journal = new Journal('', { store, clock, log, publish });
    const find = (id: string) => instances.get(id);
    const { gate } = this;
    const inbox = new Inbox({ driver, store, clock, options, log, find });
    this.inbox = inbox;
    const actions = new ActionAlerts({ clock, find });
    this.actions = actions;
    const restrictions = new Restrictions({ clock, find });
    this.restrictions = restrictions;
    const pages = new PageWatch({
      driver,
      clock,
      options,
      log,
      append: (fact) => this.journal.write(null, [fact]),
      changed: (instanceId) => find(instanceId)?.queue.pageChanged(),
      retest: (instanceId) => find(instanceId)?.send({ type: 'recovery.retest' }),
    });
    this.pages = pages;
    const pageSelfTest = () => pages.policy;
    const accounts = new AccountWatch({ clock, append: (fact) => this.journal.write(null, [fact]) });
    this.accounts = accounts;
    this.instanceDeps = {
      machine: createInstanceMachine(
        managerPorts({ driver, clock, options, gate, inbox, actions, restrictions, pageSelfTest, find }),
      ),
      options,
      clock,
      log,
      nodeId,
      store,
      publish,
      queue: {
        store: store.queue,
        driver,
        clock,
        options,
        newId: queueIdMaker(clock),
        off: (instanceId) => pages.off(instanceId),
        pageRefused: (instanceId, capability) => {
          const { live, page } = find(instanceId)?.context ?? {};
          if (live && page) pages.refused({ instanceId, generation: live }, page, capability);
        },
        newMessageKey: messageKeyMaker(clock),
        publish,
        storeFailed: (error) => log.error({ error: messageOf(error) }, 'the queue could not use the store'),
        pageStuck: (instanceId, generation) => find(instanceId)?.lose(generation, STUCK),
        accountSettled: (instanceId, account) => find(instanceId)?.settleAccount(account),
        heldChanged: (instanceId) => accounts.heldChanged(instanceId, find(instanceId)?.queue.held ?? 0),
        foreignAck: (instanceId, { messageId, ack }) => {
          const body = { messageId, queueId: null, ack, metadata: null };
          find(instanceId)?.tell([{ type: 'message.ack', instanceId, at: clock.now(), body }]);
        },
      },
      sawTrouble: (id, code) => this.watch?.sawTrouble(id, code),
      sawReady: (id) => this.watch?.sawReady(id),
      pages,
      ...toldMoves(log, observer),
      accountChanged: (id, before, now) => accounts.accountChanged(id, before, now),
      actorDied: (instance, error) => void this.actorDied(instance, error),
    };
  }

  /** @throws LifecycleError as `Store.open` */
  async openStore(): Promise<void> {
    const { lost } = await this.store.open();
    void lost.then((error) => this.loseStore(error));
  }

  begin(): void {
    const tellAll = (event: Parameters<ManagedInstance['send']>[0]) => {
      for (const instance of this.instances.values()) instance.send(event);
    };
    this.watch = new HostWatch({
      clock: this.clock,
      options: this.options,
      checkHost: this.checkHost,
      suspend: (reason) => tellAll({ type: 'recovery.suspend', reason }),
      resume: () => tellAll({ type: 'recovery.resume' }),
      running: () => [...this.instances.values()].filter((one) => one.context.wanted === 'running').length,
      append: (fact) => this.journal.write(null, [fact]),
    });
    // What was reported before this process: it ends in its time also where no page says so.
    for (const [id, { kept }] of this.instances)
      if (kept.restriction) this.restrictions.heard(id, kept.restriction);
    this.schedulePruning(60_000);
  }

  /** A new instance learns that recovery is suspended. */
  greet(instance: ManagedInstance): void {
    const reason = this.watch?.reason;
    if (reason) queueMicrotask(() => instance.send({ type: 'recovery.suspend', reason }));
  }

  /** The instance is about to be removed: its last facts are durable. @throws LifecycleError STORE_UNAVAILABLE */
  async takeLeave(instance: ManagedInstance): Promise<void> {
    instance.tell(this.restrictions.lifted(instance.id));
    await instance.flush();
  }

  forget({ id, context }: ManagedInstance): void {
    this.watch?.forget(id);
    this.gate.release(id);
    this.inbox.forget(id);
    this.actions.forget(id);
    this.pages.forget(id);
    this.accounts.heldChanged(id, 0);
    this.accounts.accountChanged(id, context.me, null);
  }

  /** Resolves when all that was heard is told, as far as the journals. Never rejects. */
  allTold(): Promise<void> {
    return this.inbox.settled();
  }

  async end(): Promise<void> {
    this.ended = true;
    this.inbox.end();
    this.restrictions.end();
    this.watch?.close();
    this.pages.close();
    this.clock.clearTimeout(this.pruning);
    await this.journal
      .flush()
      .catch((error) => this.log.error({ error: messageOf(error) }, 'the last facts are not kept'));
    this.journal.close();
  }

  private loseStore(error: LifecycleError): void {
    this.log.error(
      { code: error.code, error: error.message },
      'the store is lost to this process: nothing more is written. End the process, or close the manager and open another',
    );
    this.journal.fence(error);
    for (const instance of this.instances.values()) instance.fence(error);
    this.tellStoreLost(error);
  }

  private async actorDied(instance: ManagedInstance, error: unknown): Promise<void> {
    this.log.error(instance.describe(error), 'the actor of an instance died; it is started anew');
    instance.queue.hold();
    this.inbox.closed(instance.id);
    const { closeTimeoutMs: deadlineMs } = this.options;
    await this.driver.close({ instanceId: instance.id, mode: 'kill', deadlineMs }).catch(() => {});
    this.gate.release(instance.id);
    instance.queue.generationClosed(instance.context.generation);
    this.clock.setTimeout(() => {
      if (!this.ended && this.instances.get(instance.id) === instance) instance.revive();
    }, REVIVE_AFTER_MS);
  }

  private schedulePruning(ms: number): void {
    this.pruning = this.clock.setTimeout(() => void this.prune(), ms);
  }

  private async prune(): Promise<void> {
    const now = this.clock.now();
    try {
      await this.store.queue.prune(now - this.options.settledRetentionMs, now);
      await this.store.facts.prune(FACTS_KEPT, this.options.historyLength);
      await this.inbox.prune(now);
    } catch (error) {
      this.log.warn(
        { error: messageOf(error) },
        'old items and facts could not be pruned; it is tried again in an hour',
      );
    }
    if (!this.ended) this.schedulePruning(HOUR_MS);
  }
}
