/** One node as a process, its instances in real Chromium, and WhatsApp simulated: where a fault is made to happen. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Api, type Instance } from '../fleet/api.js';
import { browserProcesses } from '../fleet/browsers.js';
import { eventually } from '../fleet/eventually.js';
import { NodeProcess } from '../fleet/node-process.js';
import { startWaWeb, type WaWeb } from '../wa-web/server.js';
import type { FaultKey } from './fault-table.js';
import { type Measurement, record } from './measurement.js';

export interface Account {
  readonly id: string;
  readonly phone: string;
}
export interface StateFact {
  readonly state: string;
  readonly detail: string;
  readonly reason: string | null;
  readonly at: string;
}
type Env = Readonly<Record<string, string>>;

/** A fault of one instance, from the blow to the recovery. */
export interface Blow {
  readonly fault: FaultKey;
  readonly account: Account;
  readonly strike: () => unknown;
  /** The transition that shows it. */
  readonly seen: (fact: StateFact) => boolean;
  readonly seenWithinMs: number;
  /** The error that it is left with, where it has one. */
  readonly code?: string;
  /** How long it goes on before it is mended. */
  readonly last?: () => unknown;
  /** What a person, or the world, does about it. Without it the instance recovers by itself. */
  readonly mend?: () => unknown;
  readonly backWithinMs: number;
}

/** Short deadlines, so that a fault does not take minutes; each fault finds a ladder that begins at its first rung. */
const DEADLINES: Env = {
  READY_TIMEOUT_MS: '20000',
  HEALTH_CHECK_INTERVAL_MS: '500',
  RESTART_BACKOFF_MS: '200',
  RECONNECT_GRACE_MS: '2000',
  STABLE_AFTER_MS: '1',
  MAX_RESTARTS_PER_WINDOW: '100',
  HOST_CHECK: 'none',
  SEND_INTERVAL_MS: '0',
};

export const isReady = ({ state }: { readonly state: string }): boolean => state === 'ready';
const placeOf = ({ state, detail }: StateFact): string => (state === detail ? state : `${state}.${detail}`);

export class Scene {
  readonly web: WaWeb;
  readonly profiles: string;
  readonly folder: string;
  node!: NodeProcess;
  api!: Api;
  /** The texts that each instance has accepted, in order. */
  private readonly accepted = new Map<string, string[]>();
  private readonly env: Env;

  static async open(env: Env = {}): Promise<Scene> {
    return new Scene(await startWaWeb({ syncMs: 300 }), env);
  }

  private constructor(web: WaWeb, env: Env) {
    this.web = web;
    this.env = env;
    this.folder = mkdtempSync(join(tmpdir(), 'wakeeper-hazards-'));
    this.profiles = join(this.folder, 'profiles');
  }

  /** Starts the node, or another one after it, on the same store and profiles. */
  async startNode(env: Env = {}): Promise<void> {
    this.node = await NodeProcess.start({
      DRIVER: 'whatsapp-web',
      AUTH_BASE_DIR: this.profiles,
      STORE_URL: `sqlite:${join(this.folder, 'wakeeper.db')}`,
      CHROME_ARGS: this.web.chromeArgs.map((argument) => `'${argument}'`).join(' '),
      ...(process.env.CHROME_PATH && { CHROME_PATH: process.env.CHROME_PATH }),
      ...DEADLINES,
      ...this.env,
      ...env,
    });
    this.api = new Api(this.node.url);
  }

  async pair({ id, phone }: Account): Promise<void> {
    await this.api.call('POST', '/v1/instances', { id });
    await this.scan({ id, phone });
    await this.until(id, isReady);
  }

  /** Asks for the code until there is one, and scans it, as a person does. */
  async scan({ id, phone }: Account): Promise<void> {
    const ask = async () =>
      (await this.api.call<{ qr?: string }>('GET', `/v1/instances/${id}/qr?wait=25`)).body.qr;
    await this.web.scan(await eventually(ask, 60_000, () => this.api.instance(id)), { phone });
  }

  /** Stop, start or restart. @throws Error unless it was taken */
  async command(id: string, verb: string, body?: unknown): Promise<void> {
    const answer = await this.api.call('POST', `/v1/instances/${id}/${verb}`, body);
    if (answer.status !== 202) throw new Error(`${verb} of ${id}: ${JSON.stringify(answer.body)}`);
  }

  until(id: string, holds: (instance: Instance) => boolean, timeoutMs = 90_000): Promise<Instance> {
    return this.api.untilInstance(id, holds, timeoutMs);
  }

  /** Newest first. */
  async history(id: string): Promise<readonly StateFact[]> {
    const path = `/v1/instances/${id}/history?limit=500`;
    return (await this.api.call<{ items: StateFact[] }>('GET', path)).body.items;
  }

  /** Oldest first. */
  async historySince(id: string, at: number): Promise<readonly StateFact[]> {
    return (await this.history(id)).filter((fact) => Date.parse(fact.at) >= at).reverse();
  }

  /** The first transition since then of which it holds. @throws Error at the deadline, with all of them */
  transition(id: string, at: number, holds: (fact: StateFact) => boolean, withinMs: number) {
    const find = async () => (await this.historySince(id, at)).find(holds);
    return eventually(find, withinMs, async () => (await this.historySince(id, at)).map(placeOf));
  }

  /** Messages with texts of their own; those that are accepted must arrive. Says how many were. */
  async say(id: string, count: number, padding = ''): Promise<number> {
    const texts = this.accepted.get(id) ?? [];
    this.accepted.set(id, texts);
    const before = texts.length;
    for (let number = 0; number < count; number++) {
      const text = `${id} ${String(texts.length).padStart(4, '0')}${padding}`;
      const path = `/v1/instances/${id}/messages?wait=0`;
      const { status } = await this.api.call('POST', path, { to: '4915199999999', text });
      if (status === 200 || status === 202) texts.push(text);
    }
    return texts.length - before;
  }

  /** Texts of which it says that nobody can know whether they were sent. */
  async uncertain(id: string): Promise<readonly string[]> {
    const path = `/v1/instances/${id}/queue?status=uncertain&limit=500`;
    const { body } = await this.api.call<{ items: { payload: { text: string } }[] }>('GET', path);
    return body.items.map(({ payload }) => payload.text);
  }

  /**
   * Waits until the queue is empty.
   * @throws Error unless what was accepted has arrived, once and in order, or is said to be uncertain
   */
  async everythingArrived({ id, phone }: Account, withinMs: number): Promise<void> {
    await this.until(id, (instance) => isReady(instance) && instance.queueDepth === 0, withinMs);
    const accepted = this.accepted.get(id) ?? [];
    const arrived = this.web
      .sent(phone)
      .map(({ body }) => body)
      .filter((text) => text.startsWith(`${id} `));
    const uncertain = await this.uncertain(id);
    const due = accepted.filter((text) => arrived.includes(text) || !uncertain.includes(text));
    if (arrived.join() !== due.join())
      throw new Error(
        `${id} accepted ${accepted.join()}\n  but WhatsApp has ${arrived.join()}\n  and ${uncertain.join()} are uncertain`,
      );
  }

  /** Lets a fault happen to an instance that sends, and measures what comes of it. */
  async suffer(blow: Blow): Promise<Measurement> {
    const { account, strike, seen, seenWithinMs, code, last, mend, backWithinMs } = blow;
    const { id } = account;
    const { restarts } = await this.until(id, isReady);
    const uncertain = (await this.uncertain(id)).length;
    let accepted = await this.say(id, 3);
    const struckAt = Date.now();
    await strike();
    const seenAt = Date.parse((await this.transition(id, struckAt, seen, seenWithinMs)).at);
    accepted += await this.say(id, 2);
    await last?.();
    const mendedAt = mend ? Date.now() : struckAt;
    await mend?.();
    const ready = await this.transition(
      id,
      Math.max(seenAt, mendedAt),
      (fact) => isReady(fact) && Date.parse(fact.at) > seenAt,
      backWithinMs,
    );
    await this.everythingArrived(account, backWithinMs);
    const facts = await this.historySince(id, struckAt);
    const { restarts: restartsNow, lastError } = await this.api.instance(id);
    if (code !== undefined && lastError?.code !== code)
      throw new Error(`${id} says ${lastError?.code ?? 'no error'} and not ${code}`);
    const measurement = {
      seenMs: seenAt - struckAt,
      backMs: Date.parse(ready.at) - mendedAt,
      spent: restartsNow.used - restarts.used,
      accepted,
      uncertain: (await this.uncertain(id)).length - uncertain,
      path: facts.map(placeOf),
    };
    record(blow.fault, measurement);
    return measurement;
  }

  /** No process of a browser is left. @throws Error with those that are */
  async noBrowserIsLeft(id = '', withinMs = 10_000): Promise<void> {
    const left = () => browserProcesses(join(this.profiles, id));
    await eventually(() => (left().length === 0 ? true : undefined), withinMs, left);
  }

  /** @throws Error unless the node ends well and leaves no browser */
  async close(): Promise<void> {
    const code = this.node ? await this.node.stop() : 0;
    await this.noBrowserIsLeft();
    await this.web.close();
    rmSync(this.folder, { recursive: true, force: true });
    if (code !== 0) throw new Error(`the node ended with ${code}`);
  }
}
