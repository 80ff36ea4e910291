/**
 * Restrictions: what WhatsApp does not let an account do for a time, reported when it begins and when it is over, once each, by
 * the page's word or when its time has passed. The facts are what is remembered of it over a restart.
 */
import { messageOf } from '../domain/errors.js';
import type { FactDraft } from '../domain/fact.js';
import type { AccountRestriction } from '../domain/restriction.js';
import type { Clock } from '../ports/clock.js';
import type { Store } from '../ports/store.js';
import type { Log } from './log.js';
import type { ManagedInstance } from './managed-instance.js';

export interface RestrictionsDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly find: (instanceId: string) => ManagedInstance | undefined;
}

const ALERT = 'account_restricted';
/** setTimeout fires at once beyond 2^31-1 ms, and a restriction may last for weeks. */
const LONGEST_WAIT_MS = 24 * 3_600_000;
/** Alerts of one instance that are looked through for this one. */
const ALERTS_READ = 100;

const isSame = (a: AccountRestriction | null, b: AccountRestriction | null): boolean =>
  a?.kind === b?.kind && a?.until === b?.until;

export class Restrictions {
  readonly #deps: RestrictionsDeps;
  /** What the page said last. */
  readonly #present = new Map<string, AccountRestriction>();
  /** What was reported last; of an instance that is not here the store knows it. */
  readonly #reported = new Map<string, AccountRestriction | null>();
  /** One word of the page after the other. */
  readonly #turns = new Map<string, Promise<void>>();
  readonly #timers = new Map<string, unknown>();

  constructor(deps: RestrictionsDeps) {
    this.#deps = deps;
  }

  of(instanceId: string): AccountRestriction | null {
    return this.#present.get(instanceId) ?? null;
  }

  heard(instanceId: string, said: AccountRestriction | null): void {
    const { clock } = this.#deps;
    const restriction = said?.until != null && said.until <= clock.now() ? null : said;
    if (restriction) this.#present.set(instanceId, restriction);
    else this.#present.delete(instanceId);
    this.#waitForEnd(instanceId);
    const turn = (this.#turns.get(instanceId) ?? Promise.resolve()).then(() =>
      this.#tell(instanceId, restriction),
    );
    this.#turns.set(instanceId, turn);
    void turn.then(() => {
      if (this.#turns.get(instanceId) === turn) this.#turns.delete(instanceId);
    });
  }

  /** The instance is being removed: what stands of it is over. */
  lifted(instanceId: string): readonly FactDraft[] {
    const facts = this.#reported.get(instanceId) ? [this.#over(instanceId)] : [];
    this.#reported.set(instanceId, null);
    this.#present.delete(instanceId);
    this.#waitForEnd(instanceId);
    return facts;
  }

  forget(instanceId: string): void {
    this.#present.delete(instanceId);
    this.#reported.delete(instanceId);
    this.#waitForEnd(instanceId);
  }

  end(): void {
    for (const timer of this.#timers.values()) this.#deps.clock.clearTimeout(timer);
    this.#timers.clear();
  }

  /** Never rejects. */
  async #tell(instanceId: string, restriction: AccountRestriction | null): Promise<void> {
    const { find } = this.#deps;
    const before = await this.#before(instanceId);
    const instance = find(instanceId);
    if (!instance || isSame(before, restriction)) return;
    this.#reported.set(instanceId, restriction);
    if (!restriction) {
      instance.tell([this.#over(instanceId)]);
      return;
    }
    const at = this.#deps.clock.now();
    const fact: FactDraft = { type: 'account.restricted', instanceId, at, body: restriction };
    instance.tell(before ? [fact] : [fact, this.#alert('alert.raised', instanceId, sentenceOf(restriction))]);
  }

  async #before(instanceId: string): Promise<AccountRestriction | null> {
    const known = this.#reported.get(instanceId);
    if (known !== undefined) return known;
    const { log } = this.#deps;
    const recalled = await this.#recalled(instanceId).catch((error: unknown) => {
      log.warn(
        { instanceId, error: messageOf(error) },
        'the store does not say whether the account was restricted before; a restriction may be reported twice',
      );
      return null;
    });
    this.#reported.set(instanceId, recalled);
    return recalled;
  }

  /** @throws LifecycleError STORE_UNAVAILABLE */
  async #recalled(instanceId: string): Promise<AccountRestriction | null> {
    const { facts } = this.#deps.store;
    const newestFirst = true;
    const alerts = await facts.list({
      instanceId,
      types: ['alert.raised', 'alert.resolved'],
      newestFirst,
      limit: ALERTS_READ,
    });
    const alert = alerts.find((fact) => 'name' in fact.body && fact.body.name === ALERT);
    if (alert?.type !== 'alert.raised') return null;
    const types = ['account.restricted'] as const;
    const [last] = await facts.list({ instanceId, types, newestFirst, limit: 1 });
    return last?.type === 'account.restricted' ? last.body : { kind: 'unknown', until: null };
  }

  #over(instanceId: string): FactDraft {
    return this.#alert('alert.resolved', instanceId, 'The account may open new chats again.');
  }

  #alert(type: 'alert.raised' | 'alert.resolved', instanceId: string, message: string): FactDraft {
    const body = { name: ALERT, message, instances: [instanceId] };
    return { type, instanceId, at: this.#deps.clock.now(), body };
  }

  #waitForEnd(instanceId: string): void {
    const { clock } = this.#deps;
    clock.clearTimeout(this.#timers.get(instanceId));
    this.#timers.delete(instanceId);
    const restriction = this.#present.get(instanceId);
    if (restriction?.until == null) return;
    const waitMs = Math.min(Math.max(0, restriction.until - clock.now()), LONGEST_WAIT_MS);
    this.#timers.set(
      instanceId,
      clock.setTimeout(() => this.heard(instanceId, restriction), waitMs),
    );
  }
}

function sentenceOf({ kind, until }: AccountRestriction): string {
  const end =
    until === null ? 'for a time that the page does not say' : `until ${new Date(until).toISOString()}`;
  return `WhatsApp lets the account open no new chats ${end} (${kind}). Chats that there are go on; write to no new people until then: further attempts can make it longer.`;
}
