/** What the chart needs from outside: one object a process, every call names the instance. */
import type { AccountIdentity } from '../domain/instance-state.js';
import type { PageSelfTest } from '../policy/page-policy.js';
import type { Clock } from '../ports/clock.js';
import type { Driver, DriverEvent, MessageEvent } from '../ports/driver.js';

/** The driver's events that are no business of the chart. */
export type PassedEvent =
  | MessageEvent
  | Extract<DriverEvent, { type: 'ack' | 'pairingCode' | 'actionRequired' | 'actionTaken' | 'timelock' }>;

export interface InstancePorts {
  readonly driver: Driver;
  readonly clock: Pick<Clock, 'now' | 'random'>;
  /** What the self-test's report leads to; it may change while instances run. */
  pageSelfTest(): PageSelfTest;
  /** URL of the proxy for the next browser, or null. */
  proxyOf(instanceId: string): string | null;
  /** The operator's labels, for the driver. */
  labelsOf(instanceId: string): Readonly<Record<string, string>>;
  /** The number that alone may be paired, or null for any. */
  expectedAccountOf(instanceId: string): string | null;
  /** Resolves when the instance may launch a browser; rejects when the signal is aborted. */
  acquireLaunch(instanceId: string, signal: AbortSignal): Promise<void>;
  /** Idempotent. */
  releaseLaunch(instanceId: string): void;
  /**
   * The instance is ready in this generation: the queue may send for this account. Null while it is not known whose it is;
   * then this is said again when it is.
   */
  openGate(instanceId: string, generation: number, account: AccountIdentity | null): void;
  closeGate(instanceId: string): void;
  /** The driver has closed every generation up to this one. */
  generationClosed(instanceId: string, generation: number): void;
  /** Resolves when no item is in flight; no new one starts. Never rejects. */
  drain(instanceId: string): Promise<void>;
  /**
   * Unlinks the account at WhatsApp where a generation is open, and removes the profile in any case. Rejects when
   * WhatsApp was asked and did not answer.
   */
  logout(instanceId: string, generation: number | null, deadlineMs: number): Promise<void>;
  heard(instanceId: string, generation: number, event: PassedEvent): void;
}
