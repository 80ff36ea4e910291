/** Webhooks over a real manager and a store in memory, on a virtual clock, with a receiver that verifies what it gets. */
import {
  type Fact,
  type FactDraft,
  InstanceManager,
  type Log,
  type Store,
  type WebhookDelivery,
} from '@wakeeper/lifecycle';
import { MemoryData, memoryStore, simulatedDriver, VirtualClock } from '@wakeeper/lifecycle/testing';
import { Webhook } from 'standardwebhooks';
import { expect, vi } from 'vitest';
import type { Post, PostAnswer } from './http-post.js';
import { type WebhookSettings, Webhooks, type WebhooksOptions, type WebhookView } from './webhooks.js';

interface Received {
  readonly id: string;
  readonly at: number;
  readonly type: string;
  readonly seq: number;
  readonly instanceId: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly url: string;
}

type Answer = number | 'hang' | (PostAnswer & { readonly status: number });

/** The other end: it checks every signature with the reference implementation, and answers as a test says. */
export class Receiver {
  /** Every attempt, in the order of arrival. */
  readonly attempts: Received[] = [];
  /** Those that were answered with 2xx. */
  readonly accepted: Received[] = [];
  secret = '';
  answer: (attempt: Received) => Answer | Promise<Answer> = () => 204;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  readonly post: Post = async ({ url, headers, body }, signal) => {
    vi.setSystemTime(this.#clock.now());
    const event = new Webhook(this.secret).verify(body, { ...headers }) as {
      type: string;
      data: { seq: number; instanceId?: string };
    };
    const attempt = {
      id: headers['webhook-id'] ?? '',
      at: this.#clock.now(),
      type: event.type,
      seq: event.data.seq,
      instanceId: event.data.instanceId,
      headers,
      url,
    };
    this.attempts.push(attempt);
    const answer = await this.answer(attempt);
    if (answer === 'hang')
      return new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve({ status: null, error: signal.reason.message }));
      });
    const given = typeof answer === 'number' ? { status: answer, error: null } : answer;
    if (given.status >= 200 && given.status < 300) this.accepted.push(attempt);
    return given;
  };

  seqs(instanceId?: string): readonly number[] {
    return this.accepted
      .filter((one) => instanceId === undefined || one.instanceId === instanceId)
      .map(({ seq }) => seq);
  }
}

export class WebhookScene {
  readonly clock = new VirtualClock();
  readonly data = new MemoryData();
  readonly receiver = new Receiver(this.clock);
  readonly logged: string[] = [];
  /** Facts that subscribers heard. */
  readonly facts: Fact[] = [];
  store!: Store;
  manager!: InstanceManager;
  webhooks!: Webhooks;
  readonly #around: (store: Store) => Store;
  #process = 0;
  readonly #options: Partial<WebhooksOptions>;

  private constructor(around: (store: Store) => Store, options: Partial<WebhooksOptions>) {
    this.#around = around;
    this.#options = options;
  }

  static async open(
    options: Partial<WebhooksOptions> = {},
    around: (store: Store) => Store = (store) => store,
  ): Promise<WebhookScene> {
    vi.useFakeTimers({ toFake: ['Date'] });
    const scene = new WebhookScene(around, options);
    await scene.boot();
    return scene;
  }

  /** A process on the data. One that was there before has just been killed: it writes and sends nothing more. */
  async boot(): Promise<void> {
    const { clock } = this;
    const write = (_: object, message: string) => void this.logged.push(message);
    const log: Log = { debug() {}, info() {}, warn: write, error: write };
    this.store = this.#around(memoryStore({ data: this.data }));
    this.manager = await InstanceManager.open({
      driver: simulatedDriver({ clock }),
      store: this.store,
      clock,
      checkHost: async () => true,
      log,
    });
    this.manager.subscribe((fact) => this.facts.push(fact));
    const { store, manager } = this;
    const process = ++this.#process;
    const post: Post = async (request, signal) => {
      const answer = process === this.#process ? await this.receiver.post(request, signal) : never();
      return process === this.#process ? answer : never();
    };
    this.webhooks = await Webhooks.open({ store, manager, clock, log, post, ...this.#options });
  }

  async subscribe(settings: Partial<WebhookSettings> = {}): Promise<WebhookView> {
    const view = await this.webhooks.create({
      url: 'https://example.org/hook',
      description: '',
      events: ['*'],
      instances: null,
      headers: {},
      retries: null,
      ...settings,
    });
    this.receiver.secret = view.webhook.secrets[0]?.secret ?? '';
    return view;
  }

  /** Facts of these instances, one each, committed together. */
  async happen(...instances: readonly (string | null)[]): Promise<readonly Fact[]> {
    const facts = await this.store.facts.append(instances.map((id) => this.#fact(id)));
    this.manager.publish(facts);
    return facts;
  }

  #fact(instanceId: string | null): FactDraft {
    const at = this.clock.now();
    if (instanceId === null)
      return { type: 'alert.raised', instanceId, at, body: { name: 'x', message: 'X.', instances: [] } };
    const body = { messageId: 'm', queueId: null, ack: 1, metadata: null } as const;
    return { type: 'message.ack', instanceId, at, body };
  }

  alerts(): readonly string[] {
    return this.facts.flatMap(({ type, body }) =>
      type === 'alert.raised' || type === 'alert.resolved' ? [`${type} ${body.name.split(':')[0]}`] : [],
    );
  }

  async deliveries(id: string): Promise<readonly WebhookDelivery[]> {
    return (await this.webhooks.deliveries(id, { limit: 500 })).items.toReversed();
  }

  async close(): Promise<void> {
    let isClosed = false;
    void this.webhooks
      .close()
      .then(() => this.manager.close())
      .then(() => {
        isClosed = true;
      });
    await this.clock.until(() => isClosed);
    vi.useRealTimers();
  }
}

/** Whether the ids of what was accepted are all different. */
export function expectEachOnce({ accepted }: Receiver): void {
  expect(new Set(accepted.map(({ id }) => id)).size).toBe(accepted.length);
}

/** What a killed process is answered. */
const never = (): Promise<never> => new Promise(() => {});
