/** Faults of the simulated instances: what happens to their browsers, phones, pages and network, by a seeded chance. */
import { setTimeout as pause } from 'node:timers/promises';
import type { SimulatedFaults, SimulatedWhatsApp } from '@wakeeper/lifecycle/testing';
import type { Chance } from '../simulation/chance.js';
import type { Tally } from './tally.js';

const MEAN_PAUSE_MS = 60;
/** So many lose the network when the host does: two are enough for the watch to look. */
const STRUCK_BY_OUTAGE = 5;
const OUTAGE_MS = 3_000;

interface Fault {
  readonly name: string;
  readonly weight: number;
  readonly strike: (id: string) => unknown;
}

/** Faults that wait for the next call of their kind. */
const SCRIPTED: { readonly [K in keyof SimulatedFaults]?: readonly SimulatedFaults[K][] } = {
  open: ['hang', 'forgetful', { reject: 'LAUNCH_FAILED' }, { reject: 'AUTH_TIMEOUT' }],
  ready: ['never', 'silent', 'endlessSync', 'early', 'twice', { lost: 'DISCONNECTED' }],
  qr: ['stall'],
  probe: ['hang', { reject: 'PROBE_FAILED' }],
  reload: ['hang', 'forgetful', { reject: 'RELOAD_FAILED' }],
  send: ['hang', 'lostAnswer', 'lostCall', { lateMs: 1_500 }, { unsent: 'PAGE_UNAVAILABLE' }],
  ack: ['withhold', 'stuck', 'error'],
  findSent: ['hang', { reject: 'PAGE_HUNG' }],
  logout: ['hang', { reject: 'DISCONNECTED' }],
  screenshot: ['hang'],
  close: ['hang'],
};

export class Weather {
  /** Whether the host reaches WhatsApp. */
  isHostOnline = true;
  readonly #world: SimulatedWhatsApp;
  readonly #ids: readonly string[];
  readonly #chance: Chance;
  readonly #tally: Tally;
  readonly #faults: readonly Fault[];

  constructor(world: SimulatedWhatsApp, ids: readonly string[], chance: Chance, tally: Tally) {
    this.#world = world;
    this.#ids = ids;
    this.#chance = chance;
    this.#tally = tally;
    const browser = (id: string) => world.browser(id);
    const socket = (state: string) => (id: string) => browser(id).setSocketState(state);
    this.#faults = [
      { name: 'browser killed', weight: 10, strike: (id) => browser(id).exit() },
      { name: 'page crashed', weight: 8, strike: (id) => browser(id).crash() },
      { name: 'page hung', weight: 3, strike: (id) => browser(id).hang() },
      { name: 'page closed', weight: 5, strike: (id) => browser(id).closePage() },
      { name: 'socket OPENING', weight: 5, strike: socket('OPENING') },
      { name: 'socket TIMEOUT', weight: 3, strike: socket('TIMEOUT') },
      { name: 'socket CONNECTED', weight: 5, strike: socket('CONNECTED') },
      { name: 'socket CONFLICT', weight: 3, strike: socket('CONFLICT') },
      { name: 'socket UNPAIRED', weight: 3, strike: socket('UNPAIRED') },
      { name: 'unlinked by the phone', weight: 3, strike: (id) => world.phone(id).unlink() },
      { name: 'acknowledgements released', weight: 5, strike: (id) => browser(id).releaseAcks() },
      { name: 'message received', weight: 10, strike: (id) => world.phone(id).receive() },
      { name: 'message written on the phone', weight: 3, strike: (id) => world.phone(id).write() },
      { name: 'history forgotten', weight: 1, strike: (id) => world.forgetHistory(id) },
      { name: 'host offline', weight: 0.15, strike: () => this.#outage() },
      ...Object.keys(SCRIPTED).map((kind) => ({
        name: `${kind} spoiled`,
        weight: 3,
        strike: (id: string) => this.#script(id, kind as keyof SimulatedFaults),
      })),
    ];
  }

  /** Strikes until it is over, `pace` times as often as usual, and mends then what would last. */
  async blow(isOver: () => boolean, pace: number): Promise<void> {
    while (!isOver()) {
      const id = this.#chance.of(this.#ids);
      const { name, strike } = this.#chance.weighted(this.#faults);
      // Most faults need an open browser; the phone and the script do not care.
      if (this.#world.openGeneration(id) !== null) {
        await strike(id);
        this.#tally.add(name);
      }
      await pause(this.#chance.between(0, (2 * MEAN_PAUSE_MS) / pace));
    }
    for (const id of this.#ids) this.#mend(id);
  }

  #script<K extends keyof SimulatedFaults>(id: string, kind: K): void {
    const fault = this.#chance.of(SCRIPTED[kind] ?? []);
    // Not more than one of a kind waits: some calls hardly ever come.
    this.#world.faults(id).clear(kind).next(kind, fault);
  }

  async #outage(): Promise<void> {
    this.isHostOnline = false;
    const struck = Array.from({ length: STRUCK_BY_OUTAGE }, () => this.#chance.of(this.#ids));
    this.#socketsOf(struck, 'OPENING');
    await pause(OUTAGE_MS);
    this.isHostOnline = true;
    this.#socketsOf(struck, 'CONNECTED');
  }

  #socketsOf(ids: readonly string[], state: string): void {
    for (const id of ids)
      if (this.#world.openGeneration(id) !== null) this.#world.browser(id).setSocketState(state);
  }

  #mend(id: string): void {
    this.#world.faults(id).clear();
    if (this.#world.openGeneration(id) === null) return;
    this.#world.browser(id).releaseAcks();
    this.#world.browser(id).setSocketState('CONNECTED');
  }
}
