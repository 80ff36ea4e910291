import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DriverWorld } from '../../ports/driver-world.contract.js';
import { ChromeWorld, until } from './chrome-world.fixture.js';
import { processesOn } from './process-table.js';

const SCRIPT = fileURLToPath(new URL('./driver-process.fixture.ts', import.meta.url));

interface Said {
  readonly type: string;
  readonly qr?: string;
  readonly [name: string]: unknown;
}

/** A node in a process of its own. */
class Node {
  readonly process: ChildProcess;
  readonly said: Said[] = [];
  exit: { code: number | null; signal: string | null } | undefined;

  constructor(chrome: ChromeWorld, instanceId: string) {
    const args = ['--conditions=wakeeper-source', '--import', 'tsx', SCRIPT, chrome.directory, instanceId];
    this.process = spawn(process.execPath, [...args, ...chrome.waWeb.chromeArgs], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.process.once('exit', (code, signal) => {
      this.exit = { code, signal };
    });
    if (this.process.stdout)
      createInterface({ input: this.process.stdout }).on('line', (line) => this.said.push(JSON.parse(line)));
  }

  async says(type: string): Promise<Said> {
    await until(() => this.exit !== undefined || this.said.some((fact) => fact.type === type), type);
    const found = this.said.findLast((fact) => fact.type === type);
    if (!found)
      throw new Error(
        `The node ended (${JSON.stringify(this.exit)}) before it said ${type}: ${JSON.stringify(this.said)}`,
      );
    return found;
  }
  async ends(): Promise<void> {
    await until(() => this.exit !== undefined, 'the end of the node');
  }
}

let chrome: ChromeWorld;
const nodes: Node[] = [];
const start = (instanceId: string): Node => {
  const node = new Node(chrome, instanceId);
  nodes.push(node);
  return node;
};
async function pair(instanceId: string, phone: string): Promise<Node> {
  const node = start(instanceId);
  await node.says('opened');
  const { qr = '' } = await node.says('qr');
  await chrome.waWeb.scan(qr, { phone });
  await node.says('ready');
  return node;
}
beforeAll(async () => {
  chrome = await ChromeWorld.start();
});
afterEach(async () => {
  for (const node of nodes.splice(0)) {
    node.process.kill('SIGKILL');
    await node.ends();
  }
  await chrome.clearFaults();
});
afterAll(() => chrome.dispose());

describe('a node that dies', () => {
  it.each(['SIGKILL', 'SIGTERM'] as const)(
    'by %s leaves no browser within two seconds, and its session is still paired afterwards',
    async (signal) => {
      const id = `dead-${signal}`;
      const phone = signal === 'SIGKILL' ? '15557770001' : '15557770002';
      const node = await pair(id, phone);
      node.process.kill(signal);
      await node.ends();
      const died = performance.now();
      await until(async () => (await processesOn(chrome.profile(id))).length === 0, 'the end of the browser');
      expect(performance.now() - died).toBeLessThan(2_000 * SLOWNESS);
      const world = new DriverWorld(chrome);
      await world.restart();
      const restored = await world.ready(id);
      expect(restored.types).not.toContain('qr');
      await world.driver.shutdown();
    },
  );
});

describe('a logout by the phone', () => {
  it.each(['hang', 'blank'] as const)(
    'does not end the process, though the page that follows cannot start (%s), and the profile is removed',
    async (pageAfterLogout) => {
      const id = `unlinked-${pageAfterLogout}`;
      const phone = pageAfterLogout === 'hang' ? '15557770003' : '15557770004';
      const node = await pair(id, phone);
      await chrome.waWeb.setFaults({ pageAfterLogout });
      chrome.waWeb.unlink(phone);
      expect(await node.says('lost')).toMatchObject({ failure: { code: 'LOGGED_OUT' } });
      node.process.stdin?.write('close forget\n');
      await node.says('closed');
      await node.ends();
      expect(node.exit).toEqual({ code: 0, signal: null });
      expect(await processesOn(chrome.profile(id))).toEqual([]);
      // A new pairing begins where the old one was.
      const next = await pair(id, `${phone}1`);
      expect(next.said.map(({ type }) => type)).toContain('qr');
    },
  );

  it('leaves nothing unhandled when the session is closed the moment it is heard', async () => {
    const id = 'unlinked-at-once';
    const node = await pair(id, '15557770005');
    chrome.waWeb.unlink('15557770005');
    await node.says('lost');
    node.process.stdin?.write('close kill\n');
    await node.says('closed');
    await node.ends();
    expect(node.exit?.code).toBe(0);
    expect(node.said.map(({ type }) => type)).not.toContain('contained');
  });
});

/** A machine that runs other suites beside this one takes longer for everything. */
const SLOWNESS = 3;
