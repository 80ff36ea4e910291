/** What the manager is told, and how it answers. */
import type { FactType } from '../domain/fact.js';
import type { InstanceState } from '../domain/instance-state.js';
import type { ItemStatus, Metadata } from '../domain/message.js';
import type { InstanceView } from '../instance/instance-view.js';
import type { LifecycleOptions } from '../policy/options.js';
import type { Clock } from '../ports/clock.js';
import type { Driver } from '../ports/driver.js';
import type { Store } from '../ports/store.js';
import type { Log } from './log.js';
import type { Observer } from './observer.js';

export interface ManagerOptions extends Partial<LifecycleOptions> {
  readonly driver: Driver;
  readonly store: Store;
  /** The system's by default. */
  readonly clock?: Clock;
  /** Shown as `node` of every instance; the host's name by default. */
  readonly nodeId?: string;
  /** Whether the host can reach WhatsApp now. By default `reaches('web.whatsapp.com', 443)`; behind a proxy, its address. */
  readonly checkHost?: (signal: AbortSignal) => Promise<boolean>;
  /** Nothing is logged by default. */
  readonly log?: Log;
  /** Whoever measures. */
  readonly observer?: Observer;
}

export interface CreateOptions {
  readonly id: string;
  /** Start it at once; true by default. */
  readonly start?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
  /** URL of the proxy that its browser uses. */
  readonly proxy?: string | null;
  /** The number that alone may be paired, with country code: another one is unlinked at once. Any by default. */
  readonly expectedAccount?: string | null;
}
export type ChangeOptions = Pick<CreateOptions, 'labels' | 'proxy' | 'expectedAccount'>;

export interface SendOptions {
  readonly metadata?: Metadata | null;
  /** Milliseconds; `messageTtlMs` by default. */
  readonly ttlMs?: number;
  readonly idempotencyKey?: string;
  /** How long to wait for the outcome while ready with nothing ahead; `sendWaitMs` by default, 0 for none. */
  readonly waitMs?: number;
  /**
   * What the idempotency key stands for in place of the content, as JSON. For content that is made anew by each call
   * and may differ: media that are fetched from a URL.
   */
  readonly requested?: unknown;
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
export interface QueueQuery {
  readonly statuses?: readonly ItemStatus[];
  /** Only what is held, or only what is not. */
  readonly held?: boolean;
  readonly limit?: number;
  readonly cursor?: string;
}
export interface HistoryQuery {
  readonly limit?: number;
  readonly cursor?: string;
}
export interface SubscribeFilter {
  readonly instanceId?: string;
  readonly types?: readonly FactType[];
}
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}
export interface InstancePage extends Page<InstanceView> {
  /** Of all instances, whatever the query asks for. */
  readonly counts: Readonly<Record<InstanceState, number>>;
}
