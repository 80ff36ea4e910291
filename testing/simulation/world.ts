/**
 * World: everything that outlives a process (the clock, WhatsApp, the disk, the network), whoever starts processes again,
 * and the history of what was seen.
 */
import type { LifecycleOptions } from '@wakeeper/lifecycle';
import {
  type FaultKind,
  MemoryData,
  type SimulatedFaults,
  SimulatedWhatsApp,
  VirtualClock,
} from '@wakeeper/lifecycle/testing';
import { Chance } from './chance.js';
import type { FaultName } from './fault-names.js';
import type { Entry, Happening } from './history.js';
import { Life } from './life.js';

interface Armed {
  readonly kind: FaultKind;
  readonly fault: unknown;
  readonly name: FaultName;
  left: number;
  /** What happens because of it. */
  readonly then: () => void;
}

/** How the next closing of a browser comes out: it is done, and says that it failed, or says nothing. */
type CloseFault = 'call fails' | 'call hangs';

export class World {
  readonly clock: VirtualClock;
  readonly whatsapp: SimulatedWhatsApp;
  readonly data = new MemoryData();
  readonly chance: Chance;
  readonly options: Partial<LifecycleOptions>;
  readonly times = { closeMs: 60, killMs: 15, ackUpTo: 2 } as const;
  readonly history: Entry[] = [];
  readonly breakdowns: string[] = [];
  storeMode: 'fine' | 'fails' | 'slow' | 'repeats' = 'fine';
  readonly driverModes = new Map<string, 'slow' | 'repeats'>();
  hostIsUp = true;
  /** Called after every look, and so within the same instant in which an instance enters a place. */
  onLook: (() => void) | null = null;
  /** Called with every fault that has struck. */
  onStruck: ((fault: FaultName, place: string) => void) | null = null;
  life: Life;
  #lives = 0;
  readonly #armed = new Map<string, Armed[]>();
  readonly #doubles = new Set<string>();
  readonly #closes = new Map<string, CloseFault>();
  readonly #places = new Map<string, string>();

  constructor(seed: number, options: (chance: Chance) => Partial<LifecycleOptions>) {
    this.chance = new Chance(seed);
    this.clock = new VirtualClock({ seed });
    this.options = options(this.chance);
    this.whatsapp = new SimulatedWhatsApp({ injectFault: (kind, id) => this.#strikeCall(kind, id) });
    this.life = new Life(this, ++this.#lives);
    void this.#boot();
  }

  note(happening: Happening, life = 0): void {
    this.history.push({ ...happening, at: this.clock.now(), life });
  }

  get manager() {
    return this.life.isAlive ? this.life.manager : null;
  }

  placeOf(id: string): string {
    return this.#places.get(id) ?? 'none';
  }
  /** Where it is at this very moment, which nobody may have looked at yet. */
  placeNow(id: string): string {
    try {
      const { state, detail } = this.manager?.get(id) ?? {};
      return state === undefined ? this.placeOf(id) : `${state}.${detail}`;
    } catch {
      return 'none';
    }
  }
  /** Instances that are there, with their places. */
  get places(): ReadonlyMap<string, string> {
    return this.#places;
  }

  get durableRecords() {
    return [...this.data.instances.values()].map(({ id, state }) => {
      const open = [...(this.data.queues.get(id)?.open.values() ?? [])];
      return { id, state, sending: open.filter(({ status }) => status === 'sending').length };
    });
  }

  /** Lets time pass, and looks at every instance after whatever happened. */
  async pass(ms: number): Promise<void> {
    let isOver = false;
    this.clock.setTimeout(() => {
      isOver = true;
    }, ms);
    const look = () => {
      this.look();
      return isOver;
    };
    await this.clock.until(look, ms);
  }

  look(): void {
    const { life, manager } = this;
    if (manager && !manager.accepting) return;
    const seen = new Set<string>();
    for (const { id, state, detail } of manager?.list({ limit: 500 }).items ?? []) {
      const place = `${state}.${detail}`;
      seen.add(id);
      if (this.#places.get(id) === place) continue;
      this.#places.set(id, place);
      life.note({ kind: 'moved', id, place });
    }
    for (const id of [...this.#places.keys()])
      if (!seen.has(id)) {
        this.#places.delete(id);
        if (manager) life.note({ kind: 'moved', id, place: 'none' });
      }
    this.onLook?.();
  }

  // --- faults ---------------------------------------------------------------------------------------------------------

  struck(
    fault: FaultName,
    id: string | null,
    note = '',
    place = id === null ? null : this.placeNow(id),
  ): void {
    this.note({ kind: 'struck', fault, id, place, note });
    if (place !== null) this.onStruck?.(fault, place);
  }
  /** A fault of the whole node strikes every instance where it is. */
  struckAll(fault: FaultName, note = ''): void {
    for (const id of this.#places.keys()) this.struck(fault, id, note);
    if (this.#places.size === 0) this.struck(fault, null, note);
  }

  /** The next calls of this kind go wrong. */
  arm<K extends FaultKind>(
    name: FaultName,
    id: string,
    kind: K,
    fault: SimulatedFaults[K],
    times = 1,
    then: () => void = () => {},
  ): void {
    const armed = this.#armed.get(id) ?? [];
    armed.push({ name, kind, fault, left: times, then });
    this.#armed.set(id, armed);
  }
  armClose(id: string, fault: CloseFault): void {
    this.#closes.set(id, fault);
  }
  /** What becomes of the answer of a closing that is done. */
  takeClose(id: string): CloseFault | undefined {
    const fault = this.#closes.get(id);
    if (this.#closes.delete(id) && fault) this.struck(fault, id, 'close');
    return fault;
  }
  armDouble(id: string): void {
    this.#doubles.add(id);
  }
  /** Whether this event is said a second time. */
  speaksTwice(id: string, event: string): boolean {
    if (!this.#doubles.delete(id)) return false;
    this.struck('double event', id, event);
    return true;
  }

  #strikeCall<K extends FaultKind>(kind: K, id: string): SimulatedFaults[K] | undefined {
    const armed = this.#armed.get(id)?.find((one) => one.kind === kind && one.left > 0);
    if (!armed) return undefined;
    armed.left -= 1;
    armed.then();
    const note = `${kind} ${JSON.stringify(armed.fault)}`;
    const place = this.placeNow(id);
    // A generation is opened within the step that enters the place.
    const opening = place.startsWith('needs_qr') ? 'needs_qr.opening' : 'connecting.launching';
    // A browser is closed within that step too, and then the chart tells where.
    if (kind === 'close') queueMicrotask(() => this.struck(armed.name, id, note));
    else this.struck(armed.name, id, note, kind === 'open' ? opening : place);
    return armed.fault as SimulatedFaults[K];
  }

  /** kill -9 of the process; whoever runs it starts it again. False when none runs. */
  kill(): boolean {
    if (!this.life.isAlive) return false;
    this.struckAll('kill');
    this.life.end('killed');
    this.clock.setTimeout(() => this.#reboot(), this.chance.hits(0.5) ? 0 : this.chance.between(1, 20_000));
    return true;
  }

  /** Another process takes the data over while this one, cut off from its browsers, goes on for a minute. */
  supersede(): boolean {
    const old = this.life;
    if (!old.isAlive || !old.manager) return false;
    this.struckAll('supersede');
    old.note({ kind: 'ended', how: 'superseded' });
    old.spare();
    old.loseBrowsers();
    this.#reboot();
    this.clock.setTimeout(() => old.end('killed'), 60_000);
    return true;
  }

  /** An orderly end, and a new process. */
  async restart(): Promise<void> {
    const { life } = this;
    this.note({ kind: 'shutdown' });
    await life.manager?.close();
    if (!life.isAlive || this.life !== life) return;
    life.end('closed');
    this.#reboot();
  }

  #reboot(): void {
    this.#places.clear();
    this.life = new Life(this, ++this.#lives);
    void this.#boot();
  }

  async #boot(): Promise<void> {
    const { life } = this;
    try {
      await life.boot(this.options);
    } catch {
      // A store that fails at the boot ends the process; it is started again.
      if (!life.isAlive) return;
      life.end('killed');
      this.clock.setTimeout(() => this.#reboot(), 2_000);
    }
  }

  setHost(isUp: boolean): void {
    this.hostIsUp = isUp;
    this.note({ kind: 'host', isUp });
  }

  /** Nothing goes wrong from now on. */
  heal(): void {
    this.#armed.clear();
    this.#doubles.clear();
    this.#closes.clear();
    this.onLook = null;
    this.onStruck = null;
    this.driverModes.clear();
    this.storeMode = 'fine';
    this.setHost(true);
    for (const id of this.places.keys()) this.whatsapp.changePage(id);
    this.life.spare();
    this.note({ kind: 'healed' });
  }
}
