/**
 * InstanceManager: the one class with a Map. It creates an actor for each instance, restores them at boot, drains them
 * at the end, and is what embedders and the server talk to.
 */
import type { Chat, NumberLookup } from '../domain/directory.js';
import type { Fact } from '../domain/fact.js';
import { parseInstanceId } from '../domain/instance-id.js';
import type { InstanceRecord } from '../domain/instance-record.js';
import type { InstanceState, Rung } from '../domain/instance-state.js';
import type { ItemContent, ListedItem, QueueItem } from '../domain/message.js';
import type { Receipt } from '../domain/receipt.js';
import type { InstanceCommand } from '../instance/instance-events.js';
import type { InstanceView, QrView } from '../instance/instance-view.js';
import type { LifecycleOptions } from '../policy/options.js';
import { adoptProfile } from './adopted-profile.js';
import { type Census, takeCensus } from './census.js';
import { type ChatsQuery, chatsPage, lookUpNumber } from './directory.js';
import { endManager, removeInstance } from './ending.js';
import { checkedExpectation } from './expected-account.js';
import { historyPage } from './history-page.js';
import { listInstances } from './instance-list.js';
import { type ReadyOptions, untilReady, untilStopped, type WaitOptions, waitFor } from './instance-waits.js';
import { keptInstances, type QueueCounts, recordOf } from './kept-instances.js';
import { Machinery } from './machinery.js';
import { ManagedInstance } from './managed-instance.js';
import type {
  ChangeOptions,
  CreateOptions,
  HistoryQuery,
  InstancePage,
  ListQuery,
  ManagerOptions,
  Page,
  QueueQuery,
  SendOptions,
  SubscribeFilter,
} from './manager-options.js';
import { fetchMedia, type MessageMedia } from './message-media.js';
import { markChatRead, reactTo } from './page-acts.js';
import { askPage, PAGE_DEADLINE_MS, phoneDigits } from './page-questions.js';
import type { PageRules } from './page-watch.js';
import { currentCode, submitPasskey } from './pairing.js';
import { requestPairingCode } from './pairing-code.js';
import { exists, notFound, shuttingDown } from './refusals.js';
import { budgetUsedUp } from './restart-refusal.js';
import { foresee, type SendingDeps, send } from './sending.js';

export class InstanceManager {
  readonly options: LifecycleOptions;
  /** Resolves when this process can never write to its store again: end it, or open another manager. */
  readonly storeLost: Machinery['storeLost'];
  /** What failed probes of WhatsApp's page lead to. */
  readonly pages: PageRules;
  private readonly instances = new Map<string, ManagedInstance>();
  private readonly machinery: Machinery;
  /** Being removed: they are not found any more, so that nothing new is stored of them. */
  private readonly removing = new Set<string>();
  private closing: Promise<void> | null = null;
  private opened = false;

  /**
   * Opens the store, restores every instance and starts those that are wanted, behind the launch gate.
   * @throws LifecycleError INVALID_INPUT, STORE_LOCKED, STORE_SCHEMA, STORE_UNAVAILABLE
   */
  static async open(options: ManagerOptions): Promise<InstanceManager> {
    const manager = new InstanceManager(options);
    const { store } = manager.machinery;
    await manager.machinery.openStore();
    try {
      for (const { record, counts } of await keptInstances(store)) manager.adoptRecord(record, counts);
      manager.machinery.begin();
      for (const instance of manager.instances.values()) instance.begin();
    } catch (error) {
      await store.close();
      throw error;
    }
    manager.opened = true;
    return manager;
  }

  private constructor(options: ManagerOptions) {
    this.machinery = new Machinery(options, this.instances);
    this.options = this.machinery.options;
    this.storeLost = this.machinery.storeLost;
    this.pages = this.machinery.pages;
  }

  /** True from the end of `open` until `close` begins. */
  get accepting(): boolean {
    return this.opened && this.closing === null;
  }

  /** @throws LifecycleError INSTANCE_EXISTS, INVALID_INPUT, STORE_UNAVAILABLE, SHUTTING_DOWN */
  async create(options: CreateOptions): Promise<InstanceView> {
    return this.begin(await this.keep(options, false));
  }

  /**
   * `create` over a profile that somebody has already: it is copied, never moved.
   * @throws LifecycleError as `create`, PROFILE_IN_USE, PROFILE_NOT_FOUND
   */
  async adopt({ source, ...options }: CreateOptions & { readonly source: string }): Promise<InstanceView> {
    this.refuseWhileClosing();
    const id = parseInstanceId(options.id);
    this.refuseExisting(id);
    const { driver } = this.machinery;
    return this.begin(await adoptProfile(driver, { id, source }, () => this.keep(options, true)));
  }

  /** @throws LifecycleError INSTANCE_NOT_FOUND, as everything that names an instance */
  get(id: string): InstanceView {
    return this.find(id).view;
  }

  /** @throws LifecycleError INVALID_INPUT */
  list(query: ListQuery = {}): InstancePage {
    return listInstances(this.instances.values(), query);
  }

  /** All instances counted, in one pass; `each` is called for every one on the way. */
  census(each?: (id: string, state: InstanceState) => void): Census {
    return takeCensus(this.instances.values(), this.machinery.gate, this.machinery.pages, each);
  }

  /** A new proxy is used from the next launch on. @throws LifecycleError INVALID_INPUT, STORE_UNAVAILABLE */
  async update(id: string, change: ChangeOptions): Promise<InstanceView> {
    const instance = this.find(id);
    instance.configure(checkedExpectation(change, instance));
    await instance.flush();
    return instance.view;
  }

  /** Stops it and removes its record, queue, history and profile. @throws LifecycleError STORE_UNAVAILABLE, TIMEOUT */
  async remove(id: string): Promise<void> {
    const instance = this.find(id);
    await this.stop(id);
    await untilStopped(instance, this.machinery);
    // Somebody else may have removed it meanwhile, and given its name to another.
    if (this.find(id) !== instance) throw notFound(id);
    this.removing.add(id);
    try {
      await this.machinery.takeLeave(instance);
      await removeInstance(instance, this.machinery);
      this.instances.delete(id);
      this.machinery.forget(instance);
    } finally {
      this.removing.delete(id);
    }
  }

  /** Idempotent. @throws LifecycleError STORE_UNAVAILABLE, SHUTTING_DOWN (as stop, restart and logout) */
  start(id: string): Promise<InstanceView> {
    return this.command(id, { type: 'instance.start' });
  }

  stop(id: string): Promise<InstanceView> {
    return this.command(id, { type: 'instance.stop' });
  }

  /** Joins one that runs. @throws LifecycleError RESTART_BUDGET_USED_UP with details.retryAt; nothing has changed then */
  async restart(id: string, { mode }: { readonly mode?: Rung } = {}): Promise<InstanceView> {
    const command: InstanceCommand = { type: 'instance.restart', ...(mode && { mode }) };
    const instance = this.find(id);
    if (!instance.can(command)) throw budgetUsedUp(instance, this.machinery);
    return this.command(id, command);
  }

  logout(id: string): Promise<InstanceView> {
    return this.command(id, { type: 'instance.logout' });
  }

  /** Resolves when nothing is under way (ready, needs_qr, stopped, cooling, halted) or at the timeout. */
  async whenSettled(
    id: string,
    { timeoutMs = this.options.readyTimeoutMs, signal }: WaitOptions = {},
  ): Promise<InstanceView> {
    const instance = this.find(id);
    const settled = () => (instance.isSettled ? instance.view : undefined);
    return waitFor(instance, this.machinery.clock, { timeoutMs, signal }, settled, () => instance.view);
  }

  /** At once when ready. @throws LifecycleError NEEDS_QR, INSTANCE_STOPPED, INSTANCE_ERROR at once; TIMEOUT */
  async whenReady(id: string, options: ReadyOptions = {}): Promise<InstanceView> {
    return untilReady(this.find(id), this.machinery, options);
  }

  /**
   * The code to scan. Codes that have expired are asked for again, and waited for up to the timeout (0 by default).
   * @throws LifecycleError NO_QR with the reason when none is shown; TIMEOUT when it was waited for and may still come
   */
  async qr(id: string, options: WaitOptions = {}): Promise<QrView> {
    const instance = this.find(id);
    if (!this.closing) instance.send({ type: 'instance.showQr' });
    return currentCode(instance, this.machinery, options);
  }

  /** A code for "link with phone number". @throws LifecycleError NO_QR, NUMBER_ALREADY_LINKED, INVALID_INPUT, INSTANCE_NOT_READY, TIMEOUT */
  async requestPairingCode(
    id: string,
    phoneNumber: string,
    { timeoutMs: deadlineMs = PAGE_DEADLINE_MS, signal }: WaitOptions = {},
  ): Promise<string> {
    const shown = () => this.qr(id, { timeoutMs: deadlineMs, ...(signal && { signal }) });
    const { driver } = this.machinery;
    const deps = { driver, instances: this.instances };
    return requestPairingCode(this.find(id), deps, { phoneNumber, deadlineMs, shown });
  }

  /** Gives the assertion that WhatsApp asks for at a link; nothing keeps it. @throws LifecycleError NO_PASSKEY, INVALID_INPUT, TIMEOUT */
  async submitPasskey(id: string, assertion: unknown, options: WaitOptions = {}): Promise<InstanceView> {
    this.refuseWhileClosing();
    return submitPasskey(this.find(id), this.machinery, assertion, options);
  }

  /** The file of a message. @throws LifecycleError INSTANCE_NOT_READY, MESSAGE_NOT_FOUND, MEDIA_NOT_FOUND, MEDIA_TOO_LARGE, TIMEOUT */
  async fetchMedia(id: string, messageId: string, options: WaitOptions = {}): Promise<MessageMedia> {
    return fetchMedia(this.find(id), this.machinery, messageId, options);
  }

  /** A PNG of the page. @throws LifecycleError INSTANCE_NOT_READY, TIMEOUT */
  async screenshot(
    id: string,
    { timeoutMs: deadlineMs = PAGE_DEADLINE_MS }: WaitOptions = {},
  ): Promise<Uint8Array> {
    return askPage(this.find(id), 'The page gave no picture', (ref) =>
      this.machinery.driver.screenshot({ ...ref, deadlineMs }),
    );
  }

  /** Asks WhatsApp each time. @throws LifecycleError INVALID_INPUT, LOOKUP_FAILED, TIMEOUT, INSTANCE_NOT_READY, as `whenReady` */
  async lookUpNumber(
    id: string,
    phoneNumber: string,
    { timeoutMs = PAGE_DEADLINE_MS }: WaitOptions = {},
  ): Promise<NumberLookup> {
    const request = { phoneNumber: phoneDigits(phoneNumber), deadlineMs: timeoutMs };
    return lookUpNumber(this.find(id), this.machinery, request);
  }

  /** The account's chats, newest first. @throws LifecycleError as `lookUpNumber` */
  async chats(
    id: string,
    { timeoutMs = PAGE_DEADLINE_MS, ...query }: ChatsQuery & WaitOptions = {},
  ): Promise<Page<Chat>> {
    return chatsPage(this.find(id), this.machinery.driver, query, timeoutMs);
  }

  /**
   * Reacts to a message; an empty emoji takes the reaction back.
   * @throws LifecycleError MESSAGE_NOT_FOUND, INVALID_INPUT, INSTANCE_NOT_READY, TIMEOUT, as `whenReady`
   */
  async react(id: string, messageId: string, emoji: string, options: WaitOptions = {}): Promise<void> {
    return reactTo(this.find(id), this.machinery.driver, { ...options, messageId, emoji });
  }

  /** Marks a chat as read; nothing else ever does. @throws LifecycleError CHAT_NOT_FOUND, and as `react` */
  async markRead(id: string, chat: string, options: WaitOptions = {}): Promise<void> {
    return markChatRead(this.find(id), this.machinery.driver, { ...options, chat });
  }

  /**
   * Every valid body to an existing instance gets a receipt; a refusal is one with status `failed` and an errorCode.
   * @throws LifecycleError INSTANCE_NOT_FOUND, INVALID_INPUT, RECIPIENT_INVALID, IDEMPOTENCY_MISMATCH
   */
  async send(id: string, content: ItemContent, options: SendOptions = {}): Promise<Receipt> {
    return send(content, options, this.sending(id));
  }

  /**
   * What `send` would answer now whatever its content: the receipt of the send that the idempotency key stands for, or
   * the refusal of the state. Null when the content decides. For whom it costs something to make the content.
   * @throws LifecycleError INSTANCE_NOT_FOUND, INVALID_INPUT, IDEMPOTENCY_MISMATCH
   */
  async foresee(id: string, options: SendOptions & { readonly requested: unknown }): Promise<Receipt | null> {
    return foresee(options, this.sending(id));
  }

  /** When a queue that is full may have room, in milliseconds. */
  retryAfterMs(id: string): number {
    return this.find(id).queue.retryAfterMs;
  }

  /** In the order of acceptance, media by their size alone. @throws LifecycleError INVALID_INPUT, STORE_UNAVAILABLE */
  async queue(id: string, query: QueueQuery = {}): Promise<Page<ListedItem>> {
    return this.find(id).queue.list(query);
  }

  /** @throws LifecycleError QUEUE_ITEM_NOT_FOUND, STORE_UNAVAILABLE */
  async queueItem(id: string, queueId: string): Promise<QueueItem> {
    return this.find(id).queue.get(queueId);
  }

  /** @throws LifecycleError QUEUE_ITEM_NOT_FOUND, QUEUE_ITEM_SETTLED, STORE_UNAVAILABLE */
  async cancel(id: string, queueId: string): Promise<QueueItem> {
    return this.find(id).queue.cancel(queueId);
  }

  /**
   * Sends what is held, all of it or these items, in the name of the account that is known now. Returns how many were held.
   * @throws LifecycleError QUEUE_ITEM_NOT_FOUND, STORE_UNAVAILABLE, as `dropHeld`, which cancels it
   */
  async releaseHeld(id: string, queueIds?: readonly string[]): Promise<number> {
    const { queue, accountKey } = this.find(id);
    return queue.release(accountKey, queueIds);
  }

  async dropHeld(id: string, queueIds?: readonly string[]): Promise<number> {
    return this.find(id).queue.drop(queueIds);
  }

  /** A person's word on an `uncertain` item. @throws LifecycleError as `cancel` */
  async resolve(id: string, queueId: string, as: 'sent' | 'resend' | 'failed'): Promise<QueueItem> {
    return this.find(id).queue.resolve(queueId, as);
  }

  /** State changes with their causes, newest first. @throws LifecycleError INVALID_INPUT, STORE_UNAVAILABLE */
  async history(id: string, query: HistoryQuery = {}): Promise<Page<Fact>> {
    this.find(id);
    return historyPage(this.machinery.store.facts, id, query);
  }

  /** Hears every fact after it is durable. Returns what unsubscribes. A listener that throws is logged, not followed. */
  subscribe(listener: (fact: Fact) => void, filter: SubscribeFilter = {}): () => void {
    return this.machinery.stream.subscribe(listener, filter);
  }

  /** For whoever writes to the same store: subscribers hear these facts, which are durable already. */
  publish(facts: readonly Fact[]): void {
    this.machinery.stream.publish(facts);
  }

  /** Resolves when the store can write. @throws LifecycleError STORE_UNAVAILABLE */
  checkStore(): Promise<void> {
    return this.machinery.store.check();
  }

  /**
   * Lets items in flight settle (drainTimeoutMs), closes the browsers so that profiles are flushed, and closes the
   * store. What people want stays as it is: the next `open` goes on from there. Idempotent.
   */
  close(): Promise<void> {
    this.closing ??= endManager([...this.instances.values()], this.machinery);
    return this.closing;
  }

  /** @param counts of its queue; none for an instance that is made now */
  private adoptRecord(record: InstanceRecord, counts?: QueueCounts): ManagedInstance {
    const instance = new ManagedInstance(record, counts ?? null, this.machinery.instanceDeps);
    this.instances.set(record.id, instance);
    return instance;
  }

  /** Makes a new instance durable. */
  private async keep(options: CreateOptions, paired: boolean): Promise<InstanceRecord> {
    this.refuseWhileClosing();
    const record = recordOf(options, { now: this.machinery.clock.now(), paired });
    this.refuseExisting(record.id);
    this.machinery.stream.publish(await this.machinery.store.instances.insert(record, []));
    return record;
  }

  private begin(record: InstanceRecord): InstanceView {
    this.refuseWhileClosing();
    const instance = this.adoptRecord(record);
    this.machinery.greet(instance);
    instance.begin();
    return instance.view;
  }

  private async command(id: string, command: InstanceCommand): Promise<InstanceView> {
    this.refuseWhileClosing();
    const instance = this.find(id);
    instance.send(command);
    await instance.flush();
    return instance.view;
  }

  private find(id: string): ManagedInstance {
    const instance = this.instances.get(id);
    if (instance && !this.removing.has(id)) return instance;
    throw notFound(id);
  }

  private sending(id: string): SendingDeps {
    return {
      options: this.options,
      recipients: this.machinery.recipients,
      find: () => this.find(id),
      isClosing: () => this.closing !== null,
    };
  }

  private refuseExisting(id: string): void {
    if (this.instances.has(id)) throw exists(id);
  }

  private refuseWhileClosing(): void {
    if (this.closing) throw shuttingDown();
  }
}
