/** Troubles: what goes wrong, and how often. Each strikes at once or lies in wait for the next call that it spoils. */
import type { FailureCode } from '@wakeeper/lifecycle';
import type { Chance } from './chance.js';
import { STRIKES } from './strikes.js';
import type { World } from './world.js';

interface Trouble {
  readonly weight: number;
  readonly strike: (world: World, id: string, chance: Chance) => unknown;
}

const LADDER_CODES: readonly FailureCode[] = ['LAUNCH_FAILED', 'NETWORK', 'AUTH_TIMEOUT', 'PROFILE_IN_USE'];
const FATAL_CODES: readonly FailureCode[] = ['BROWSER_NOT_FOUND', 'TOS_BLOCK', 'VERSION_NOT_SUPPORTED'];

const TROUBLES: readonly Trouble[] = [
  {
    weight: 3,
    strike: (world, _id, chance) => {
      if (chance.hits(0.3)) world.kill();
      else world.life.killIn(chance.between(0, 15), chance.of(['before', 'after']));
    },
  },
  { weight: 1.2, strike: STRIKES.supersede },
  { weight: 0.6, strike: (world) => void world.restart() },
  { weight: 2, strike: STRIKES['store fails'] },
  { weight: 2, strike: STRIKES['store slow'] },
  { weight: 1.5, strike: STRIKES['store repeats'] },
  { weight: 2, strike: STRIKES['driver slow'] },
  { weight: 2, strike: STRIKES['driver repeats'] },
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
  { weight: 1.5, strike: (world, id, chance) => world.armClose(id, chance.of(['call hangs', 'call fails'])) },
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
      const exit = () => STRIKES['browser exits'](world, id);
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
    weight: 3,
    strike: (world, id, chance) =>
      chance.hits(0.5)
        ? world.arm('call hangs', id, 'fetchMessages', 'hang', chance.of([1, 3]))
        : world.arm('call fails', id, 'fetchMessages', { reject: 'PAGE_HUNG' }, chance.of([1, 3])),
  },
  {
    // What came while the page was away is told by the page too, besides being fetched.
    weight: 2,
    strike: (world, id) => world.arm('bad load', id, 'offline', 'told'),
  },
  { weight: 6, strike: STRIKES['browser exits'] },
  { weight: 5, strike: STRIKES['page crashes'] },
  { weight: 3, strike: STRIKES['page hangs'] },
  { weight: 6, strike: STRIKES.socket },
  { weight: 4, strike: STRIKES['page changes'] },
  { weight: 5, strike: STRIKES['stale event'] },
  { weight: 5, strike: (world, id) => world.armDouble(id) },
  { weight: 1, strike: STRIKES['host offline'] },
  { weight: 0.8, strike: STRIKES.sleep },
];

/** Most troubles come to whom there is. */
export function strikeOne(world: World): void {
  const ids = [...world.places.keys()];
  if (ids.length === 0) return;
  const { chance } = world;
  chance.weighted(TROUBLES).strike(world, chance.of(ids), chance);
}
