/** Every block of code in the README is run as it stands there, on a copy of the repository as a fresh machine has it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { blocksOf } from './code-blocks.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const INSTALL_MS = 300_000;
const PATIENCE_MS = 60_000;

/** How each block is recognised; the tests below take them from here by name. */
const BLOCKS = {
  program: { language: 'ts', begins: 'import { InstanceManager }' },
  installAndStart: { language: 'sh', begins: 'npm install && npm start\n' },
  startSimulated: { language: 'sh', begins: 'DRIVER=simulated npm start\n' },
  session: { language: 'sh', begins: 'curl ' },
  chart: { language: 'mermaid', begins: 'stateDiagram-v2' },
  installAndTest: { language: 'sh', begins: 'npm install && npm test\n' },
} as const;
type Name = keyof typeof BLOCKS;

const blocks = blocksOf('README.md');
const isOf = (name: Name, { language, code }: (typeof blocks)[number]): boolean =>
  language === BLOCKS[name].language && code.startsWith(BLOCKS[name].begins);
const code = (name: Name): string => blocks.find((block) => isOf(name, block))?.code ?? '';

/** What a copy leaves out: what a fresh clone does not have. */
const MADE_HERE = /^(\.git|node_modules|dist|data|coverage|\.wwebjs_\w+|.*\.tsbuildinfo)$/;
const { PATH = '', HOME = '' } = process.env;
let copy: string;
let running: ChildProcess | undefined;
let printed = '';

/** In a process group of its own: npm does not pass every signal on. */
function run(command: string, env: Readonly<Record<string, string>> = {}): ChildProcess {
  printed = '';
  running = spawn('bash', ['-euo', 'pipefail', '-c', command], {
    cwd: copy,
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  for (const stream of [running.stdout, running.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      running?.emit('printed');
    });
  return running;
}

/** Runs a command that ends. */
async function ends(command: string): Promise<string> {
  const [exitCode] = await once(run(command), 'close', { signal: AbortSignal.timeout(PATIENCE_MS) });
  expect(exitCode, printed).toBe(0);
  return printed;
}

/** Starts a server by a command, and gives its address. */
async function starts(command: string, deadlineMs: number): Promise<string> {
  const child = run(command, { PORT: '0', HOST_CHECK: 'none', npm_config_prefer_offline: 'true' });
  const late = AbortSignal.timeout(deadlineMs);
  for (;;) {
    const url = /"url":"([^"]+)"/.exec(printed)?.[1];
    if (url) return url;
    if (child.exitCode !== null || late.aborted) throw new Error(`${command} started no server:\n${printed}`);
    await Promise.race(['printed', 'exit'].map((event) => once(child, event, { signal: late }))).catch(
      () => {},
    );
  }
}

async function stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const child = running;
  running = undefined;
  if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'close', { signal: AbortSignal.timeout(PATIENCE_MS) });
  process.kill(-child.pid, signal);
  await ended;
}

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'wakeeper-readme-'));
  await cp(ROOT, copy, { recursive: true, filter: (path) => !MADE_HERE.test(basename(path)) });
});
afterEach(() => stop('SIGKILL'));
afterAll(() => rm(copy, { recursive: true, force: true, maxRetries: 5 }));

describe('the README', () => {
  test('has no block of code that is not run here, and each of these once', () => {
    const names = Object.keys(BLOCKS) as Name[];
    expect(blocks.map((block) => names.filter((name) => isOf(name, block)).join() || block.code)).toEqual(
      names,
    );
  });

  test(
    'installs and starts with one command, which ends with a server that answers',
    async () => {
      const url = await starts(code('installAndStart'), INSTALL_MS);
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
      await stop('SIGTERM');
    },
    INSTALL_MS,
  );

  test('has a session that can be pasted, from a new instance to a sent message', async () => {
    const url = await starts(code('startSimulated'), PATIENCE_MS);
    const server = running;
    const output = await ends(code('session').replaceAll(/localhost:3000/g, new URL(url).host));
    running = server;
    expect(output).toMatch(/[▀▄█]{10}/);
    expect(output).toContain('"state":"ready"');
    expect(output.match(/"status":"(sent|queued)","instanceState":"ready"/g)).toHaveLength(2);
    expect(output).toContain('"previous":"needs_qr"');
    await stop('SIGTERM');
  });

  test('has a program of at most fifteen lines that goes from a code to a sent message', async () => {
    const program = code('program');
    expect(program.trimEnd().split('\n').length).toBeLessThanOrEqual(15);
    await writeFile(join(copy, 'readme.ts'), program);
    const output = await ends('node --conditions=wakeeper-source --import tsx readme.ts');
    expect(output).toContain('Scan this: 2@');
    expect(output).toMatch(/status: 'sent'/);
  });

  test('has the chart of this code', async () => {
    expect(await ends('npm run --silent chart -- --check')).not.toContain('stale');
  });

  test('names the command that runs all tests, this one among them', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(readFileSync(join(ROOT, '.ci/run'), 'utf8')).toContain('npm test');
    expect(readFileSync(join(ROOT, scripts.test.replace('node ', '')), 'utf8')).toContain("'process'");
  });
});

test('the READMEs of the packages have programs that compile', async () => {
  const folder = join(copy, 'readme-of-package');
  await mkdir(folder, { recursive: true });
  for (const name of ['lifecycle', 'server']) {
    const programs = blocksOf(`packages/${name}/README.md`).filter(({ language }) => language === 'ts');
    expect(programs.length, name).toBeGreaterThan(0);
    for (const [index, program] of programs.entries())
      await writeFile(join(folder, `${name}-${index}.ts`), program.code);
  }
  const compilerOptions = { noEmit: true, composite: false };
  const project = { extends: '../tsconfig.base.json', compilerOptions, include: ['*.ts'] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(project));
  const { stdout, status } = spawnSync('npx', ['tsc', '-p', folder], { cwd: copy, encoding: 'utf8' });
  expect({ stdout, status }).toEqual({ stdout: '', status: 0 });
});
