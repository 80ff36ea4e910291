/**
 * HostWatch: tells the world's faults from the instances'. When several instances lose the network at once and the host
 * itself cannot reach WhatsApp, when the machine was asleep, or when WhatsApp's page is not understood any more, nobody
 * climbs a ladder and nobody spends budget until it is over.
 */
import { connect } from 'node:net';
import type { FactDraft } from '../domain/fact.js';
import type { LifecycleOptions } from '../policy/options.js';
import type { Clock } from '../ports/clock.js';
import type { FailureCode } from '../ports/driver.js';

export interface HostWatchDeps {
  readonly clock: Clock;
  readonly options: LifecycleOptions;
  /** Whether the host reaches WhatsApp now. */
  readonly checkHost: (signal: AbortSignal) => Promise<boolean>;
  readonly suspend: (reason: string) => void;
  readonly resume: () => void;
  /** Instances that are wanted running. */
  readonly running: () => number;
  readonly append: (fact: FactDraft) => void;
}

type Cause = 'host_offline' | 'host_asleep' | 'incompatible_page';

/** Signs of a missing network, on one instance alone no proof of anything. */
const NETWORK_SIGNS: ReadonlySet<string> = new Set<FailureCode>(['NETWORK', 'SOCKET_STUCK']);
const NETWORK_MEMORY_MS = 90_000;
const HEARTBEAT_MS = 10_000;
/** A heartbeat that comes so much too late was not late: the machine was asleep. */
const ASLEEP_AFTER_MS = 30_000;
const CHECK_EVERY_MS = 5_000;
const CHECK_DEADLINE_MS = 5_000;

const REASONS: Record<Cause, string> = {
  host_offline: 'The host cannot reach WhatsApp; restarts are suspended until it can.',
  host_asleep: 'The machine was asleep; restarts are suspended until the network is back.',
  incompatible_page:
    'WhatsApp has changed its page in a way that is not understood yet, on several instances at once; restarts are suspended. Update whatsapp-web.js, or pin WEB_VERSION.',
};

export class HostWatch {
  private readonly network = new Map<string, number>();
  private readonly incompatible = new Map<string, number>();
  private cause: Cause | null = null;
  /** Of the check that runs. */
  private checking: AbortController | null = null;
  private heartbeat: unknown = null;
  private nextCheck: unknown = null;
  private lastBeat = 0;
  /** Attempts last so long at most. */
  private understoodUntil = 0;
  private closed = false;
  private readonly deps: HostWatchDeps;

  constructor(deps: HostWatchDeps) {
    this.deps = deps;
    this.beat();
  }

  /** Why restarts are suspended, or null. */
  get reason(): string | null {
    return this.cause && REASONS[this.cause];
  }

  /** An instance failed, or its socket began to reconnect. */
  sawTrouble(instanceId: string, code: FailureCode | 'RECONNECTING'): void {
    const now = this.deps.clock.now();
    if (code === 'INCOMPATIBLE_PAGE') {
      // An attempt that began on the page before: it says nothing about the one that is understood.
      if (now < this.understoodUntil) return;
      const { windowMinutes } = this.deps.options;
      if (remember(this.incompatible, instanceId, now, windowMinutes * 60_000) >= 2)
        this.suspend('incompatible_page');
    } else if (code === 'RECONNECTING' || NETWORK_SIGNS.has(code)) {
      const seen = remember(this.network, instanceId, now, NETWORK_MEMORY_MS);
      if (seen >= Math.min(2, Math.max(1, this.deps.running()))) void this.check();
    }
  }

  /** An instance became ready: the page is understood, and its network works. */
  sawReady(instanceId: string): void {
    this.network.delete(instanceId);
    this.incompatible.delete(instanceId);
    if (this.cause === 'incompatible_page') this.resume();
  }

  forget(instanceId: string): void {
    this.network.delete(instanceId);
    this.incompatible.delete(instanceId);
  }

  close(): void {
    this.closed = true;
    this.checking?.abort();
    this.deps.clock.clearTimeout(this.heartbeat);
    this.deps.clock.clearTimeout(this.nextCheck);
  }

  private beat(): void {
    const { clock } = this.deps;
    const now = clock.now();
    if (this.lastBeat > 0 && now - this.lastBeat > HEARTBEAT_MS + ASLEEP_AFTER_MS) {
      this.suspend('host_asleep');
      void this.check();
    }
    this.lastBeat = now;
    this.heartbeat = clock.setTimeout(() => this.beat(), HEARTBEAT_MS);
  }

  private async check(): Promise<void> {
    if (this.checking || this.closed) return;
    const deadline = new AbortController();
    this.checking = deadline;
    const timer = this.deps.clock.setTimeout(() => deadline.abort(), CHECK_DEADLINE_MS);
    const late = new Promise<boolean>((resolve) => {
      deadline.signal.addEventListener('abort', () => resolve(false), { once: true });
    });
    const asked = Promise.resolve()
      .then(() => this.deps.checkHost(deadline.signal))
      .catch(() => false);
    const reachable = await Promise.race([asked, late]);
    this.deps.clock.clearTimeout(timer);
    this.checking = null;
    if (this.closed) return;
    if (!reachable) this.suspend('host_offline');
    else if (this.cause === 'host_offline' || this.cause === 'host_asleep') this.resume();
    if (this.cause === 'host_offline' || this.cause === 'host_asleep')
      this.nextCheck = this.deps.clock.setTimeout(() => void this.check(), CHECK_EVERY_MS);
  }

  private suspend(cause: Cause): void {
    if (this.cause !== null || this.closed) return;
    this.cause = cause;
    this.deps.suspend(REASONS[cause]);
    this.alert('alert.raised', cause);
  }

  private resume(): void {
    const { cause } = this;
    if (cause === null) return;
    this.cause = null;
    this.network.clear();
    this.alert('alert.resolved', cause);
    this.incompatible.clear();
    if (cause === 'incompatible_page')
      this.understoodUntil = this.deps.clock.now() + this.deps.options.readyTimeoutMs;
    this.deps.resume();
  }

  private alert(type: 'alert.raised' | 'alert.resolved', name: Cause): void {
    const instances = [...(name === 'incompatible_page' ? this.incompatible : this.network).keys()];
    const body = { name, message: REASONS[name], instances };
    this.deps.append({ type, instanceId: null, at: this.deps.clock.now(), body });
  }
}

/** How many instances have been seen within the last `ms`, this one included. */
function remember(seen: Map<string, number>, instanceId: string, now: number, ms: number): number {
  seen.set(instanceId, now);
  for (const [id, at] of seen) if (at < now - ms) seen.delete(id);
  return seen.size;
}

/** For `checkHost`: whether a TCP connection to `host:port` can be made before `signal` aborts. It never rejects. */
export const reaches = (host: string, port: number) => (signal: AbortSignal) =>
  new Promise<boolean>((resolve) => {
    const socket = connect({ host, port, signal });
    const answer = (reachable: boolean) => {
      socket.destroy();
      resolve(reachable);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
