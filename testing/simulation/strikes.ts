/** Strikes: what can be done to an instance, or to the whole node, at this very moment. */
import type { FaultName } from './fault-names.js';
import type { World } from './world.js';

/** False when there is nothing that it could be done to. */
export type Strike = (world: World, id: string) => boolean;

const later = (world: World, seconds: readonly number[], fn: () => void): void => {
  world.clock.setTimeout(fn, world.chance.of(seconds) * 1_000);
};

/** True when the instance has a browser that something can happen to. */
const hasBrowser = (world: World, id: string): boolean => world.whatsapp.openGeneration(id) !== null;

const needingBrowser =
  (strike: (world: World, id: string) => void): Strike =>
  (world, id) => {
    if (!hasBrowser(world, id)) return false;
    strike(world, id);
    return true;
  };

const store =
  (mode: 'fails' | 'slow' | 'repeats'): Strike =>
  (world) => {
    if (world.storeMode !== 'fine') return false;
    world.storeMode = mode;
    world.struckAll(`store ${mode}`);
    later(world, [1, 5, 20, 40], () => {
      if (world.storeMode === mode) world.storeMode = 'fine';
    });
    return true;
  };

const driver =
  (mode: 'slow' | 'repeats'): Strike =>
  (world, id) => {
    world.driverModes.set(id, mode);
    world.struck(`driver ${mode}`, id);
    later(world, [5, 30, 60], () => world.driverModes.delete(id));
    return true;
  };

function takeHostOffline(world: World): boolean {
  if (!world.hostIsUp) return false;
  const { chance } = world;
  world.setHost(false);
  world.struckAll('host offline');
  for (const id of world.places.keys()) {
    if (!hasBrowser(world, id) || !chance.hits(0.7)) continue;
    world.whatsapp.browser(id).setSocketState('OPENING');
    world.arm('call fails', id, 'open', { reject: 'NETWORK' });
  }
  later(world, [10, 40, 120], () => {
    world.setHost(true);
    for (const id of world.places.keys())
      if (hasBrowser(world, id) && chance.hits(0.7)) world.whatsapp.browser(id).setSocketState('CONNECTED');
  });
  return true;
}

function sleep(world: World): boolean {
  const ms = world.chance.of([2_000, 60_000, 600_000, 3_600_000]);
  world.struckAll('sleep', `${ms} ms`);
  world.note({ kind: 'slept', ms });
  world.clock.jump(ms);
  return true;
}

/** A generation that is over says something, as real browsers do while they end. */
function sayStale(world: World, id: string): boolean {
  const { life, chance } = world;
  const newest = life.voices.filter((voice) => voice.id === id).at(-1);
  const old = life.voices.filter((voice) => voice.id === id && voice !== newest);
  const isOver = newest && !newest.isOpening && world.whatsapp.openGeneration(id) !== newest.generation;
  const candidates = isOver ? [...old, newest] : old;
  const before = world.placeNow(id);
  // An instance that was removed has nothing that could hear.
  if (candidates.length === 0 || before === 'none') return false;
  const voice = chance.of(candidates);
  const event = chance.of([
    { type: 'ready', me: null },
    { type: 'authenticated' },
    { type: 'qr', qr: 'stale' },
    { type: 'scanned' },
    { type: 'pageCrashed', message: 'stale' },
    { type: 'socketState', state: 'OPENING' },
    { type: 'socketState', state: 'CONNECTED' },
    { type: 'lost', failure: { code: 'BROWSER_EXITED', message: 'stale' } },
    { type: 'lost', failure: { code: 'LOGGED_OUT', message: 'stale' } },
  ] as const);
  world.struck('stale event', id, `${event.type} of generation ${voice.generation}`);
  voice.hear(event);
  life.note({ kind: 'stale', id, event: event.type, before, after: world.placeNow(id) });
  return true;
}

const strikes = {
  kill: (world) => world.kill(),
  supersede: (world) => world.supersede(),
  'store fails': store('fails'),
  'store slow': store('slow'),
  'store repeats': store('repeats'),
  'driver slow': driver('slow'),
  'driver repeats': driver('repeats'),
  'browser exits': needingBrowser((world, id) => {
    world.struck('browser exits', id);
    world.whatsapp.browser(id).exit();
  }),
  'page crashes': needingBrowser((world, id) => {
    world.struck('page crashes', id);
    if (world.chance.hits(0.8)) world.whatsapp.browser(id).crash();
    else world.whatsapp.browser(id).closePage();
  }),
  'page hangs': needingBrowser((world, id) => {
    world.struck('page hangs', id);
    world.whatsapp.browser(id).hang();
  }),
  socket: needingBrowser((world, id) => {
    const { chance } = world;
    const state = chance.of(['OPENING', 'TIMEOUT', 'OPENING', 'TIMEOUT', 'CONFLICT', 'UNPAIRED'] as const);
    world.struck('socket', id, state);
    world.whatsapp.browser(id).setSocketState(state);
    if (chance.hits(0.6))
      later(world, [1, 4, 8], () => {
        if (hasBrowser(world, id)) world.whatsapp.browser(id).setSocketState('CONNECTED');
      });
  }),
  'page changes': (world, id) => {
    const { chance, whatsapp } = world;
    const lacking = chance.of([
      ['ids'],
      ['inbound'],
      ['core'],
      ['sendText'],
      ['sendText', 'inbound'],
    ] as const);
    const test = (): void => {
      if (hasBrowser(world, id)) whatsapp.browser(id).testPage();
    };
    world.struck('page changes', id, lacking.join());
    whatsapp.changePage(id, lacking);
    test();
    later(world, [1, 20, 90, 300], () => {
      whatsapp.changePage(id);
      // Doubts lead to another test, or nothing is noticed before the next one that is due.
      if (chance.hits(0.5)) test();
    });
    return true;
  },
  'stale event': sayStale,
  'host offline': takeHostOffline,
  sleep,
} satisfies Partial<Record<FaultName, Strike>>;
export const STRIKES: Readonly<Record<keyof typeof strikes, Strike>> = strikes;

/** The page says what the chart knows already, and says it twice. */
export const speakTwice: Strike = needingBrowser((world, id) => {
  const state = world.placeNow(id) === 'connecting.reconnecting' ? 'OPENING' : 'CONNECTED';
  world.armDouble(id);
  world.whatsapp.browser(id).say({ type: 'socketState', state });
});
