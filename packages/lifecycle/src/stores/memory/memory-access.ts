/** The way into the data: every effect is whole and done when the call returns, and a fenced owner has no effect. */
import { LifecycleError } from '../../domain/errors.js';
import type { StoreOpening } from '../../ports/store.js';
import type { MemoryData } from './memory-data.js';

export class MemoryAccess {
  private epoch: number | null = null;
  private lose: (error: LifecycleError) => void = () => {};
  private readonly data: MemoryData;

  constructor(data: MemoryData) {
    this.data = data;
  }

  open(): StoreOpening {
    if (this.epoch !== null) {
      throw new LifecycleError('STORE_LOCKED', {
        message: 'This store is open already. Close it before opening it again.',
      });
    }
    this.data.epoch += 1;
    this.epoch = this.data.epoch;
    const lost = new Promise<LifecycleError>((resolve) => {
      this.lose = resolve;
    });
    return { epoch: this.epoch, lost };
  }

  close(): void {
    this.epoch = null;
  }

  async read<T>(effect: (data: MemoryData) => T): Promise<T> {
    if (this.epoch === null) {
      throw new LifecycleError('STORE_UNAVAILABLE', { message: 'The store is not open. Call open() first.' });
    }
    return effect(this.data);
  }

  async write<T>(effect: (data: MemoryData) => T): Promise<T> {
    if (this.epoch !== null && this.epoch !== this.data.epoch) {
      const fenced = new LifecycleError('STORE_LOCKED', {
        message: `Another owner has opened this store (epoch ${this.data.epoch}; this one is ${this.epoch}). Open it again.`,
        details: { epoch: this.epoch, current: this.data.epoch },
      });
      this.lose(fenced);
      throw fenced;
    }
    return this.read(effect);
  }
}
