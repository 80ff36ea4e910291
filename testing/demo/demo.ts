/**
 * The promise of the project, shown: three instances pair, send, lose their browsers and their node in the middle of it,
 * and every message arrives, once and in order, or is honestly called uncertain. Real whatsapp-web.js in real Chromium; only WhatsApp is simulated.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Api, type Instance } from '../fleet/api.js';
import { browserProcesses, browsers } from '../fleet/browsers.js';
import { clearedAfter } from '../fleet/clearing.js';
import { eventually } from '../fleet/eventually.js';
import { NodeProcess } from '../fleet/node-process.js';
import { startWaWeb, type WaWeb } from '../wa-web/server.js';

export interface DemoOptions {
  /** Rounds of each kind of kill. */
  readonly rounds: number;
  readonly say: (line: string) => void;
  readonly chromePath?: string;
}
export interface DemoReport {
  readonly accepted: number;
  readonly delivered: number;
  readonly uncertain: number;
  readonly browserKills: number;
  readonly nodeKills: number;
}

const INSTANCES = [
  { id: 'anna', phone: '4915110000001' },
  { id: 'bert', phone: '4915110000002' },
  { id: 'cleo', phone: '4915110000003' },
] as const;
type Name = (typeof INSTANCES)[number]['id'];

const RECIPIENT = '4915199999999';
const READY_DEADLINE_MS = 90_000;
const SENDS_A_ROUND = 6;

class Demo {
  readonly profiles: string;
  private readonly folder: string;
  private readonly web: WaWeb;
  private readonly options: DemoOptions;
  /** What each instance was asked to send and accepted, in order. */
  private readonly accepted = new Map<Name, string[]>(INSTANCES.map(({ id }) => [id, []]));
  private node!: NodeProcess;
  private api!: Api;
  /** How often each was struck. */
  private readonly kills = new Map<Name, number>();
  browserKills = 0;
  nodeKills = 0;

  constructor(web: WaWeb, options: DemoOptions) {
    this.web = web;
    this.options = options;
    this.folder = mkdtempSync(join(tmpdir(), 'wakeeper-demo-'));
    this.profiles = join(this.folder, 'profiles');
  }

  async startNode(): Promise<void> {
    this.node = await NodeProcess.start({
      DRIVER: 'whatsapp-web',
      AUTH_BASE_DIR: this.profiles,
      STORE_URL: `sqlite:${join(this.folder, 'wakeeper.db')}`,
      CHROME_ARGS: this.web.chromeArgs.map((argument) => `'${argument}'`).join(' '),
      ...(this.options.chromePath && { CHROME_PATH: this.options.chromePath }),
      HOST_CHECK: 'none',
      SEND_INTERVAL_MS: '0',
      RESTART_BACKOFF_MS: '200',
      MAX_RESTARTS_PER_WINDOW: '100',
    });
    this.api = new Api(this.node.url);
  }

  async pair(): Promise<void> {
    for (const { id, phone } of INSTANCES) {
      await this.api.call('POST', '/v1/instances', { id });
      const { body } = await this.api.call<{ qr: string }>('GET', `/v1/instances/${id}/qr?wait=25`);
      await this.web.scan(body.qr, { phone, name: id });
      await this.ready(id);
      this.options.say(`  ${id} showed a code, was scanned and is ready`);
    }
  }

  ready(id: Name) {
    return this.api.untilInstance(id, ({ state }) => state === 'ready', READY_DEADLINE_MS);
  }

  /** @throws Error when a send is not accepted */
  async send(id: Name, texts: number, polls = 0): Promise<void> {
    const list = this.accepted.get(id) ?? [];
    for (let number = 0; number < texts + polls; number++) {
      const name = `${id} ${String(list.length).padStart(4, '0')}`;
      const isPoll = number >= texts;
      const content = isPoll ? { question: name, options: ['yes', 'no'] } : { text: name };
      const path = `/v1/instances/${id}/${isPoll ? 'polls' : 'messages'}?wait=0`;
      const { status, body } = await this.api.call('POST', path, { to: RECIPIENT, ...content });
      if (status !== 200 && status !== 202)
        throw new Error(`${name} was not accepted: ${JSON.stringify(body)}`);
      list.push(name);
    }
  }

  delivered(id: Name): string[] {
    const phone = INSTANCES.find((instance) => instance.id === id)?.phone ?? '';
    return this.web.sent(phone).map(({ poll, body }) => poll?.question ?? body);
  }

  /**
   * Waits until nothing is queued, and compares what WhatsApp has with what was accepted. The pages keep their history, so
   * what was delivered is never uncertain; a message that a kill caught before the page had it may be, one for each kill.
   */
  async settle(): Promise<void> {
    for (const { id } of INSTANCES) {
      const isSettled = ({ state, queueDepth }: Instance) => state === 'ready' && queueDepth === 0;
      await this.api.untilInstance(id, isSettled, READY_DEADLINE_MS);
      const uncertain = await this.uncertain(id);
      const due = (this.accepted.get(id) ?? []).filter((name) => !uncertain.includes(name));
      const is = this.delivered(id);
      if (is.join() !== due.join() || uncertain.length > (this.kills.get(id) ?? 0))
        throw new Error(`${id}: accepted ${due}\n  delivered ${is}\n  uncertain ${uncertain}`);
    }
  }

  /** What nobody knows whether it was sent. */
  private async uncertain(id: Name): Promise<string[]> {
    const path = `/v1/instances/${id}/queue?status=uncertain&limit=500`;
    const { body } = await this.api.call<{ items: { payload: { text?: string; question?: string } }[] }>(
      'GET',
      path,
    );
    return body.items.map(({ payload }) => payload.text ?? payload.question ?? '');
  }

  /** All send at once; when the victim has sent some of its messages, `kill` strikes. */
  private async strike(victim: Name, kill: () => Promise<void>): Promise<void> {
    const before = this.delivered(victim).length;
    await Promise.all(INSTANCES.map(({ id }) => this.send(id, SENDS_A_ROUND)));
    const some = before + 1 + Math.floor(Math.random() * 3);
    await eventually(
      () => (this.delivered(victim).length >= some ? true : undefined),
      READY_DEADLINE_MS,
      () => this.delivered(victim),
    );
    await kill();
  }

  private count(struck: readonly Name[]): void {
    for (const id of struck) this.kills.set(id, (this.kills.get(id) ?? 0) + 1);
  }

  async killBrowser(victim: Name): Promise<void> {
    this.count([victim]);
    await this.strike(victim, async () => {
      for (const pid of browsers(join(this.profiles, victim))) process.kill(pid, 'SIGKILL');
      this.browserKills += 1;
    });
    await this.settle();
  }

  async killNode(victim: Name): Promise<void> {
    this.count(INSTANCES.map(({ id }) => id));
    await this.strike(victim, async () => {
      await this.node.kill();
      this.nodeKills += 1;
      await eventually(
        () => (browserProcesses(this.profiles).length === 0 ? true : undefined),
        5_000,
        () => ({ orphans: browserProcesses(this.profiles) }),
      );
    });
    await this.startNode();
    await this.settle();
  }

  /** @throws Error when somebody was asked for a code again */
  async proveThatNobodyScannedTwice(): Promise<void> {
    for (const { id } of INSTANCES) {
      const path = `/v1/instances/${id}/history?limit=500`;
      const { body } = await this.api.call<{ items: { state: string; previous: string }[] }>('GET', path);
      const asked = body.items.filter(({ state, previous }) => state === 'needs_qr' && previous !== state);
      if (asked.length > 1) throw new Error(`${id} asked for a code again`);
    }
  }

  async countUncertain(): Promise<number> {
    const each = await Promise.all(INSTANCES.map(({ id }) => this.uncertain(id)));
    return each.flat().length;
  }

  async end(): Promise<void> {
    const code = await this.node.stop();
    if (code !== 0) throw new Error(`the node ended with ${code}`);
    const left = browserProcesses(this.profiles);
    if (left.length) throw new Error(`browsers were left behind: ${left}`);
  }

  async clear(): Promise<void> {
    await this.node?.kill();
    await eventually(
      () => (browserProcesses(this.profiles).length === 0 ? true : undefined),
      10_000,
      () => this.profiles,
    );
    rmSync(this.folder, { recursive: true, force: true });
  }

  get totals(): Pick<DemoReport, 'accepted' | 'delivered'> {
    const sum = (of: (id: Name) => number) => INSTANCES.reduce((total, { id }) => total + of(id), 0);
    return {
      accepted: sum((id) => this.accepted.get(id)?.length ?? 0),
      delivered: sum((id) => this.delivered(id).length),
    };
  }
}

/** @throws Error at the first promise that is not kept */
export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const web = await startWaWeb({ syncMs: 300 });
  const demo = new Demo(web, options);
  return clearedAfter(() => play(demo, options), [() => demo.clear(), () => web.close()]);
}

async function play(demo: Demo, { rounds, say }: DemoOptions): Promise<DemoReport> {
  const victimOf = (round: number): Name => INSTANCES[round % INSTANCES.length]?.id ?? 'anna';
  say('A node starts, with a real Chromium for each instance.');
  await demo.startNode();
  await demo.pair();
  say('Each sends 20 messages and 2 polls.');
  await Promise.all(INSTANCES.map(({ id }) => demo.send(id, 20, 2)));
  await demo.settle();
  say(`  all ${demo.totals.delivered} arrived, in order, once`);
  for (let round = 0; round < rounds; round++) {
    await demo.killBrowser(victimOf(round));
    say(
      `  round ${round + 1}: the browser of ${victimOf(round)} was killed (SIGKILL) while it sent; nothing lost, in order, once`,
    );
  }
  for (let round = 0; round < rounds; round++) {
    await demo.killNode(victimOf(round));
    say(
      `  round ${round + 1}: the node was killed (SIGKILL) while all sent, and started again; no orphan browser, no new code, nothing lost, in order, once`,
    );
  }
  await demo.proveThatNobodyScannedTwice();
  const uncertain = await demo.countUncertain();
  await demo.end();
  const report = { ...demo.totals, uncertain, browserKills: demo.browserKills, nodeKills: demo.nodeKills };
  say(`Accepted ${report.accepted}, delivered ${report.delivered}, uncertain ${report.uncertain}.`);
  return report;
}
