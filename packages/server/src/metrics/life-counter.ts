/** Counts what instances do, as it happens: transitions, restarts, recoveries. The manager's observer. */
import type { Move, Observer, Restart } from '@wakeeper/lifecycle';
import type { Instruments } from './instruments.js';

export class LifeCounter implements Observer {
  /** Since when an instance that was ready is not, by its id; only while it is not. */
  readonly #lostAt = new Map<string, number>();
  readonly #counted: Pick<Instruments, 'transitions' | 'restarts' | 'recoverySeconds'>;
  readonly #now: () => number;

  /** @param now milliseconds that only grow */
  constructor(counted: Pick<Instruments, 'transitions' | 'restarts' | 'recoverySeconds'>, now: () => number) {
    this.#counted = counted;
    this.#now = now;
  }

  moved({ instanceId, from, to, wanted }: Move): void {
    if (from.state !== to.state) this.#counted.transitions.inc({ from: from.state, to: to.state });
    const lostAt = this.#lostAt.get(instanceId);
    if (to.state === 'ready' || wanted === 'stopped') this.#lostAt.delete(instanceId);
    else if (from.state === 'ready') this.#lostAt.set(instanceId, this.#now());
    if (to.state === 'ready' && lostAt !== undefined)
      this.#counted.recoverySeconds.observe((this.#now() - lostAt) / 1000);
  }

  restarted({ rung, cause }: Restart): void {
    this.#counted.restarts.inc({ rung, cause: cause ?? 'UNKNOWN' });
  }
}
