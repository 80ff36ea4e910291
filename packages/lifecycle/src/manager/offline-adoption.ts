/**
 * Profiles that somebody has, made into instances while nothing runs: no browser is started here. At the next opening
 * of the manager they are there, wanted and paired.
 */
import { LifecycleError } from '../domain/errors.js';
import { parseInstanceId } from '../domain/instance-id.js';
import { newRecord } from '../instance/instance-record.js';
import { type Clock, systemClock } from '../ports/clock.js';
import type { Driver } from '../ports/driver.js';
import type { Store } from '../ports/store.js';
import { adoptProfile } from './adopted-profile.js';

export interface OfflineAdoptionOptions {
  readonly driver: Driver;
  readonly store: Store;
  readonly clock?: Clock;
}

export class OfflineAdoption {
  readonly #driver: Driver;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #ids: Set<string>;

  private constructor({ driver, store, clock = systemClock }: OfflineAdoptionOptions, ids: Set<string>) {
    this.#driver = driver;
    this.#store = store;
    this.#clock = clock;
    this.#ids = ids;
  }

  /**
   * Opens the store, which nobody else may have open.
   * @throws LifecycleError STORE_LOCKED while a manager runs; STORE_SCHEMA, STORE_UNAVAILABLE
   */
  static async open(options: OfflineAdoptionOptions): Promise<OfflineAdoption> {
    const { store } = options;
    await store.open();
    try {
      const records = await store.instances.load();
      return new OfflineAdoption(options, new Set(records.map(({ id }) => id)));
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** The instances that the store knows. */
  get ids(): ReadonlySet<string> {
    return this.#ids;
  }

  /**
   * Copies the profile, never moves it, and writes the instance down as wanted and paired.
   * @throws LifecycleError INVALID_INPUT, INSTANCE_EXISTS, PROFILE_IN_USE, PROFILE_NOT_FOUND, STORE_UNAVAILABLE; DriverError
   */
  async adopt(given: { readonly id: string; readonly source: string }): Promise<void> {
    const id = parseInstanceId(given.id);
    if (this.#ids.has(id))
      throw new LifecycleError('INSTANCE_EXISTS', { message: `There is an instance "${id}" already.` });
    await adoptProfile(this.#driver, { id, source: given.source }, () => {
      const record = newRecord({ id, wanted: 'running', now: this.#clock.now(), paired: true });
      return this.#store.instances.insert(record, []);
    });
    this.#ids.add(id);
  }

  /** Gives up the profiles and the store. */
  async close(): Promise<void> {
    await this.#driver.shutdown();
    await this.#store.close();
  }
}
