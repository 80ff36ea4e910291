/** Tenant: who uses one instance, one call after another: sends, reads, waits and gives up waiting, stops, restarts, removes. */
import { setTimeout as pause } from 'node:timers/promises';
import { type InstanceManager, type ItemContent, isLifecycleError, type Receipt } from '@wakeeper/lifecycle';
import type { Chance } from '../simulation/chance.js';
import type { FromSoaked } from './soak-messages.js';
import type { Tally } from './tally.js';

const TO = '4915199999999@c.us';
/** Longer than the soak waits for rest: a wait that was given up and is not cleared is still there at the look. */
const FOR_LONG_MS = 600_000;
/** What an instance in trouble answers. The store is never in trouble here, and nobody else uses the instance. */
const EXPECTED: ReadonlySet<string> = new Set([
  'INSTANCE_STOPPED',
  'INSTANCE_ERROR',
  'INSTANCE_NOT_READY',
  'NEEDS_QR',
  'NO_QR',
  'RESTART_BUDGET_USED_UP',
  'QUEUE_ITEM_SETTLED',
  'TIMEOUT',
]);

export interface TenantOptions {
  readonly id: string;
  readonly manager: InstanceManager;
  readonly chance: Chance;
  readonly tell: (message: FromSoaked) => void;
  readonly tally: Tally;
  /** Between two calls, on average. */
  readonly pauseMs: number;
  /** How often, relative to everything else, it stops, restarts, logs out and removes. */
  readonly unrest: number;
}

/** What tells an item from every other one, as it was sent and as a queue lists it. */
type Worded =
  | { readonly type: 'poll'; readonly payload: { readonly question: string } }
  | { readonly type: 'message'; readonly payload: { readonly text?: string } };

export const textOf = ({ type, payload }: Worded): string =>
  type === 'poll' ? payload.question : (payload.text ?? '');

export class Tenant {
  readonly #options: TenantOptions;
  readonly #deeds: readonly { name: string; weight: number; act: () => Promise<unknown> }[];
  #said = 0;

  constructor(options: TenantOptions) {
    this.#options = options;
    const { id, manager, unrest } = options;
    this.#deeds = [
      { name: 'text', weight: 30, act: () => this.#send(this.#text()) },
      { name: 'poll', weight: 8, act: () => this.#send(this.#poll()) },
      { name: 'burst of texts', weight: 6, act: () => this.#burst() },
      { name: 'text repeated', weight: 4, act: () => this.#repeat() },
      { name: 'queue read', weight: 6, act: () => this.#readQueue() },
      { name: 'history read', weight: 4, act: () => manager.history(id, { limit: 20 }) },
      { name: 'list read', weight: 2, act: async () => manager.list({ limit: 20 }) },
      { name: 'wait given up', weight: 10, act: () => this.#giveUpWaiting() },
      { name: 'subscribed for a while', weight: 6, act: () => this.#listen() },
      { name: 'screenshot', weight: 2, act: () => manager.screenshot(id, { timeoutMs: 2_000 }) },
      { name: 'labelled', weight: 2, act: () => manager.update(id, { labels: { said: `${this.#said}` } }) },
      { name: 'cancelled', weight: 3, act: () => this.#cancel() },
      { name: 'stopped and started', weight: 3 * unrest, act: () => this.#stopAndStart() },
      { name: 'restarted', weight: 3 * unrest, act: () => this.#restart() },
      { name: 'logged out and started', weight: unrest, act: () => this.#logoutAndStart() },
      { name: 'removed and created', weight: unrest, act: () => this.#removeAndCreate() },
    ];
  }

  /** `pace` times as fast as usual. @throws what the manager throws and an instance in trouble does not explain */
  async live(isOver: () => boolean, pace: number): Promise<void> {
    const { chance, tally, pauseMs } = this.#options;
    while (!isOver()) {
      await pause(chance.between(0, (2 * pauseMs) / pace));
      const { name, act } = chance.weighted(this.#deeds);
      try {
        await act();
        tally.add(name);
      } catch (error) {
        if (!isLifecycleError(error) || !EXPECTED.has(error.code)) throw error;
        tally.add('answered with a refusal');
      }
    }
  }

  /** What nobody knows is settled by a person. */
  async settleDoubts(): Promise<void> {
    const { id, manager, tell } = this.#options;
    for (;;) {
      const { items } = await manager.queue(id, { statuses: ['uncertain'], limit: 500 });
      for (const { id: queueId } of items) {
        tell({ type: 'doubted', id, queueId });
        await this.#unlessSettled(manager.cancel(id, queueId));
      }
      if (items.length === 0) return;
    }
  }

  #text(): ItemContent {
    return { type: 'message', payload: { to: TO, text: this.#newText() } };
  }
  #poll(): ItemContent {
    return { type: 'poll', payload: { to: TO, question: this.#newText(), options: ['yes', 'no'] } };
  }
  #newText(): string {
    return `${this.#options.id} ${String(++this.#said).padStart(6, '0')}`;
  }

  async #send(content: ItemContent, idempotencyKey?: string): Promise<Receipt> {
    const { id, manager, chance, tell } = this.#options;
    const waitMs = chance.of([0, 0, 200, 5_000]);
    const receipt = await manager.send(id, content, {
      waitMs,
      ...(idempotencyKey !== undefined && { idempotencyKey }),
    });
    if (receipt.queueId !== null) tell({ type: 'accepted', id, text: textOf(content) });
    return receipt;
  }

  async #burst(): Promise<void> {
    const texts = Array.from({ length: this.#options.chance.between(3, 8) }, () => this.#text());
    await Promise.all(texts.map((text) => this.#send(text)));
  }

  async #repeat(): Promise<void> {
    const content = this.#text();
    const first = await this.#send(content, textOf(content));
    const second = await this.#send(content, textOf(content));
    if (first.queueId !== null && second.queueId !== first.queueId)
      this.#options.tell({
        type: 'violation',
        sentence: `${textOf(content)} was accepted twice under one idempotency key.`,
      });
  }

  async #readQueue(): Promise<void> {
    const { id, manager } = this.#options;
    const [item] = (await manager.queue(id, { limit: 20 })).items;
    if (item) await manager.queueItem(id, item.id);
  }

  /** Waits are given up long before their own deadline. */
  async #giveUpWaiting(): Promise<void> {
    const { id, manager, chance } = this.#options;
    const leaving = new AbortController();
    const wait = { timeoutMs: FOR_LONG_MS, signal: leaving.signal };
    const waits = Promise.allSettled([
      manager.whenReady(id, { ...wait, awaitScan: true }),
      manager.whenSettled(id, wait),
      manager.qr(id, wait),
    ]);
    await pause(chance.between(1, 300));
    leaving.abort();
    for (const outcome of await waits)
      if (
        outcome.status === 'rejected' &&
        !isLifecycleError(outcome.reason) &&
        outcome.reason !== leaving.signal.reason
      )
        throw outcome.reason;
  }

  async #listen(): Promise<void> {
    const { id, manager, chance } = this.#options;
    const heard: string[] = [];
    const unsubscribe = manager.subscribe((fact) => heard.push(fact.type), { instanceId: id });
    await pause(chance.between(50, 1_000));
    unsubscribe();
  }

  async #cancel(): Promise<void> {
    const { id, manager, chance, tell } = this.#options;
    const { items } = await manager.queue(id, { statuses: ['queued', 'uncertain'], limit: 5 });
    if (items.length === 0) return;
    const item = chance.of(items);
    if (item.status === 'uncertain') tell({ type: 'doubted', id, queueId: item.id });
    const isKnown = item.status === 'uncertain' && chance.hits(0.5);
    await (isKnown ? manager.resolve(id, item.id, 'resend') : manager.cancel(id, item.id));
  }

  async #unlessSettled(done: Promise<unknown>): Promise<void> {
    try {
      await done;
    } catch (error) {
      // An acknowledgement came first.
      if (!isLifecycleError(error, 'QUEUE_ITEM_SETTLED')) throw error;
    }
  }

  async #stopAndStart(): Promise<void> {
    const { id, manager, chance } = this.#options;
    await manager.stop(id);
    await pause(chance.between(0, 1_000));
    await manager.start(id);
  }

  async #restart(): Promise<void> {
    const { id, manager, chance } = this.#options;
    await manager.restart(id, { mode: chance.of(['soft', 'hard']) });
  }

  async #logoutAndStart(): Promise<void> {
    const { id, manager } = this.#options;
    await manager.logout(id);
    await manager.whenSettled(id, { timeoutMs: FOR_LONG_MS });
    await manager.start(id);
  }

  async #removeAndCreate(): Promise<void> {
    const { id, manager, tell } = this.#options;
    await manager.remove(id);
    tell({ type: 'removed', id });
    await manager.create({ id });
  }
}
