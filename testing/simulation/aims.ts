/**
 * Aims: pairs of place and fault that a seed means to strike. Random trouble seldom meets the places that last
 * milliseconds, so each seed draws some pairs, those of short places more often, leads instances towards them, and
 * strikes in the instant in which one enters, or a little later. All of it comes from the seed alone.
 */
import type { FaultName } from './fault-names.js';
import type { People } from './people.js';
import { type Pair, type Place, REACHABLE, TEARDOWN } from './reach.js';
import { STRIKES, type Strike, speakTwice } from './strikes.js';
import { lead } from './ways.js';
import type { World } from './world.js';

const AIMS = 8;

/** Where instances are most of the time: random trouble meets them there. */
const COMMON: ReadonlySet<Place> = new Set([
  'disconnected.stopped',
  'ready.healthy',
  'needs_qr.showing',
  'needs_qr.expired',
]);
const CHOICES = REACHABLE.map((pair) => ({ ...pair, weight: COMMON.has(pair.place) ? 0.2 : 1 }));

/** After the entry, so that a stay is struck in its middle too. */
const DELAYS_MS = [0, 0, 0, 1, 5, 20] as const;

interface Aim extends Pair {
  /** Until its first try; a place that was left meanwhile is struck at its entry the next time. */
  delayMs: number;
  isPending: boolean;
  /** Instances that were struck in their present stay, and somewhere else as it turned out. */
  readonly tried: Set<string>;
}

export class Aims {
  readonly #world: World;
  readonly #people: People;
  readonly #open: Aim[];

  constructor(world: World, people: People) {
    this.#world = world;
    this.#people = people;
    const { chance } = world;
    this.#open = Array.from({ length: AIMS }, () => {
      const { place, fault } = chance.weighted(CHOICES);
      return { place, fault, delayMs: chance.of(DELAYS_MS), isPending: false, tried: new Set() };
    });
    world.onLook = () => this.#watch();
    world.onStruck = (fault, place) => this.#reached(fault, place);
  }

  get areReached(): boolean {
    return this.#open.length === 0;
  }

  /** A step towards one of them. */
  pursue(): void {
    const { chance } = this.#world;
    if (this.areReached) return;
    const aim = chance.of(this.#open);
    const id = lead(this.#world, this.#people, aim.place);
    if (id !== null) this.#prepare(aim, id);
  }

  /** Faults that must lie in wait before the place is entered. */
  #prepare({ place, fault }: Aim, id: string): void {
    const world = this.#world;
    if ((fault === 'call hangs' || fault === 'call fails') && TEARDOWN.has(place)) world.armClose(id, fault);
    if (fault === 'lost answer' && place === 'connecting.reconnecting') {
      // The call must be on its way while the socket goes: a page that is not online sends nothing.
      STRIKES['driver slow'](world, id);
      world.arm(fault, id, 'send', 'lostAnswer');
    } else if (fault === 'lost answer') world.arm(fault, id, 'ack', 'withhold');
    if (fault !== 'bad load') return;
    if (place === 'needs_qr.showing') world.arm(fault, id, 'qr', 'stall');
    else if (place === 'connecting.reloading') world.arm(fault, id, 'reload', 'forgetful');
    else world.arm(fault, id, 'ready', 'twice');
  }

  #watch(): void {
    for (const aim of [...this.#open]) {
      if (aim.isPending) continue;
      const id = this.#inPlace(aim);
      if (id === undefined) continue;
      if (aim.delayMs === 0) this.#strike(aim, id);
      else this.#strikeLater(aim, id);
    }
  }

  #strikeLater(aim: Aim, id: string): void {
    aim.isPending = true;
    this.#world.clock.setTimeout(() => {
      aim.isPending = false;
      aim.delayMs = 0;
      if (this.#open.includes(aim) && this.#world.placeNow(id) === aim.place) this.#strike(aim, id);
    }, aim.delayMs);
  }

  #inPlace({ place, tried }: Aim): string | undefined {
    const world = this.#world;
    for (const id of tried) if (world.placeOf(id) !== place) tried.delete(id);
    for (const [id, now] of world.places)
      if (now === place && !tried.has(id) && world.placeNow(id) === place) return id;
    return undefined;
  }

  #strike(aim: Aim, id: string): void {
    if (this.#strikeOf(aim)?.(this.#world, id)) aim.tried.add(id);
  }

  /** What can be done at once; the rest lies in wait. */
  #strikeOf({ fault, place }: Aim): Strike | undefined {
    if (fault === 'double event') return speakTwice;
    if (fault === 'call fails' || fault === 'call hangs')
      return TEARDOWN.has(place) ? undefined : (_world, id) => this.#askInVain(fault, id);
    return fault in STRIKES ? STRIKES[fault as keyof typeof STRIKES] : undefined;
  }

  /** The one call that anybody may make wherever a browser is open. */
  #askInVain(fault: 'call fails' | 'call hangs', id: string): boolean {
    const outcome = fault === 'call hangs' ? 'hang' : ({ reject: 'DISCONNECTED' } as const);
    this.#world.arm(fault, id, 'screenshot', outcome);
    this.#people.look('screenshot', id);
    return true;
  }

  #reached(fault: FaultName, place: string): void {
    const at = this.#open.findIndex((aim) => aim.fault === fault && aim.place === place);
    if (at >= 0) this.#open.splice(at, 1);
  }
}
