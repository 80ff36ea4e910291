/**
 * ManagedInstance: one instance as the manager holds it: the actor of its chart, its queue and its journal. It turns
 * what the actor does into records and facts.
 */
import { createActor } from 'xstate';
import { accountKey, kinshipOf, numberIdentity } from '../domain/account.js';
import { type LifecycleError, messageOf } from '../domain/errors.js';
import type { FactDraft } from '../domain/fact.js';
import type { InstanceRecord } from '../domain/instance-record.js';
import type { AccountIdentity, InstanceState } from '../domain/instance-state.js';
import type { PageCapability } from '../domain/page-report.js';
import type { InstanceCommand } from '../instance/instance-events.js';
import type { InstanceActor, InstanceMachine, InstanceSnapshot } from '../instance/instance-machine.js';
import { clampRecord, placeOf, recordAfter } from '../instance/instance-record.js';
import { type InstanceView, passkeyView } from '../instance/instance-view.js';
import type { LifecycleOptions } from '../policy/options.js';
import { restartsInWindow } from '../policy/restart-window.js';
import type { Clock } from '../ports/clock.js';
import type { DriverFailure, FailureCode } from '../ports/driver.js';
import { OutboundQueue } from '../queue/outbound-queue.js';
import type { QueueDeps } from '../queue/queue-deps.js';
import { Journal, type JournalDeps } from './journal.js';
import type { QueueCounts } from './kept-instances.js';
import type { Log } from './log.js';
import { causeOf, type Trigger } from './move-cause.js';
import type { Move, Place, Restart } from './observer.js';
import { type PageWatch, pageView } from './page-watch.js';
import { passkeyFacts } from './passkey-facts.js';
import { standing } from './restrictions.js';
import { stateFact } from './state-fact.js';

/** Shared by all instances of a manager. */
export interface InstanceDeps extends JournalDeps {
  readonly machine: InstanceMachine;
  readonly options: LifecycleOptions;
  readonly clock: Clock;
  readonly log: Log;
  readonly nodeId: string;
  readonly queue: QueueDeps;
  readonly sawTrouble: (instanceId: string, code: FailureCode | 'RECONNECTING') => void;
  readonly sawReady: (instanceId: string) => void;
  readonly pages: PageWatch;
  /** Told to whoever measures; it never throws. */
  readonly moved: (move: Move) => void;
  readonly restarted: (restart: Restart) => void;
  /** The instance is paired with another account than before, or with none. */
  readonly accountChanged: (
    instanceId: string,
    before: AccountIdentity | null,
    now: AccountIdentity | null,
  ) => void;
  /** The actor itself failed, which is a fault of wakeeper: everything of the instance must be ended. */
  readonly actorDied: (instance: ManagedInstance, error: unknown) => void;
}

export class ManagedInstance {
  readonly id: string;
  readonly queue: OutboundQueue;
  private readonly journal: Journal;
  private readonly deps: InstanceDeps;
  private actor: InstanceActor;
  private record: InstanceRecord;
  private snapshot: InstanceSnapshot;
  private waiters: Set<() => void> | null = null;
  /** Since when in this place, which a state may have many of. */
  private placeSince: number;
  private trigger: Trigger | null;
  private cause: string | null = null;
  /** @param kept what its queue has; null for an instance that is made now */
  constructor(record: InstanceRecord, kept: QueueCounts | null, deps: InstanceDeps) {
    const restored = kept !== null;
    const { windowMinutes } = deps.options;
    this.id = record.id;
    this.deps = deps;
    this.record = clampRecord(record, deps.clock.now(), windowMinutes * 60_000);
    this.placeSince = this.record.since;
    this.trigger = restored ? 'boot' : 'create';
    this.queue = new OutboundQueue(record.id, deps.queue, kept?.depth ?? 0, kept?.held ?? 0);
    this.journal = new Journal(record.id, deps);
    this.actor = this.createActor(restored);
    this.snapshot = this.actor.getSnapshot();
  }

  /** The chart begins to run. Apart from the constructor, so that the ports can find the instance. */
  begin(): void {
    this.actor.start();
    this.deps.accountChanged(this.id, null, this.snapshot.context.me);
    if (this.queue.held > 0) this.deps.queue.heldChanged?.(this.id);
    this.observe(this.actor.getSnapshot());
    this.trigger = null;
  }

  send(command: InstanceCommand): void {
    this.trigger = command.type;
    try {
      this.actor.send(command);
    } finally {
      this.trigger = null;
    }
  }

  /** As if the driver had said it: nothing that the generation does can be relied on any more. */
  lose(generation: number, failure: DriverFailure): void {
    this.actor.send({ type: 'driver.lost', generation, failure });
  }

  /** Whether the chart would act on the command now. */
  can(command: InstanceCommand): boolean {
    return this.snapshot.can(command);
  }

  get labels(): InstanceRecord['labels'] {
    return this.record.labels;
  }
  get proxy(): string | null {
    return this.record.proxy;
  }
  /** What the store has of it, or is being given. */
  get kept(): InstanceRecord {
    return this.record;
  }
  /** For whom what is accepted now is accepted; null while no account was ever known. */
  get accountKey(): string | null {
    const { account } = this.snapshot.context;
    return account && accountKey(account);
  }
  /** An account is expected, and it is not known that it is this one. */
  get isUnproved(): boolean {
    const { me } = this.snapshot.context;
    const { expectedAccount } = this.record;
    if (expectedAccount === null) return false;
    return me === null || kinshipOf(numberIdentity(expectedAccount), me) !== 'same';
  }
  get state(): InstanceState {
    return placeOf(this.snapshot).state;
  }
  get detail(): string {
    return placeOf(this.snapshot).detail;
  }
  /** Restarts that count against the budget now. */
  get restartsUsed(): number {
    const { restarts } = this.snapshot.context;
    if (restarts.length === 0) return 0;
    const { clock, options } = this.deps;
    return restartsInWindow(restarts, clock.now(), options.windowMinutes * 60_000).length;
  }
  get isSettled(): boolean {
    return this.snapshot.hasTag('settled');
  }
  /** The generation whose page can be asked, or null. */
  get live(): number | null {
    return this.snapshot.context.live;
  }
  get context(): InstanceSnapshot['context'] {
    return this.snapshot.context;
  }

  get view(): InstanceView {
    const { context } = this.snapshot;
    const { state, detail } = placeOf(this.snapshot);
    const { maxRestartsPerWindow: max, windowMinutes } = this.deps.options;
    return {
      id: this.id,
      state,
      detail,
      wanted: context.wanted,
      since: this.record.since,
      reason: context.reason,
      retryAt: context.retryAt,
      lastError: context.lastError,
      restarts: { used: this.restartsUsed, max, windowMinutes },
      queueDepth: this.queue.depth,
      heldCount: this.queue.held,
      me: context.me,
      page: context.page && pageView(context.page, this.off),
      restriction: standing(this.record.restriction, this.deps.clock.now()),
      account: context.account,
      expectedAccount: this.record.expectedAccount,
      passkey: passkeyView(context.passkey, detail),
      labels: this.record.labels,
      node: this.deps.nodeId,
      createdAt: this.record.createdAt,
    };
  }

  /** What its page cannot be asked for now. */
  get off(): readonly PageCapability[] {
    return this.deps.pages.off(this.id);
  }

  configure(change: Partial<Omit<InstanceRecord, 'id'>>, facts: readonly FactDraft[] = []): void {
    this.record = { ...this.record, ...change };
    this.journal.write(this.record, facts);
  }

  /** The page is ready, and it is this account's. */
  pairedWith(account: AccountIdentity, generation: number): void {
    this.queue.open(generation, { account, former: this.record.account });
  }

  /**
   * What waited for another account is held. The record names this one only from now on: a process that was killed before
   * holds the rest as soon as the account is ready again.
   */
  settleAccount(account: AccountIdentity): void {
    const previous = this.record.account;
    if (previous && JSON.stringify(previous) === JSON.stringify(account)) return;
    this.record = { ...this.record, account };
    const isOther = previous !== null && kinshipOf(previous, account) === 'other';
    const at = this.deps.clock.now();
    const body = previous && { previous, account, held: this.queue.held };
    this.journal.write(
      this.record,
      isOther && body ? [{ type: 'account.changed', instanceId: this.id, at, body }] : [],
    );
  }

  /** All that came is reported. */
  caughtUp(): void {
    if (this.record.isBehind) this.configure({ isBehind: false });
  }

  tell(facts: readonly FactDraft[]): void {
    this.journal.write(null, facts);
  }

  /** Resolves when what happened so far is durable. @throws LifecycleError STORE_UNAVAILABLE */
  flush(): Promise<void> {
    return this.journal.flush();
  }

  /** Called after every change of the chart, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.waiters ??= new Set();
    this.waiters.add(listener);
    return () => {
      this.waiters?.delete(listener);
      if (this.waiters?.size === 0) this.waiters = null;
    };
  }

  /** Why nobody may wait any longer, or null. */
  interrupted: LifecycleError | null = null;

  /** Ends every wait for a change, with this reason. */
  interrupt(reason: LifecycleError): void {
    this.interrupted = reason;
    this.wake();
  }

  /** Ends the actor and the queue; the record stays as it is, so that a restart goes on from it. */
  end(): void {
    this.actor.stop();
    this.queue.close();
    this.wake();
  }

  /** Nothing more can be written, and every flush says why. */
  fence(error: LifecycleError): void {
    this.journal.fence(error);
  }

  /** After the last flush nothing more may be written. */
  closeJournal(): void {
    this.journal.close();
  }

  /** A new actor over the record, in place of one that died. */
  revive(): void {
    this.actor.stop();
    this.actor = this.createActor(true);
    this.trigger = 'revive';
    this.begin();
  }

  private createActor(restored: boolean): InstanceActor {
    const { machine, options, clock } = this.deps;
    const actor = createActor(machine, { input: { record: this.record, options, restored }, clock });
    // The observer of errors comes first and is the only one: without it an error would end the process. The instance
    // observes by itself: closures made for each of ten thousand add up.
    actor.subscribe(this);
    return actor;
  }

  /** The actor's observer. */
  next(snapshot: InstanceSnapshot): void {
    this.observe(snapshot);
  }

  /** The actor's observer. */
  error(error: unknown): void {
    this.deps.actorDied(this, error);
  }

  private observe(snapshot: InstanceSnapshot): void {
    const before = this.snapshot.context;
    const { context } = snapshot;
    this.snapshot = snapshot;
    const facts: FactDraft[] = [];
    const at = this.deps.clock.now();
    const failure = context.lastError === before.lastError ? null : (context.lastError?.code ?? null);
    const moved = this.recordMove(snapshot, at, failure, facts);
    if (context.generation !== before.generation && context.restarts !== before.restarts)
      this.deps.restarted({ instanceId: this.id, rung: context.rung, cause: this.cause });
    if (context.qr !== null && context.qr !== before.qr)
      facts.push({
        type: 'instance.qr',
        instanceId: this.id,
        at,
        body: {
          qr: context.qr,
          pairingCode: null,
          issuedAt: context.qrIssuedAt ?? at,
          expiresAt: context.qrUntil,
        },
      });
    facts.push(...passkeyFacts(this.id, at, before, context));
    const kept =
      before.paired !== context.paired ||
      before.me !== context.me ||
      before.restarts !== context.restarts ||
      before.attempts !== context.attempts;
    if (moved || kept || facts.length) this.journal.write(moved || kept ? this.record : null, facts);
    if (before.me !== context.me) this.deps.accountChanged(this.id, before.me, context.me);
    const isStopped = context.wanted === 'stopped' && before.wanted !== 'stopped';
    if (context.page !== before.page || isStopped) this.pageChanged(context);
    // A page that was tested and found incompatible is watched by its report.
    const isTested = context.lastError?.code === 'INCOMPATIBLE_PAGE' && context.page !== null;
    if (context.lastError !== before.lastError && context.lastError && !isTested)
      this.deps.sawTrouble(this.id, context.lastError.code as FailureCode);
    this.wake();
  }

  private pageChanged({ page, live, wanted }: InstanceSnapshot['context']): void {
    if (page && live !== null) this.deps.pages.tested(this.id, live, page);
    else if (wanted === 'stopped') this.deps.pages.forget(this.id);
    else this.deps.pages.closed(this.id);
  }

  /** True when the record has changed; probes are the chart's own business and no news. */
  private recordMove(
    snapshot: InstanceSnapshot,
    at: number,
    failure: string | null,
    facts: FactDraft[],
  ): boolean {
    const { context } = snapshot;
    const { state, detail: substate } = placeOf(snapshot);
    const detail = substate === 'probing' ? 'healthy' : substate;
    const { record } = this;
    const isNews = state !== record.state || detail !== record.detail || context.wanted !== record.wanted;
    this.record = recordAfter(record, snapshot, { state, detail }, at);
    if (!isNews) return false;
    const signs = { trigger: this.trigger, failure, before: this.cause };
    const cause = causeOf(record, { state, detail }, signs);
    facts.push(stateFact(record, { state, detail }, context, { at, cause, isFailure: failure !== null }));
    this.tellMove(record, { state, detail }, context, { at, cause });
    if (state === 'ready' && record.state !== 'ready') this.deps.sawReady(this.id);
    if (detail === 'reconnecting' && record.detail !== detail) this.deps.sawTrouble(this.id, 'RECONNECTING');
    return true;
  }

  private tellMove(
    { state, detail }: Place,
    to: Place,
    { wanted, reason, retryAt, generation }: InstanceSnapshot['context'],
    { at, cause }: { readonly at: number; readonly cause: string | null },
  ): void {
    const from = { state, detail };
    const durationMs = Math.max(0, at - this.placeSince);
    if (state !== to.state || detail !== to.detail) this.placeSince = at;
    this.cause = cause;
    this.deps.moved({
      instanceId: this.id,
      from,
      to,
      wanted,
      cause,
      reason,
      retryAt,
      generation,
      durationMs,
    });
  }

  private wake(): void {
    if (this.waiters) for (const waiter of [...this.waiters]) waiter();
  }

  /** For the log of a death. */
  describe(error: unknown): object {
    return { instanceId: this.id, place: placeOf(this.snapshot), error: messageOf(error) };
  }
}
