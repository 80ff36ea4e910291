/**
 * Restrictions: what WhatsApp does not let an account do for a time, reported when it begins and when it is over, once each, by
 * the page's word or when its time has passed. The record of the instance has what was reported last.
 */
import type { FactDraft } from '../domain/fact.js';
import type { AccountRestriction } from '../domain/restriction.js';
import type { Clock } from '../ports/clock.js';
import type { ManagedInstance } from './managed-instance.js';

export interface RestrictionsDeps {
  readonly clock: Clock;
  readonly find: (instanceId: string) => ManagedInstance | undefined;
}

const ALERT = 'account_restricted';
/** setTimeout fires at once beyond 2^31-1 ms, and a restriction may last for weeks. */
const LONGEST_WAIT_MS = 24 * 3_600_000;

const isSame = (a: AccountRestriction | null, b: AccountRestriction | null): boolean =>
  a?.kind === b?.kind && a?.until === b?.until;

/** Null once its time has passed. */
export const standing = (restriction: AccountRestriction | null, now: number): AccountRestriction | null =>
  restriction?.until != null && restriction.until <= now ? null : restriction;

export class Restrictions {
  readonly #deps: RestrictionsDeps;
  readonly #timers = new Map<string, unknown>();

  constructor(deps: RestrictionsDeps) {
    this.#deps = deps;
  }

  heard(instanceId: string, said: AccountRestriction | null): void {
    const { clock, find } = this.#deps;
    const instance = find(instanceId);
    if (!instance) return;
    const restriction = standing(said, clock.now());
    this.#waitForEnd(instanceId, restriction);
    const before = instance.kept.restriction;
    if (isSame(before, restriction)) return;
    instance.configure({ restriction }, this.#facts(instanceId, before, restriction));
  }

  /** The instance is being removed: what stands of it is over. */
  lifted(instanceId: string): readonly FactDraft[] {
    this.#waitForEnd(instanceId, null);
    const before = this.#deps.find(instanceId)?.kept.restriction ?? null;
    return this.#facts(instanceId, before, null);
  }

  end(): void {
    for (const timer of this.#timers.values()) this.#deps.clock.clearTimeout(timer);
    this.#timers.clear();
  }

  #facts(
    instanceId: string,
    before: AccountRestriction | null,
    restriction: AccountRestriction | null,
  ): readonly FactDraft[] {
    if (!restriction)
      return before
        ? [this.#alert('alert.resolved', instanceId, 'The account may open new chats again.')]
        : [];
    const at = this.#deps.clock.now();
    const fact: FactDraft = { type: 'account.restricted', instanceId, at, body: restriction };
    return before ? [fact] : [fact, this.#alert('alert.raised', instanceId, sentenceOf(restriction))];
  }

  #alert(type: 'alert.raised' | 'alert.resolved', instanceId: string, message: string): FactDraft {
    const body = { name: ALERT, message, instances: [instanceId] };
    return { type, instanceId, at: this.#deps.clock.now(), body };
  }

  #waitForEnd(instanceId: string, restriction: AccountRestriction | null): void {
    const { clock } = this.#deps;
    clock.clearTimeout(this.#timers.get(instanceId));
    this.#timers.delete(instanceId);
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
