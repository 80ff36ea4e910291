/** A fleet of instances over the simulated driver: the same three steps, with and without wakeeper's manager. */
import { SimulatedWhatsApp } from '@wakeeper/lifecycle/testing';

export interface Fleet {
  /** Every instance exists and is stopped. */
  create(): Promise<void>;
  /** Every instance is started and has become ready. */
  ready(): Promise<void>;
  /** Every instance has ended, its browser too. */
  stop(): Promise<void>;
}

/** The browsers of the simulation take no time of their own: what is left is ours. */
export const NO_TIME = { openMs: 0, syncMs: 0, closeMs: 0, spreadShare: 0 } as const;

export interface World {
  readonly ids: readonly string[];
  /** Every account is paired already. */
  readonly whatsapp: SimulatedWhatsApp;
}

export function worldOf(size: number): World {
  const whatsapp = new SimulatedWhatsApp();
  const ids = Array.from({ length: size }, (_, index) => `instance-${index}`);
  for (const id of ids) whatsapp.pair(id);
  return { ids, whatsapp };
}

/** Resolves at the last of so many calls. */
export function countdown(from: number): { readonly zero: Promise<void>; readonly count: () => void } {
  let left = from;
  let arrive = () => {};
  const zero = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  return {
    zero,
    count: () => {
      left -= 1;
      if (left === 0) arrive();
    },
  };
}
