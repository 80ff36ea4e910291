/** A node with three paired instances in real Chromium, asked for things all the time while something happens to one. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Api, type Instance } from '../fleet/api.js';
import { browserProcesses } from '../fleet/browsers.js';
import { eventually } from '../fleet/eventually.js';
import { NodeProcess } from '../fleet/node-process.js';
import { startWaWeb, type WaWeb } from '../wa-web/server.js';

export const VICTIM = { id: 'victim', phone: '4915110000001' } as const;
export const BYSTANDERS = [
  { id: 'calm', phone: '4915110000002' },
  { id: 'Calm', phone: '4915110000003' },
] as const;

/** Short deadlines, so that a test of what happens at one does not take minutes. */
const DEADLINES = {
  READY_TIMEOUT_MS: '20000',
  HEALTH_CHECK_INTERVAL_MS: '2000',
  RESTART_BACKOFF_MS: '200',
  RECONNECT_GRACE_MS: '5000',
  HOST_CHECK: 'none',
  SEND_INTERVAL_MS: '0',
};

export interface Observation {
  /** 99th percentile of the answers of routes that need no page, in milliseconds. */
  readonly p99: number;
  readonly asked: number;
  /** Answers that were no 2xx. */
  readonly refused: readonly string[];
  /** Routes that need the page: status and time of each. */
  readonly pageAnswers: readonly { readonly path: string; readonly status: number; readonly ms: number }[];
}

interface StateFact {
  readonly state: string;
  readonly detail: string;
  readonly at: string;
}

export class NodeUnderLoad {
  readonly web: WaWeb;
  readonly profiles: string;
  node!: NodeProcess;
  api!: Api;
  private readonly folder: string;

  static async start(): Promise<NodeUnderLoad> {
    const scene = new NodeUnderLoad(await startWaWeb({ syncMs: 300 }));
    await scene.startNode();
    for (const { id, phone } of [VICTIM, ...BYSTANDERS]) await scene.pair(id, phone);
    return scene;
  }

  private constructor(web: WaWeb) {
    this.web = web;
    this.folder = mkdtempSync(join(tmpdir(), 'wakeeper-hazards-'));
    this.profiles = join(this.folder, 'profiles');
  }

  async startNode(): Promise<void> {
    this.node = await NodeProcess.start({
      DRIVER: 'whatsapp-web',
      AUTH_BASE_DIR: this.profiles,
      STORE_URL: `sqlite:${join(this.folder, 'wakeeper.db')}`,
      CHROME_ARGS: this.web.chromeArgs.map((argument) => `'${argument}'`).join(' '),
      ...(process.env.CHROME_PATH && { CHROME_PATH: process.env.CHROME_PATH }),
      ...DEADLINES,
    });
    this.api = new Api(this.node.url);
  }

  async pair(id: string, phone: string): Promise<void> {
    await this.api.call('POST', '/v1/instances', { id });
    const { body } = await this.api.call<{ qr: string }>('GET', `/v1/instances/${id}/qr?wait=25`);
    await this.web.scan(body.qr, { phone });
    await this.until(id, ({ state }) => state === 'ready');
  }

  until(id: string, holds: (instance: Instance) => boolean, timeoutMs = 90_000): Promise<Instance> {
    return this.api.untilInstance(id, holds, timeoutMs);
  }

  async history(id: string): Promise<readonly StateFact[]> {
    return (await this.api.call<{ items: StateFact[] }>('GET', `/v1/instances/${id}/history?limit=500`)).body
      .items;
  }

  /** Asks all routes again and again while `happen` goes on, and at least so many times. */
  async observe(happen: () => Promise<unknown>): Promise<Observation> {
    const times: number[] = [];
    const refused: string[] = [];
    const pageAnswers: { path: string; status: number; ms: number }[] = [];
    let isOver = false;
    const askPage = async () => {
      const path = `/v1/instances/${VICTIM.id}/screenshot`;
      const begun = performance.now();
      const response = await fetch(`${this.api.url}${path}`, { signal: AbortSignal.timeout(30_000) });
      await response.arrayBuffer();
      pageAnswers.push({ path, status: response.status, ms: performance.now() - begun });
    };
    const ask = async () => {
      const calm = BYSTANDERS[0].id;
      const message = { to: '4915199999999', text: 'calm' };
      let screenshot: Promise<void> | null = null;
      while (!isOver || times.length < 200) {
        // One at a time, for as long as it takes, beside five rounds of the rest at least: a picture is dear.
        if (times.length % 30 === 0)
          screenshot ??= askPage().finally(() => {
            screenshot = null;
          });
        const answers = [
          await this.api.call('GET', '/healthz'),
          await this.api.call('GET', '/v1/instances'),
          await this.api.call('GET', `/v1/instances/${VICTIM.id}`),
          await this.api.call('GET', `/v1/instances/${VICTIM.id}/history?limit=5`),
          await this.api.call('GET', `/v1/instances/${VICTIM.id}/queue`),
          await this.api.call('POST', `/v1/instances/${calm}/messages?wait=0`, message),
        ];
        for (const { status, ms, body } of answers) {
          times.push(ms);
          // A full queue is an honest answer to somebody who never stops sending.
          if (status >= 300 && status !== 429) refused.push(`${status} ${JSON.stringify(body)}`);
        }
      }
      await screenshot;
    };
    const asking = ask();
    await happen().finally(() => {
      isOver = true;
    });
    await asking;
    times.sort((a, b) => a - b);
    return { p99: times[Math.floor(times.length * 0.99)] ?? 0, asked: times.length, refused, pageAnswers };
  }

  async close(): Promise<void> {
    const code = await this.node.stop();
    await eventually(
      () => (browserProcesses(this.profiles).length === 0 ? true : undefined),
      10_000,
      () => this.profiles,
    );
    await this.web.close();
    rmSync(this.folder, { recursive: true, force: true });
    if (code !== 0) throw new Error(`the node ended with ${code}`);
  }
}
