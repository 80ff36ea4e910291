/**
 * The store port with faults: it fails, is slow, or does a call twice; a killed process gets no answer, and what it asked
 * has no effect any more. A slow store stays in order, as one disk behind one writer does.
 */
import { LifecycleError, type Store, type StoreOpening } from '@wakeeper/lifecycle';
import type { Life } from './life.js';

/** Doing these twice changes nothing, by the port's own rules; a write takes its facts each time. */
const REPEATABLE: ReadonlySet<string> = new Set([
  'load',
  'head',
  'get',
  'byMessageKey',
  'list',
  'depths',
  'heldCounts',
  'lastNumber',
  'check',
]);

const WRITES: ReadonlySet<string> = new Set([
  'save',
  'insert',
  'remove',
  'append',
  'change',
  'changeAll',
  'enqueue',
]);

type Call = (...args: never[]) => Promise<unknown>;

interface Written {
  readonly number: number;
  readonly type: string;
  readonly body: { readonly queueId?: string | null };
}

export class FaultyStore {
  readonly #life: Life;
  readonly #inner: Store;
  /** A slow store takes the next call after it. */
  #busyUntil = Number.NEGATIVE_INFINITY;
  /** Calls that wait; after a sleep their times are over, and their order still holds. */
  #turns = 0;

  constructor(inner: Store, life: Life) {
    this.#inner = inner;
    this.#life = life;
  }

  get store(): Store {
    const { instances, queue, facts, webhooks, inbox } = this.#inner;
    return {
      open: async () => {
        const opened = await this.#call('open', () => this.#inner.open());
        return opened as StoreOpening;
      },
      close: () => this.#inner.close(),
      check: () => this.#call('check', () => this.#inner.check()) as Promise<void>,
      instances: this.#room(instances),
      queue: this.#room(queue),
      facts: this.#room(facts),
      webhooks: this.#room(webhooks),
      inbox: this.#room(inbox),
    };
  }

  #room<T extends object>(room: T): T {
    const spoiled = Object.entries(room).map(([name, call]) => [
      name,
      (...args: never[]) => this.#call(name, () => (call as Call)(...args), args),
    ]);
    return Object.fromEntries(spoiled) as T;
  }

  async #call(name: string, effect: () => Promise<unknown>, args: readonly unknown[] = []): Promise<unknown> {
    const life = this.#life;
    const { world } = life;
    if (!life.writes) return never();
    const mode = world.storeMode;
    await this.#turn(mode === 'slow' ? world.chance.between(1, 900) : 0);
    if (!life.writes) return never();
    if (mode === 'fails' && name !== 'open') {
      throw new LifecycleError('STORE_UNAVAILABLE', { message: 'The disk is full.' });
    }
    if (life.isKilledAt('before')) return never();
    const asked = effect();
    const { epoch } = world.data;
    if (mode === 'repeats' && REPEATABLE.has(name)) effect().catch(() => {});
    const answer = await asked;
    this.#note(name, args, answer, epoch);
    if (life.isKilledAt('after')) return never();
    return life.writes ? answer : never();
  }

  /** Waits behind the calls before it, and `ms` more. */
  async #turn(ms: number): Promise<void> {
    const { clock } = this.#life.world;
    const now = clock.now();
    if (ms === 0 && this.#turns === 0) return;
    this.#turns += 1;
    this.#busyUntil = Math.max(now, this.#busyUntil) + ms;
    await new Promise<void>((resolve) => clock.setTimeout(() => resolve(), this.#busyUntil - now));
    this.#turns -= 1;
  }

  #note(name: string, args: readonly unknown[], answer: unknown, epoch: number): void {
    const life = this.#life;
    if (name === 'open') {
      life.note({ kind: 'opened store', epoch, records: life.world.durableRecords });
      return;
    }
    const facts = WRITES.has(name) ? writtenBy(answer) : null;
    if (facts === null) return;
    const subject = args[0] as { id?: string; instanceId?: string } | string | undefined;
    if (name === 'enqueue') {
      const { outcome, item } = answer as { outcome: string; item?: { id: string } };
      const request = args[0] as {
        instanceId: string;
        content: { payload: { text?: string; question?: string } };
        idempotency: { key: string } | null;
      };
      if (outcome === 'queued' && item) {
        const { text, question } = request.content.payload;
        const key = request.idempotency?.key ?? null;
        life.note({
          kind: 'enqueued',
          id: request.instanceId,
          item: item.id,
          text: text ?? question ?? '',
          key,
        });
      }
    }
    const id = typeof subject === 'string' ? subject : (subject?.instanceId ?? subject?.id);
    const { generation } = (name === 'save' ? args[0] : {}) as { generation?: number };
    life.note({
      kind: 'committed',
      call: name,
      id: id ?? null,
      epoch,
      ...(generation !== undefined && { generation }),
      facts: facts.map(({ number }) => number),
      uncertain: facts.flatMap(({ type, body }) =>
        type === 'message.uncertain' && body.queueId ? [body.queueId] : [],
      ),
      held: facts.flatMap(({ type, body }) =>
        type === 'message.held' && body.queueId ? [body.queueId] : [],
      ),
    });
  }
}

/** The facts that a write has made, or null when it has written nothing. */
function writtenBy(answer: unknown): readonly Written[] | null {
  const facts = Array.isArray(answer) ? answer : (answer as { facts?: readonly Written[] } | null)?.facts;
  return Array.isArray(facts) ? facts : null;
}

const never = (): Promise<never> => new Promise(() => {});
