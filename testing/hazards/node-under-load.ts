/** A node with three paired instances in real Chromium, asked for things all the time while something happens to one. */
import { type Account, Scene } from './scene.js';

export const VICTIM: Account = { id: 'victim', phone: '4915110000001' };
export const BYSTANDERS = [
  { id: 'calm', phone: '4915110000002' },
  { id: 'Calm', phone: '4915110000003' },
] as const satisfies readonly Account[];

export interface Observation {
  /** 99th percentile of the answers of routes that need no page, in milliseconds. */
  readonly p99: number;
  readonly asked: number;
  /** Answers that were no 2xx. */
  readonly refused: readonly string[];
  /** Routes that need the page: status and time of each. */
  readonly pageAnswers: readonly { readonly path: string; readonly status: number; readonly ms: number }[];
}

export class NodeUnderLoad {
  readonly scene: Scene;

  static async start(): Promise<NodeUnderLoad> {
    const scene = await Scene.open();
    await scene.startNode();
    for (const account of [VICTIM, ...BYSTANDERS]) await scene.pair(account);
    return new NodeUnderLoad(scene);
  }

  private constructor(scene: Scene) {
    this.scene = scene;
  }

  /** Asks all routes again and again while `happen` goes on, and at least so many times. */
  async observe(happen: () => Promise<unknown>): Promise<Observation> {
    const { api } = this.scene;
    const times: number[] = [];
    const refused: string[] = [];
    const pageAnswers: { path: string; status: number; ms: number }[] = [];
    let isOver = false;
    const askPage = async () => {
      const path = `/v1/instances/${VICTIM.id}/screenshot`;
      const begun = performance.now();
      const response = await fetch(`${api.url}${path}`, { signal: AbortSignal.timeout(30_000) });
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
          await api.call('GET', '/healthz'),
          await api.call('GET', '/v1/instances'),
          await api.call('GET', `/v1/instances/${VICTIM.id}`),
          await api.call('GET', `/v1/instances/${VICTIM.id}/history?limit=5`),
          await api.call('GET', `/v1/instances/${VICTIM.id}/queue`),
          await api.call('POST', `/v1/instances/${calm}/messages?wait=0`, message),
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
}
