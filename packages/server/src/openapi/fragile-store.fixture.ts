/** A store that can be made to fail as a full disk makes it, and that can be lost. */
import { LifecycleError, type Store } from '@wakeeper/lifecycle';

const full = () =>
  Promise.reject(new LifecycleError('STORE_UNAVAILABLE', { message: 'The disk is full. Make room.' }));

/** Each of the functions, which fail while the disk is full. */
function guarded<T extends object>(room: T, isFull: () => boolean): T {
  return new Proxy(room, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver);
      return typeof value === 'function'
        ? (...args: unknown[]) => (isFull() ? full() : Reflect.apply(value, target, args))
        : value;
    },
  });
}

export class Disk {
  isFull = false;
  #tellLost: (error: LifecycleError) => void = () => {};
  readonly #lost = new Promise<LifecycleError>((resolve) => {
    this.#tellLost = resolve;
  });

  lose(code: 'STORE_LOCKED' | 'STORE_UNAVAILABLE'): void {
    this.#tellLost(new LifecycleError(code, { message: 'The disk is gone.' }));
  }

  under(store: Store): Store {
    const isFull = () => this.isFull;
    return {
      open: async () => ({ ...(await store.open()), lost: this.#lost }),
      close: () => store.close(),
      check: () => (this.isFull ? full() : store.check()),
      instances: guarded(store.instances, isFull),
      queue: guarded(store.queue, isFull),
      facts: guarded(store.facts, isFull),
      inbox: guarded(store.inbox, isFull),
      webhooks: { ...guarded({ ...store.webhooks }, isFull) },
    };
  }
}
