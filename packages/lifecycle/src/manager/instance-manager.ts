/**
 * InstanceManager: the one class with a Map. It creates an actor for each instance, restores them at boot, drains them
 * at the end, and is what embedders and the server talk to.
 */
import type { Fact, FactType } from '../domain/fact.js';
import type { InstanceState } from '../domain/instance-state.js';
import type { ItemContent, ItemStatus, Metadata, QueueItem } from '../domain/message.js';
import type { Receipt } from '../domain/receipt.js';
import type { Rung } from '../domain/instance-state.js';
import type { InstanceView, QrView } from '../instance/instance-view.js';
import type { LifecycleOptions } from '../policy/options.js';
import type { Clock } from '../ports/clock.js';
import type { Driver } from '../ports/driver.js';
import type { Store } from '../ports/store.js';

export interface ManagerOptions extends Partial<LifecycleOptions> {
  readonly driver: Driver;
  readonly store: Store;
  readonly clock?: Clock;
  /** Shown as `node` of every instance; the host's name by default. */
  readonly nodeId?: string;
  /** Whether the host can reach WhatsApp now. By default a TCP connection to web.whatsapp.com:443 is tried. */
  readonly checkHost?: (signal: AbortSignal) => Promise<boolean>;
  readonly log?: Log;
}
/** pino's shape, so that a pino logger can be given as it is. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface CreateOptions {
  readonly id: string;
  /** Start it at once; true by default. */
  readonly start?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
  readonly proxy?: string | null;
}
export interface SendOptions {
  readonly metadata?: Metadata | null;
  readonly ttlMs?: number;
  readonly idempotencyKey?: string;
  /** How long to wait for the outcome while ready with nothing ahead; `sendWaitMs` by default, 0 for none. */
  readonly waitMs?: number;
}
export interface ListQuery {
  readonly state?: InstanceState;
  /** `key` or `key:value`. */
  readonly label?: string;
  readonly node?: string;
  /** 1 to 500, 50 by default. */
  readonly limit?: number;
  /** The `nextCursor` of the page before. */
  readonly cursor?: string;
}
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}
export interface WaitOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export declare class InstanceManager {
  /** Opens the store, restores every instance and starts those that are wanted, behind the launch gate. */
  static open(options: ManagerOptions): Promise<InstanceManager>;
  readonly options: LifecycleOptions;
  /** @throws LifecycleError INSTANCE_EXISTS, INVALID_INPUT, STORE_UNAVAILABLE, SHUTTING_DOWN */
  create(options: CreateOptions): Promise<InstanceView>;
  /** `create` over a profile that somebody has already: copied, never moved. @throws also PROFILE_IN_USE, PROFILE_NOT_FOUND */
  adopt(options: CreateOptions & { readonly source: string }): Promise<InstanceView>;
  /** @throws LifecycleError INSTANCE_NOT_FOUND (as all that name an instance) */
  get(id: string): InstanceView;
  list(query?: ListQuery): Page<InstanceView> & { readonly counts: Readonly<Record<InstanceState, number>> };
  update(id: string, change: { readonly labels?: Readonly<Record<string, string>>; readonly proxy?: string | null }): Promise<InstanceView>;
  /** Stops it, removes its record, queue, history and profile. */
  remove(id: string): Promise<void>;
  start(id: string): Promise<InstanceView>;
  stop(id: string): Promise<InstanceView>;
  /** @throws LifecycleError RESTART_BUDGET_USED_UP with details.retryAt */
  restart(id: string, options?: { readonly mode?: Rung }): Promise<InstanceView>;
  logout(id: string): Promise<InstanceView>;
  /** Resolves when no transition is under way any more (ready, needs_qr, stopped, cooling, halted), or at the timeout; never rejects for the state. */
  whenSettled(id: string, options?: WaitOptions): Promise<InstanceView>;
  /** At once when ready. @throws LifecycleError NEEDS_QR, INSTANCE_STOPPED, INSTANCE_ERROR at once, TIMEOUT later */
  whenReady(id: string, options?: WaitOptions): Promise<InstanceView>;
  /** The code to scan; asks for one when the codes have expired, and waits for it up to the timeout. @throws LifecycleError NO_QR */
  qr(id: string, options?: WaitOptions): Promise<QrView>;
  /** @throws LifecycleError NO_QR, TIMEOUT */
  requestPairingCode(id: string, phoneNumber: string, options?: WaitOptions): Promise<string>;
  /** A PNG of the page. @throws LifecycleError INSTANCE_NOT_READY, TIMEOUT */
  screenshot(id: string, options?: WaitOptions): Promise<Uint8Array>;
  /**
   * Every valid body to an existing instance gets a receipt; refusals are receipts with status `failed` and an errorCode.
   * @throws LifecycleError INSTANCE_NOT_FOUND, INVALID_INPUT, RECIPIENT_INVALID, IDEMPOTENCY_MISMATCH
   */
  send(id: string, content: ItemContent, options?: SendOptions): Promise<Receipt>;
  queue(id: string, query?: { readonly statuses?: readonly ItemStatus[]; readonly limit?: number; readonly cursor?: string }): Promise<Page<QueueItem>>;
  /** @throws LifecycleError QUEUE_ITEM_NOT_FOUND */
  queueItem(id: string, queueId: string): Promise<QueueItem>;
  /** @throws LifecycleError QUEUE_ITEM_NOT_FOUND, QUEUE_ITEM_SETTLED */
  cancel(id: string, queueId: string): Promise<QueueItem>;
  /** A person's word on an `uncertain` item. @throws LifecycleError QUEUE_ITEM_NOT_FOUND, QUEUE_ITEM_SETTLED */
  resolve(id: string, queueId: string, as: 'sent' | 'resend' | 'failed'): Promise<QueueItem>;
  /** State changes with their causes, newest first. */
  history(id: string, query?: { readonly limit?: number; readonly cursor?: string }): Promise<Page<Fact>>;
  /** Hears every fact after it is durable. Returns the unsubscribing function. A listener that throws is logged, not followed. */
  subscribe(listener: (fact: Fact) => void, filter?: { readonly instanceId?: string; readonly types?: readonly FactType[] }): () => void;
  /** Resolves when the store can write. @throws LifecycleError STORE_UNAVAILABLE */
  checkStore(): Promise<void>;
  /** True from the end of `open` until `close` begins. */
  readonly accepting: boolean;
  /** Lets items in flight settle (drainTimeoutMs), closes the browsers so that profiles are flushed, keeps `wanted`, closes the store. Idempotent. */
  close(): Promise<void>;
}
