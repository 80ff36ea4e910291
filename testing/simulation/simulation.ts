/** One seed: a fleet, its people and its troubles, until everything is healed and must become calm. */
import { Aims } from './aims.js';
import type { Ending, Run } from './history.js';
import { chosenOptions, rulesOf } from './options.js';
import { People } from './people.js';
import { strikeOne } from './troubles.js';
import { World } from './world.js';

const OPERATIONS = 200;
/** Troubles to operations. */
const TROUBLE_SHARE = 0.22;
/** Steps towards an aim, to all operations. */
const AIMED_SHARE = 0.25;
const CALM_WITHIN_MS = 3 * 3_600_000;
const LOOK_EVERY_MS = 15_000;
const MINUTE = 60_000;

/** Between two things that happen: at once, in the same breath, or after a while. */
const GAPS = [0, 0, 5, 30, 150, 400, 900, 2_000, 4_000, 9_000, 25_000] as const;

export async function simulate(seed: number): Promise<Run> {
  const world = new World(seed, chosenOptions);
  const { chance, history } = world;
  const ids = Array.from({ length: chance.between(4, 8) }, (_, at) => `i${at}`);
  const people = new People(world, ids);
  const wasKilled = () => history.some((entry) => entry.kind === 'struck' && entry.fault === 'kill');
  const aims = new Aims(world, people);
  await world.pass(0);
  for (const id of ids) {
    people.create(id);
    await world.pass(chance.of(GAPS));
  }
  while (people.asked < OPERATIONS) {
    if (chance.hits(TROUBLE_SHARE)) strikeOne(world);
    else if (!aims.areReached && chance.hits(AIMED_SHARE)) aims.pursue();
    else people.act();
    await world.pass(chance.of(GAPS));
  }
  if (!wasKilled()) world.kill();
  const ending = await healed(world, people);
  return { seed, rules: rulesOf(world.options, ids.length), history, ending };
}

async function healed(world: World, people: People): Promise<Ending> {
  await world.pass(1_000);
  world.heal();
  await world.pass(30_000);
  for (const [id, place] of world.places)
    if (place === 'disconnected.stopped' && world.chance.hits(0.5)) people.command('start', id);
  let unrest: string[] = [];
  let calmFor = 0;
  for (let waited = 0; waited < CALM_WITHIN_MS && calmFor < 4; waited += LOOK_EVERY_MS) {
    for (const [id, place] of world.places) mend(world, people, id, place);
    await world.pass(LOOK_EVERY_MS);
    unrest = unrestOf(world);
    calmFor = unrest.length === 0 ? calmFor + 1 : 0;
  }
  // What a page did not give is asked for again every ten minutes.
  await world.pass(11 * MINUTE);
  const listeners = listenersOf(world);
  let isClosed = false;
  void world.manager?.close().then(() => {
    isClosed = true;
  });
  await world.pass(MINUTE);
  if (!isClosed) unrest.push('The manager did not close within a minute.');
  return endingOf(world, unrest, listeners);
}

/** What only a person can do: scan, start what has halted, and send what is held. */
function mend(world: World, people: People, id: string, place: string): void {
  if ((world.data.queues.get(id)?.heldCount ?? 0) > 0) people.settleHeld('release', id);
  if (world.whatsapp.account(id).page?.isShowingCode) {
    world.note({ kind: 'phone', id, did: 'scan' });
    world.whatsapp.phone(id).scan();
  } else if (place === 'needs_qr.expired') people.look('qr', id);
  else if (place === 'error.halted') people.command('start', id);
}

function unrestOf(world: World): string[] {
  const { manager } = world;
  if (!manager) return ['No process runs.'];
  return manager.list({ limit: 500 }).items.flatMap(({ id, state, detail, wanted, queueDepth, reason }) => {
    if (wanted === 'stopped' && detail === 'stopped') return [];
    const items = [...(world.data.queues.get(id)?.open.values() ?? [])];
    if (state === 'ready' && queueDepth === 0 && items.length === 0) return [];
    return [
      `${id} is ${state}.${detail} with ${queueDepth} queued (${items.length} stored): ${reason ?? ''}`,
    ];
  });
}

function listenersOf(world: World): Ending['listeners'] {
  return [...world.data.inboxes].flatMap(([id, { since }]) =>
    world.placeOf(id).startsWith('ready.') ? [{ id, since }] : [],
  );
}

function endingOf(world: World, unrest: readonly string[], listeners: Ending['listeners']): Ending {
  const textOf = (payload: { readonly text?: string; readonly question?: string }) =>
    payload.text ?? payload.question ?? '';
  const ids = [...new Set(world.history.flatMap((entry) => (entry.kind === 'open' ? [entry.id] : [])))];
  return {
    items: [...world.data.queues.values()].flatMap((queue) =>
      [...queue.items.values()].map(
        ({ id: item, instanceId: id, payload, status, messageKey, errorCode, ack }) => ({
          id,
          item,
          text: textOf(payload),
          status,
          messageKey,
          errorCode,
          ack,
        }),
      ),
    ),
    deliveries: ids.flatMap((id) =>
      world.whatsapp
        .deliveries(id)
        .map(({ content, from, at }) => ({ id, text: textOf(content.payload), from, at })),
    ),
    lastFact: world.data.lastFact,
    received: world.data.facts.flatMap((fact) =>
      fact.type === 'message.received' ? [{ id: fact.instanceId ?? '', message: fact.body.id }] : [],
    ),
    listeners,
    unrest,
    browsers: world.whatsapp.browsers,
    breakdowns: world.breakdowns,
  };
}
