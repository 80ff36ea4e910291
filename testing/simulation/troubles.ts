/** Troubles: what goes wrong, and how often. Each strikes at once or lies in wait for the next call that it spoils. */
import type { FailureCode } from '@wakeeper/lifecycle';
import type { Chance } from './chance.js';
import type { World } from './world.js';

interface Trouble {
  readonly weight: number;
  readonly strike: (world: World, id: string, chance: Chance) => void;
}

const later = (world: World, seconds: readonly number[], fn: () => void): void => {
  world.clock.setTimeout(fn, world.chance.of(seconds) * 1_000);
};

/** True when the instance has a browser that something can happen to. */
const hasBrowser = (world: World, id: string): boolean => world.whatsapp.openGeneration(id) !== null;

const LADDER_CODES: readonly FailureCode[] = ['LAUNCH_FAILED', 'NETWORK', 'AUTH_TIMEOUT', 'PROFILE_IN_USE'];
const FATAL_CODES: readonly FailureCode[] = ['BROWSER_NOT_FOUND', 'TOS_BLOCK', 'VERSION_NOT_SUPPORTED'];

function storeTrouble(mode: 'fails' | 'slow' | 'repeats') {
  return (world: World): void => {
    if (world.storeMode !== 'fine') return;
    world.storeMode = mode;
    world.struckAll(`store ${mode}`);
    later(world, [1, 5, 20, 40], () => {
      if (world.storeMode === mode) world.storeMode = 'fine';
    });
  };
}

function driverTrouble(mode: 'slow' | 'repeats') {
  return (world: World, id: string): void => {
    world.driverModes.set(id, mode);
    world.struck(`driver ${mode}`, id);
    later(world, [5, 30, 60], () => world.driverModes.delete(id));
  };
}

const TROUBLES: readonly Trouble[] = [
  {
    weight: 3,
    strike: (world, _id, chance) => {
      if (chance.hits(0.3)) world.kill();
      else world.life.killIn(chance.between(0, 15), chance.of(['before', 'after']));
    },
  },
  { weight: 1.2, strike: (world) => world.supersede() },
  { weight: 0.6, strike: (world) => void world.restart() },
  { weight: 2, strike: storeTrouble('fails') },
  { weight: 2, strike: storeTrouble('slow') },
  { weight: 1.5, strike: storeTrouble('repeats') },
  { weight: 2, strike: driverTrouble('slow') },
  { weight: 2, strike: driverTrouble('repeats') },
  {
    weight: 4,
    strike: (world, id, chance) => {
      const code = chance.hits(0.15) ? chance.of(FATAL_CODES) : chance.of(LADDER_CODES);
      world.arm('call fails', id, 'open', { reject: code }, chance.of([1, 1, 3, 6]));
    },
  },
  {
    weight: 4,
    strike: (world, id, chance) => {
      const kind = chance.of(['probe', 'reload', 'logout', 'requestPairingCode', 'screenshot'] as const);
      if (chance.hits(0.5)) world.arm('call hangs', id, kind, 'hang', chance.of([1, 3]));
      else world.arm('call fails', id, kind, { reject: 'DISCONNECTED' }, chance.of([1, 3]));
    },
  },
  {
    weight: 2,
    strike: (world, id, chance) => world.arm('call hangs', id, 'open', 'hang', chance.of([1, 1, 4])),
  },
  { weight: 2, strike: (world, id) => world.arm('call hangs', id, 'close', 'hang') },
  {
    weight: 6,
    strike: (world, id, chance) => {
      const fault = chance.of([
        'never',
        'silent',
        'endlessSync',
        'early',
        'twice',
        { lost: chance.of(['NETWORK', 'BROWSER_EXITED', 'LOGGED_OUT'] as const) },
        { pageError: 'x is not a function' },
      ] as const);
      world.arm('bad load', id, 'ready', fault, chance.of([1, 1, 2]));
    },
  },
  {
    weight: 1,
    strike: (world, id) => world.arm('bad load', id, 'qr', 'stall'),
  },
  {
    weight: 4,
    strike: (world, id) => {
      world.arm('bad load', id, 'open', 'forgetful');
      world.arm('bad load', id, 'reload', 'forgetful');
    },
  },
  {
    weight: 9,
    strike: (world, id, chance) => {
      const fault = chance.of([
        'hang',
        'lostAnswer',
        'lostAnswer',
        'lostCall',
        { lateMs: 9_000 },
        { unsent: 'PAGE_UNAVAILABLE' },
        { refused: 'MESSAGE_REFUSED' },
      ] as const);
      world.arm('lost answer', id, 'send', fault);
    },
  },
  {
    // The page takes a message, is gone before anybody hears of it, and the next one remembers nothing.
    weight: 4,
    strike: (world, id, chance) => {
      const exit = () => {
        if (!hasBrowser(world, id)) return;
        world.struck('browser exits', id);
        world.whatsapp.browser(id).exit();
      };
      const soon = () => void world.clock.setTimeout(exit, chance.between(20, 400));
      world.arm('lost answer', id, 'send', chance.of(['lostAnswer', { lateMs: 100 }] as const), 1, soon);
      world.arm('lost answer', id, 'ack', 'withhold');
      world.arm('bad load', id, 'open', 'forgetful');
    },
  },
  {
    weight: 5,
    strike: (world, id, chance) =>
      world.arm('lost answer', id, 'ack', chance.of(['withhold', 'stuck', 'error'] as const)),
  },
  {
    weight: 3,
    strike: (world, id, chance) =>
      chance.hits(0.5)
        ? world.arm('call hangs', id, 'findSent', 'hang')
        : world.arm('call fails', id, 'findSent', { reject: 'PAGE_HUNG' }),
  },
  {
    weight: 6,
    strike: (world, id) => {
      if (!hasBrowser(world, id)) return;
      world.struck('browser exits', id);
      world.whatsapp.browser(id).exit();
    },
  },
  {
    weight: 5,
    strike: (world, id, chance) => {
      if (!hasBrowser(world, id)) return;
      world.struck('page crashes', id);
      if (chance.hits(0.8)) world.whatsapp.browser(id).crash();
      else world.whatsapp.browser(id).closePage();
    },
  },
  {
    weight: 3,
    strike: (world, id) => {
      if (!hasBrowser(world, id)) return;
      world.struck('page hangs', id);
      world.whatsapp.browser(id).hang();
    },
  },
  {
    weight: 6,
    strike: (world, id, chance) => {
      if (!hasBrowser(world, id)) return;
      const state = chance.of(['OPENING', 'TIMEOUT', 'OPENING', 'TIMEOUT', 'CONFLICT', 'UNPAIRED'] as const);
      world.struck('socket', id, state);
      world.whatsapp.browser(id).setSocketState(state);
      if (chance.hits(0.6))
        later(world, [1, 4, 8], () => {
          if (hasBrowser(world, id)) world.whatsapp.browser(id).setSocketState('CONNECTED');
        });
    },
  },
  { weight: 5, strike: (world, id) => sayStale(world, id) },
  { weight: 5, strike: (world, id) => world.armDouble(id) },
  {
    weight: 1,
    strike: (world, _id, chance) => {
      if (!world.hostIsUp) return;
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
          if (hasBrowser(world, id) && chance.hits(0.7))
            world.whatsapp.browser(id).setSocketState('CONNECTED');
      });
    },
  },
  {
    weight: 0.8,
    strike: (world, _id, chance) => {
      const ms = chance.of([2_000, 60_000, 600_000, 3_600_000]);
      world.struckAll('sleep', `${ms} ms`);
      world.note({ kind: 'slept', ms });
      world.clock.jump(ms);
    },
  },
];

/** A generation that is over says something, as real browsers do while they end. */
function sayStale(world: World, id: string): void {
  const { life, chance } = world;
  const newest = life.voices.filter((voice) => voice.id === id).at(-1);
  const old = life.voices.filter((voice) => voice.id === id && voice !== newest);
  const isOver = newest && world.whatsapp.openGeneration(id) !== newest.generation;
  const candidates = isOver ? [...old, newest] : old;
  if (candidates.length === 0 || !world.manager) return;
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
  const seen = () => {
    const { state, detail } = world.manager?.get(id) ?? {};
    return `${state}.${detail}`;
  };
  try {
    const before = seen();
    world.struck('stale event', id, `${event.type} of generation ${voice.generation}`, before);
    voice.hear(event);
    life.note({ kind: 'stale', id, event: event.type, before, after: seen() });
  } catch {
    // The instance was removed: nothing is there that could hear.
  }
}

/** Most troubles come to whom there is. */
export function strikeOne(world: World): void {
  const ids = [...world.places.keys()];
  if (ids.length === 0) return;
  const { chance } = world;
  chance.weighted(TROUBLES).strike(world, chance.of(ids), chance);
}
