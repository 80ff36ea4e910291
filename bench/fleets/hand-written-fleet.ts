/** What one would write without a library: a class with a state and an EventEmitter, over the same driver. */
import { EventEmitter } from 'node:events';
import type { Driver, DriverEvent, InstanceState } from '@wakeeper/lifecycle';
import { simulatedDriver } from '@wakeeper/lifecycle/testing';
import { countdown, type Fleet, NO_TIME, type World } from './fleet.js';

const READY_TIMEOUT_MS = 180_000;
const PROBE_INTERVAL_MS = 30_000;
const PROBE_TIMEOUT_MS = 5_000;
const RESTART_MS = 2_000;
const CLOSE_TIMEOUT_MS = 15_000;

class HandWrittenInstance extends EventEmitter<{ state: [InstanceState] }> {
  state: InstanceState = 'disconnected';
  readonly queue: unknown[] = [];
  private readonly id: string;
  private readonly driver: Driver;
  private generation = 0;
  private given: AbortController | null = null;
  private timer: NodeJS.Timeout | undefined;

  constructor(id: string, driver: Driver) {
    super();
    this.id = id;
    this.driver = driver;
  }

  start(): void {
    this.move('connecting', READY_TIMEOUT_MS, () => void this.restart());
    this.given = new AbortController();
    this.generation += 1;
    const { generation } = this;
    const hear = (event: DriverEvent) => {
      if (generation === this.generation) this.hear(event);
    };
    const { id: instanceId } = this;
    const { signal } = this.given;
    this.driver.open({ instanceId, generation, rung: 'hard', proxy: null, signal, hear }).then(
      () => {
        this.given = null;
      },
      () => void this.restart(),
    );
  }

  async stop(): Promise<void> {
    this.generation += 1;
    this.given?.abort();
    clearTimeout(this.timer);
    await this.driver.close({ instanceId: this.id, mode: 'graceful', deadlineMs: CLOSE_TIMEOUT_MS });
    this.state = 'disconnected';
    this.emit('state', this.state);
  }

  private hear(event: DriverEvent): void {
    if (event.type === 'ready') this.move('ready', PROBE_INTERVAL_MS, () => this.probe());
    else if (event.type === 'qr') this.move('needs_qr', READY_TIMEOUT_MS, () => void this.stop());
    else if (event.type === 'lost') void this.restart();
  }

  private probe(): void {
    const { id: instanceId, generation } = this;
    this.driver.probe({ instanceId, generation, deadlineMs: PROBE_TIMEOUT_MS }).then(
      () => this.move('ready', PROBE_INTERVAL_MS, () => this.probe()),
      () => void this.restart(),
    );
  }

  private async restart(): Promise<void> {
    await this.stop();
    this.move('disconnected', RESTART_MS, () => this.start());
  }

  private move(state: InstanceState, ms: number, then: () => void): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(then, ms);
    if (state === this.state) return;
    this.state = state;
    this.emit('state', state);
  }
}

export async function handWrittenFleet({ ids, whatsapp }: World): Promise<Fleet> {
  const driver = simulatedDriver({ whatsapp, ...NO_TIME });
  const instances: HandWrittenInstance[] = [];
  return {
    create: async () => {
      for (const id of ids) instances.push(new HandWrittenInstance(id, driver));
    },
    ready: async () => {
      const { zero, count } = countdown(ids.length);
      const hear = (state: InstanceState) => {
        if (state === 'ready') count();
      };
      for (const instance of instances) {
        instance.on('state', hear);
        instance.start();
      }
      await zero;
    },
    stop: async () => {
      await Promise.all(instances.map((instance) => instance.stop()));
      await driver.shutdown();
    },
  };
}
