/** Ways: what people and mishaps do to bring an instance from where it is into a certain place of the chart. */
import type { People } from './people.js';
import type { Place } from './reach.js';
import { STRIKES } from './strikes.js';
import type { World } from './world.js';

interface Scene {
  readonly world: World;
  readonly people: People;
  readonly id: string;
}
type Step = (scene: Scene) => void;

interface Way {
  /** Where the last step begins. */
  readonly from: RegExp;
  readonly step: Step;
  /** How to come there: by a session, or by a page that shows a code. */
  readonly by: 'session' | 'code';
}

const READY = /^ready\./;
const SHOWING = /^needs_qr\.showing$/;
const EXPIRED = /^needs_qr\.expired$/;

const restart: Step = ({ people, id }) => people.restart(id);
const stop: Step = ({ people, id }) => people.command('stop', id);
const askForCode: Step = ({ people, id }) => people.look('qr', id);
const exit: Step = ({ world, id }) => void STRIKES['browser exits'](world, id);
const crash: Step = ({ world, id }) => void STRIKES['page crashes'](world, id);
const unlink: Step = ({ people, id }) => people.unlink(id);

/** A message is on its way to the page when it happens. */
const whileSending =
  (then: Step, withinMs: number): Step =>
  (scene) => {
    scene.people.send(scene.id);
    scene.world.clock.setTimeout(() => then(scene), scene.world.chance.between(0, withinMs));
  };
const often =
  (first: Step, second: Step): Step =>
  (scene) =>
    scene.world.chance.hits(0.5) ? first(scene) : second(scene);

/** More browsers than may start at once: the others queue. */
const crowd: Step = ({ world, people, id }) => {
  for (const [other, place] of world.places) if (other !== id && READY.test(place)) people.restart(other);
};
const socketOpens: Step = ({ world, id }) => {
  if (world.whatsapp.openGeneration(id) === null) return;
  world.struck('socket', id, 'OPENING');
  world.whatsapp.browser(id).setSocketState('OPENING');
};
const loseTheNetwork: Step = (scene) => {
  if (!STRIKES['host offline'](scene.world, scene.id)) socketOpens(scene);
};
const cripple: Step = (scene) => {
  scene.world.arm('bad load', scene.id, 'ready', 'never');
  restart(scene);
};
const forbid: Step = (scene) => {
  scene.world.arm('call fails', scene.id, 'open', { reject: 'TOS_BLOCK' });
  restart(scene);
};
const changePage: Step = ({ world, id }) => void STRIKES['page changes'](world, id);
const askWhileItCloses: Step = (scene) => {
  crash(scene);
  scene.world.clock.setTimeout(() => askForCode(scene), 1);
};

const WAYS: Record<Place, Way> = {
  'disconnected.stopped': { from: READY, step: stop, by: 'session' },
  'disconnected.draining': { from: READY, step: whileSending(stop, 60), by: 'session' },
  'disconnected.stopping': { from: READY, step: stop, by: 'session' },
  'disconnected.loggingOut': {
    from: READY,
    step: whileSending(({ people, id }) => people.command('logout', id), 40),
    by: 'session',
  },
  'disconnected.closing': { from: READY, step: often(restart, whileSending(restart, 40)), by: 'session' },
  'disconnected.waiting': { from: READY, step: exit, by: 'session' },
  'disconnected.suspended': { from: READY, step: loseTheNetwork, by: 'session' },
  'connecting.queued': {
    from: READY,
    step: (scene) => {
      crowd(scene);
      restart(scene);
    },
    by: 'session',
  },
  'connecting.launching': { from: READY, step: restart, by: 'session' },
  'connecting.syncing': { from: READY, step: restart, by: 'session' },
  'connecting.authenticating': { from: READY, step: cripple, by: 'session' },
  'connecting.reconnecting': {
    from: READY,
    step: often(socketOpens, whileSending(socketOpens, 200)),
    by: 'session',
  },
  'connecting.reloading': { from: READY, step: crash, by: 'session' },
  // A probe comes by itself, and while a message is being sent too.
  'ready.healthy': { from: READY, step: ({ people, id }) => people.send(id), by: 'session' },
  'ready.probing': { from: READY, step: ({ people, id }) => people.send(id), by: 'session' },
  'needs_qr.clearing': { from: READY, step: unlink, by: 'session' },
  'needs_qr.queued': {
    from: EXPIRED,
    step: (scene) => {
      crowd(scene);
      scene.world.clock.setTimeout(() => askForCode(scene), 200);
    },
    by: 'code',
  },
  'needs_qr.opening': { from: EXPIRED, step: askForCode, by: 'code' },
  'needs_qr.showing': { from: EXPIRED, step: askForCode, by: 'code' },
  'needs_qr.reopening': { from: SHOWING, step: often(restart, askWhileItCloses), by: 'code' },
  'needs_qr.closing': { from: SHOWING, step: crash, by: 'code' },
  'needs_qr.expired': { from: SHOWING, step: exit, by: 'code' },
  'error.cooling': { from: READY, step: exit, by: 'session' },
  'error.halted': { from: READY, step: forbid, by: 'session' },
  'error.incompatible': { from: READY, step: changePage, by: 'session' },
  'error.retesting': {
    from: /^error\.incompatible$/,
    step: ({ people, id }) => people.command('start', id),
    by: 'session',
  },
};

/** Towards the place that the last step begins in. */
function approach(way: Way, place: string, scene: Scene): void {
  const { world, people, id } = scene;
  if (/stopped$|^error/.test(place)) people.command('start', id);
  else if (way.from.test('error.incompatible') && READY.test(place)) changePage(scene);
  else if (way.by === 'session' && EXPIRED.test(place)) askForCode(scene);
  else if (way.by === 'session' && SHOWING.test(place) && world.whatsapp.account(id).page?.isShowingCode) {
    world.note({ kind: 'phone', id, did: 'scan' });
    world.whatsapp.phone(id).scan();
  } else if (way.by === 'code' && EXPIRED.test(place)) askForCode(scene);
  else if (way.by === 'code' && SHOWING.test(place)) crash(scene);
  else if (way.by === 'code' && READY.test(place)) unlink(scene);
}

/** One step of somebody, who is as near as can be, towards the place. Returns whom. */
export function lead(world: World, people: People, place: Place): string | null {
  const way = WAYS[place];
  const ids = [...world.places.keys()];
  const near = ids.filter((id) => way.from.test(world.placeOf(id)));
  if (ids.length === 0) return null;
  const id = world.chance.of(near.length > 0 ? near : ids);
  const scene = { world, people, id };
  if (near.length > 0) way.step(scene);
  else approach(way, world.placeOf(id), scene);
  return id;
}
