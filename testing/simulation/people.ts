/** People: what operators and senders ask of the fleet, and what the owners of the phones do. Nobody waits for an answer. */
import { type InstanceManager, isLifecycleError, type Receipt } from '@wakeeper/lifecycle';
import type { Verb } from './history.js';
import type { World } from './world.js';

interface Sent {
  readonly id: string;
  readonly text: string;
  readonly key: string | undefined;
  readonly ttlMs: number | undefined;
}

interface Asking {
  readonly text?: string;
  readonly key?: string;
  readonly item?: string;
  readonly as?: string;
}

interface Habit {
  readonly weight: number;
  readonly act: (people: People) => void;
}

const CUSTOMER = '4915112345678@c.us';
/** Country code 999: nobody there is on WhatsApp. */
const NOBODY = '999123456789@c.us';
/** Whose phones there are besides the owner's. */
const PHONES = ['4915100000101', '4915100000102'];

export class People {
  readonly #world: World;
  readonly #ids: readonly string[];
  readonly #sent: Sent[] = [];
  /** How much had been sent when it was last removed: its keys go with it, and the same send makes another item then. */
  readonly #removedAt = new Map<string, number>();
  /** Asked so far, whatever came of it. */
  asked = 0;
  #calls = 0;

  constructor(world: World, ids: readonly string[]) {
    this.#world = world;
    this.#ids = ids;
  }

  act(): void {
    if (this.#world.manager) this.#world.chance.weighted(HABITS).act(this);
  }

  get #existing(): string[] {
    return [...this.#world.places.keys()];
  }

  create(id = this.#world.chance.of(this.#ids)): void {
    const start = this.#world.chance.hits(0.8);
    if (this.#world.chance.hits(0.7)) this.#world.whatsapp.pair(id);
    this.#ask('create', id, {}, (manager) => manager.create({ id, start }));
  }

  send(id = this.#anyone()): void {
    if (id === null) return;
    const { chance } = this.#world;
    const number = this.#sent.length;
    const text = `m${number}`;
    const key = chance.hits(0.5) ? `k${number}` : undefined;
    const ttlMs = chance.hits(0.08) ? chance.between(1, 30) * 1_000 : undefined;
    const sent: Sent = { id, text, key, ttlMs };
    this.#sent.push(sent);
    this.#send(sent);
  }
  /** The answer was lost, or somebody has pressed twice. */
  sendAgain(): void {
    const keyed = this.#sent.filter(
      ({ id, key }, number) => key !== undefined && number >= (this.#removedAt.get(id) ?? 0),
    );
    if (keyed.length > 0) this.#send(this.#world.chance.of(keyed.slice(-12)));
  }
  #send({ id, text, key, ttlMs }: Sent): void {
    const { chance } = this.#world;
    const to = Number(text.slice(1)) % 29 === 7 ? NOBODY : CUSTOMER;
    const content =
      Number(text.slice(1)) % 11 === 5
        ? ({ type: 'poll', payload: { to, question: text, options: ['yes', 'no'] } } as const)
        : ({ type: 'message', payload: { to, text } } as const);
    const options = {
      ...(key !== undefined && { idempotencyKey: key }),
      ...(ttlMs !== undefined && { ttlMs }),
      waitMs: chance.hits(0.5) ? 0 : 3_000,
    };
    this.#ask('send', id, { text, ...(key !== undefined && { key }) }, (manager) =>
      manager.send(id, content, options),
    );
  }

  settle(verb: 'cancel' | 'resolve'): void {
    const { chance, data } = this.#world;
    const wanted = verb === 'cancel' ? ['queued', 'uncertain', 'sending'] : ['uncertain'];
    const items = [...data.queues].flatMap(([, queue]) => [...queue.items.values()]);
    const open = items.filter(({ status }) => wanted.includes(status));
    if (open.length === 0) return;
    const { id: item, instanceId: id } = chance.of(open);
    const as = chance.of(['sent', 'resend', 'failed'] as const);
    if (verb === 'cancel') this.#ask(verb, id, { item }, (manager) => manager.cancel(id, item));
    else this.#ask(verb, id, { item, as }, (manager) => manager.resolve(id, item, as));
  }

  /** Some of what is held, or all of it. */
  settleHeld(verb: 'release' | 'drop', id?: string): void {
    const { chance, data } = this.#world;
    const holding = [...data.queues].filter(([one, { heldCount }]) => heldCount > 0 && (id ?? one) === one);
    if (holding.length === 0) return;
    const [whose, { open }] = chance.of(holding);
    const held = [...open.values()].filter((item) => item.held);
    const item = id === undefined && chance.hits(0.5) ? chance.of(held).id : undefined;
    const items = item === undefined ? undefined : [item];
    this.#ask(verb, whose, item === undefined ? {} : { item }, (manager) =>
      verb === 'release' ? manager.releaseHeld(whose, items) : manager.dropHeld(whose, items),
    );
  }

  command(verb: 'start' | 'stop' | 'logout' | 'remove', id = this.#anyone()): void {
    if (id === null) return;
    if (verb === 'remove') this.#removedAt.set(id, this.#sent.length);
    this.#ask(verb, id, {}, (manager) => manager[verb](id));
  }
  restart(id = this.#anyone()): void {
    const mode = this.#world.chance.of(['soft', 'hard', undefined] as const);
    if (id !== null) this.#ask('restart', id, {}, (manager) => manager.restart(id, mode && { mode }));
  }
  look(verb: 'qr' | 'pairingCode' | 'whenReady' | 'update' | 'screenshot', id = this.#anyone()): void {
    if (id === null) return;
    const timeoutMs = 5_000;
    this.#ask(verb, id, {}, (manager) => {
      if (verb === 'qr') return manager.qr(id, { timeoutMs });
      if (verb === 'pairingCode') return manager.requestPairingCode(id, '+4915112345678', { timeoutMs });
      if (verb === 'whenReady') return manager.whenReady(id, { timeoutMs });
      return verb === 'screenshot'
        ? manager.screenshot(id, { timeoutMs })
        : manager.update(id, { labels: {} });
    });
  }

  /** Whoever is asked to scan does so. */
  scan(): void {
    const showing = this.#existing.filter((id) => this.#world.whatsapp.account(id).page?.isShowingCode);
    if (showing.length === 0) {
      this.look('qr');
      return;
    }
    const id = this.#world.chance.of(showing);
    this.#world.note({ kind: 'phone', id, did: 'scan' });
    const number = this.#world.chance.hits(0.25) ? this.#world.chance.of(PHONES) : null;
    this.#world.whatsapp.phone(id).scan(number === null ? {} : { number });
  }
  unlink(id = this.#anyone()): void {
    if (id === null) return;
    this.#world.note({ kind: 'phone', id, did: 'unlink' });
    this.#world.whatsapp.phone(id).unlink();
  }
  receive(): void {
    const id = this.#anyone();
    if (id === null) return;
    const message = this.#world.whatsapp.phone(id).receive().id;
    this.#world.note({ kind: 'phone', id, did: 'receive', message });
  }

  /** Somebody, rather one of the first: trouble comes to whoever is in trouble. */
  #anyone(): string | null {
    const ids = this.#existing;
    if (ids.length === 0) return null;
    const { chance } = this.#world;
    return chance.hits(0.3) ? (ids[0] ?? null) : chance.of(ids);
  }

  #ask(verb: Verb, id: string, asking: Asking, call: (manager: InstanceManager) => Promise<unknown>): void {
    const { life, manager } = this.#world;
    if (!manager) return;
    this.asked += 1;
    const number = ++this.#calls;
    const { history } = this.#world;
    const asked = {
      kind: 'asked',
      call: number,
      verb,
      id,
      place: this.#world.placeOf(id),
      ...asking,
    } as const;
    life.note(asked);
    const at = history.length;
    const answer = (outcome: string, code: string | null, item: string | null = null) =>
      life.note({ kind: 'answered', call: number, verb, id, outcome, code, item, ...asking });
    call(manager).then(
      (value) => {
        const receipt = value as Receipt;
        if (verb === 'send') answer(receipt.status, receipt.errorCode, receipt.queueId);
        else answer('ok', null);
      },
      (error: unknown) => {
        if (!isLifecycleError(error)) this.#world.breakdowns.push(`${verb} threw ${String(error)}`);
        answer('refused', isLifecycleError(error) ? error.code : 'UNKNOWN');
      },
    );
    const closedAtOnce = history.slice(at).some((one) => one.kind === 'close' && one.id === id);
    if (closedAtOnce) Object.assign(history[at - 1] ?? {}, { closedAtOnce });
  }
}

const HABITS: readonly Habit[] = [
  { weight: 40, act: (people) => people.send() },
  { weight: 6, act: (people) => people.sendAgain() },
  { weight: 4, act: (people) => people.settle('cancel') },
  { weight: 4, act: (people) => people.settle('resolve') },
  { weight: 2, act: (people) => people.settleHeld('release') },
  { weight: 1, act: (people) => people.settleHeld('drop') },
  { weight: 3, act: (people) => people.create() },
  { weight: 6, act: (people) => people.command('start') },
  { weight: 3, act: (people) => people.command('stop') },
  { weight: 5, act: (people) => people.restart() },
  { weight: 1.5, act: (people) => people.command('logout') },
  { weight: 0.7, act: (people) => people.command('remove') },
  { weight: 4, act: (people) => people.look('qr') },
  { weight: 1, act: (people) => people.look('pairingCode') },
  { weight: 1, act: (people) => people.look('whenReady') },
  { weight: 1, act: (people) => people.look('update') },
  { weight: 1, act: (people) => people.look('screenshot') },
  { weight: 9, act: (people) => people.scan() },
  { weight: 1.5, act: (people) => people.unlink() },
  { weight: 1, act: (people) => people.receive() },
];
