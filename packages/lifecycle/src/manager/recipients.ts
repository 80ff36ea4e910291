/**
 * Recipients: asked before a send is accepted whether they are on WhatsApp, and remembered. Where nobody can tell, a send
 * goes on as it is: the attempt to send will tell.
 */
import { LRUCache } from 'lru-cache';
import type { NumberLookup } from '../domain/directory.js';
import { messageOf } from '../domain/errors.js';
import type { Clock } from '../ports/clock.js';
import type { Driver } from '../ports/driver.js';
import { lookUpNumber } from './directory.js';
import type { Log } from './log.js';
import type { ManagedInstance } from './managed-instance.js';

/** A number seldom leaves WhatsApp; one that is not there may come any minute. */
const FOUND_TTL_MS = 24 * 3_600_000;
const NOT_FOUND_TTL_MS = 10 * 60_000;
/** Answers kept, of all instances; the one that was longest not asked for goes first. */
const REMEMBERED = 20_000;
/** A caller waits so long before its send is even accepted. */
const DEADLINE_MS = 5_000;

const NUMBER = /^([1-9]\d{6,14})@c\.us$/;

/** An answer belongs to the account that was asked: one that WhatsApp has restricted may be told less than others. */
const keyOf = (instanceId: string, phoneNumber: string): string => `${instanceId} ${phoneNumber}`;

const ttlOf = ({ exists }: NumberLookup): number => (exists ? FOUND_TTL_MS : NOT_FOUND_TTL_MS);

interface Question {
  readonly instance: ManagedInstance;
  readonly phoneNumber: string;
}

export class Recipients {
  readonly #log: Log;
  readonly #known: LRUCache<string, NumberLookup, Question>;
  /** Resolves when the send of the instance that came last has its answer. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor({ driver, clock, log }: { readonly driver: Driver; readonly clock: Clock; readonly log: Log }) {
    this.#log = log;
    this.#known = new LRUCache({
      max: REMEMBERED,
      ttl: NOT_FOUND_TTL_MS,
      ttlResolution: 0,
      perf: { now: () => clock.now() },
      // Sends that come while the question is open share its answer. One that is pushed out meanwhile has it all the same.
      ignoreFetchAbort: true,
      fetchMethod: async (_key, _stale, { context: { instance, phoneNumber }, options }) => {
        const found = await lookUpNumber(instance, { driver }, { phoneNumber, deadlineMs: DEADLINE_MS });
        options.ttl = ttlOf(found);
        return found;
      },
    });
  }

  /** Somebody has asked by himself. */
  learn(instanceId: string, asked: string, found: NumberLookup): void {
    this.#known.set(keyOf(instanceId, asked), found, { ttl: ttlOf(found) });
  }

  /**
   * What is known of the recipient; null of a group, a channel or a lid, while the instance is not ready, and where WhatsApp
   * does not tell. Never rejects. Calls of one instance are answered in their order, so that no send overtakes another by
   * a recipient who is known already.
   */
  async find(instance: ManagedInstance, to: string): Promise<NumberLookup | null> {
    const { id } = instance;
    const turn = Promise.all([this.#ask(instance, to), this.#turns.get(id)]).then(([found]) => found);
    this.#turns.set(id, turn);
    const found = await turn;
    if (this.#turns.get(id) === turn) this.#turns.delete(id);
    return found;
  }

  async #ask(instance: ManagedInstance, to: string): Promise<NumberLookup | null> {
    const phoneNumber = NUMBER.exec(to)?.[1];
    if (phoneNumber === undefined || instance.state !== 'ready') return null;
    try {
      const context: Question = { instance, phoneNumber };
      return (await this.#known.fetch(keyOf(instance.id, phoneNumber), { context })) ?? null;
    } catch (error) {
      const fields = { instanceId: instance.id, error: messageOf(error) };
      this.#log.warn(fields, 'a recipient could not be looked up; the message is accepted as it is');
      return null;
    }
  }
}
