/** InstancePorts in which a test decides when each call ends, for walking the chart alone. */

import { everyCapability, type PageSelfTest } from '../policy/page-policy.js';
import type { Driver, OpenRequest } from '../ports/driver.js';
import type { InstancePorts } from './instance-ports.js';

const ENFORCED = everyCapability('enforce');

/** The calls that the chart waits for, by the id of the child that waits. */
export type PendingCall = 'permit' | 'close' | 'drain' | 'logout' | 'probe' | 'reload';

export const PICKY = 'picky';

interface Pending {
  resolve(): void;
  reject(error: Error): void;
}

export class ScriptedPorts implements InstancePorts {
  time = 0;
  readonly clock = { now: () => this.time, random: () => 0.5 };
  gate: number | null = null;
  permits = 0;
  /** Generations that were opened and not yet closed. */
  readonly open = new Map<number, OpenRequest>();
  readonly pending = new Map<PendingCall, Pending>();
  readonly calls: string[] = [];

  readonly driver = {
    name: 'scripted',
    open: (request: OpenRequest) => {
      this.calls.push(`open ${request.generation} ${request.rung}`);
      this.open.set(request.generation, request);
      return new Promise<void>(() => {});
    },
    close: ({ mode }: { mode: string }) => {
      this.calls.push(`close ${mode}`);
      return this.wait('close', () => this.open.clear());
    },
    probe: () => this.wait('probe'),
    reload: () => this.wait('reload'),
  } as unknown as Driver;

  pageSelfTest(): PageSelfTest {
    return ENFORCED;
  }
  proxyOf(): null {
    return null;
  }
  labelsOf(): Readonly<Record<string, string>> {
    return {};
  }
  /** An instance of this name expects an account that never comes. */
  expectedAccountOf(id: string): string | null {
    return id === PICKY ? '4915199999999' : null;
  }
  acquireLaunch(_id: string, signal: AbortSignal): Promise<void> {
    return this.wait('permit', () => {
      if (!signal.aborted) this.permits += 1;
    });
  }
  releaseLaunch(): void {
    this.permits = 0;
  }
  openGate(_id: string, generation: number): void {
    this.gate = generation;
  }
  closeGate(): void {
    this.gate = null;
  }
  generationClosed(): void {
    this.open.clear();
  }
  drain(): Promise<void> {
    return this.wait('drain');
  }
  logout(): Promise<void> {
    return this.wait('logout', () => this.open.clear());
  }
  heard(): void {}

  /** Ends a call; false when nothing waits for it. */
  end(call: PendingCall, error?: Error): boolean {
    const waiting = this.pending.get(call);
    this.pending.delete(call);
    if (error) waiting?.reject(error);
    else waiting?.resolve();
    return waiting !== undefined;
  }

  private wait(call: PendingCall, effect?: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.pending.set(call, {
        resolve: () => {
          effect?.();
          resolve();
        },
        reject,
      });
    });
  }
}
