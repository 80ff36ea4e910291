/**
 * The packages as users get them: packed, installed from the tarballs into an empty folder, without the workspace and
 * without install scripts. Every door opens in plain Node, the server runs, and TypeScript finds the types.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { blocksOf } from './code-blocks.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (name) => join(root, 'node_modules/.bin', name);
const manifest = (name) => JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'));
/** Needs a test runner around it: its types are checked, and it is not loaded. */
const FOR_TEST_RUNNERS = '@wakeeper/lifecycle/contracts';
/** Needs whatsapp-web.js, an optional peer. */
const FOR_REAL_BROWSERS = '@wakeeper/lifecycle/whatsapp-web';

const doorsOf = (name) =>
  Object.keys(manifest(name).exports)
    .filter((door) => door !== './package.json')
    .map((door) => `${manifest(name).name}${door.slice(1)}`);

function run(command, args, cwd = root) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status === 0) return stdout;
  throw new Error(
    `${command} ${args.join(' ')} failed:\n${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`,
  );
}

async function step(name, work) {
  const start = Date.now();
  const result = await work();
  console.log(`  ${name} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
  return result;
}

/** Packs a package and looks into the tarball: sources for debuggers, and nothing that only tests use. */
function pack(name, into) {
  const [packed] = JSON.parse(
    run('npm', ['pack', '--json', `--pack-destination=${into}`, `--workspace=packages/${name}`]),
  );
  const files = packed.files.map(({ path }) => path);
  const strays = files.filter((path) => /\.(test|fixture)\.|tsbuildinfo/.test(path));
  if (strays.length > 0)
    throw new Error(`${packed.filename} carries what only tests use: ${strays.join(', ')}`);
  for (const wanted of ['LICENSE', 'README.md', 'dist/index.js', 'dist/index.d.ts', 'src/index.ts'])
    if (!files.includes(wanted)) throw new Error(`${packed.filename} lacks ${wanted}.`);
  return join(into, packed.filename);
}

/** A folder of a user who has installed these tarballs. */
function install(folder, tarballs) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'consumer', private: true, type: 'module' }),
  );
  run(
    'npm',
    ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', ...tarballs],
    folder,
  );
  return folder;
}

/** Imports the doors in a plain Node, and fails when one exports nothing or keeps the process alive. */
function open(doors, folder) {
  const script = `for (const door of ${JSON.stringify(doors)})
    if (Object.keys(await import(door)).length === 0) throw new Error(door + ' exports nothing.');`;
  run('node', ['--input-type=module', '--eval', script], folder);
}

/** What the installed program is configured by: nothing of this machine, and no browser. */
const environment = (more) => ({
  PATH: process.env.PATH,
  STORE_URL: 'sqlite:./wakeeper.db',
  DRIVER: 'simulated',
  SIMULATED_SCAN_AFTER_MS: '500',
  HOST_CHECK: 'none',
  ...more,
});

/** One command of the installed program, as a user gives it. Fails when it ends otherwise, or does not say what it must. */
function command(folder, more, args, says, code = 0) {
  const { status, stdout, stderr } = spawnSync(join(folder, 'node_modules/.bin/wakeeper'), args, {
    cwd: folder,
    env: environment(more),
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (status !== code || !says.test(stdout + stderr))
    throw new Error(`wakeeper ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
}

/** What is looked at and planned before a server runs. */
function withoutServer(folder) {
  command(folder, { PORT: '0' }, ['--help'], /serve.*doctor.*instances.*qr.*send.*import.*backup/s);
  command(folder, { PORT: '0' }, ['doctor'], /Nothing is wrong\./);
  command(folder, { PORT: '1' }, ['instances'], /No server answers at/, 1);
  command(folder, { PORT: '0' }, ['sevre'], /unknown command/, 2);
  mkdirSync(join(folder, 'old/session-shop/Default'), { recursive: true });
  const plan = ['import', '--from', 'old', '--dry-run'];
  command(folder, { PORT: '0' }, plan, /session-shop +shop .*would be adopted/);
}

/** Pairs, sends, lists and copies beside the server that runs on this port. */
function beside(folder, PORT) {
  command(folder, { PORT }, ['doctor'], /A wakeeper answers at[\s\S]*Nothing is wrong\./);
  command(folder, { PORT }, ['qr', 'cli', '--create', '--wait', '50'], /cli is ready/);
  command(folder, { PORT }, ['send', 'cli', '4915112345678', 'Hello'], /^sent: /);
  command(folder, { PORT }, ['instances'], /cli +ready/);
  command(folder, { PORT }, ['backup', 'copy.db'], /2 instances, 1 messages and polls/);
}

/** Starts the installed program as a user would, asks it how it is, and ends it. */
async function serve(folder) {
  const server = spawn(join(folder, 'node_modules/.bin/wakeeper'), ['serve'], {
    cwd: folder,
    env: environment({ PORT: '0' }),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise((resolve) => server.on('exit', (code) => resolve(code)));
  const deadline = setTimeout(() => server.kill('SIGKILL'), 120_000);
  let output = '';
  const listening = new Promise((resolve) => {
    server.stdout.on('data', (chunk) => {
      output += chunk;
      const found = /http:\/\/[\d.]+:\d+/.exec(output);
      if (found) resolve(found[0]);
    });
  });
  try {
    const url = await Promise.race([listening, exited]);
    if (typeof url !== 'string')
      throw new Error(`The server ended with ${url} before it listened:\n${output}`);
    const post = (path, body) =>
      fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const answers = [
      await fetch(`${url}/healthz`),
      await post('/v1/instances', { id: 'smoke' }),
      await fetch(`${url}/v1/instances/smoke`),
      await fetch(`${url}/openapi.json`),
      await fetch(`${url}/docs`),
    ];
    for (const answer of answers)
      if (!answer.ok) throw new Error(`${answer.url} answers ${answer.status}: ${await answer.text()}`);
    beside(folder, new URL(url).port);
    server.kill('SIGTERM');
    const code = await exited;
    if (code !== 0) throw new Error(`The server ended with ${code} at SIGTERM:\n${output}`);
  } finally {
    clearTimeout(deadline);
    server.kill('SIGKILL');
  }
}

const CONSUMER = `
import { InstanceManager, type InstanceView, type Receipt } from '@wakeeper/lifecycle';
import type { DriverHarness } from '@wakeeper/lifecycle/contracts';
import { sqliteStore } from '@wakeeper/lifecycle/sqlite';
import { simulatedDriver } from '@wakeeper/lifecycle/testing';
import { whatsappWebDriver } from '@wakeeper/lifecycle/whatsapp-web';
import { createApp, type App } from '@wakeeper/server';
import { createClient, ProblemError } from '@wakeeper/server/client';

const manager: InstanceManager = await InstanceManager.open({ driver: simulatedDriver(), store: sqliteStore({ path: 'a.db' }) });
const view: InstanceView = await manager.create({ id: 'shop' });
const receipt: Receipt = await manager.send('shop', { type: 'message', payload: { to: '4915112345678', text: view.state } });
const log = { debug() {}, info() {}, warn() {}, error() {} };
export const results: [Receipt['status'], App] = [receipt.status, createApp({ manager, log })];
export const scan = (harness: DriverHarness): Promise<void> => harness.scan('shop');
export const real = whatsappWebDriver({ authBaseDir: './profiles' });
const client = createClient('http://127.0.0.1:3000', { apiKey: 'key' });
const answer = await client.v1.instances[':id'].messages.$post({ param: { id: 'shop' }, query: {}, json: { to: '4915112345678', text: 'Hi' } });
export const depth: number = (await answer.json()).queueDepth;
const { items } = await (await client.v1.webhooks.$get({ query: {} })).json();
export const secrets: (string | null)[] | undefined = items[0]?.secrets.map(({ expiresAt }) => expiresAt);
export const codeOf = (error: unknown): string => (error instanceof ProblemError ? error.code : '');
// @ts-expect-error a body without a recipient: the routes are really typed
void client.v1.instances[':id'].messages.$post({ param: { id: 'shop' }, query: {}, json: { text: 'Hi' } });
// @ts-expect-error a state that does not exist: the types are really there
export const wrong: InstanceView['state'] = 'sleeping';
`;

/** The settings that are asked of users, as their page has them. */
const EMBEDDING = 'docs/embedding.md';
const block = (language) => {
  const [found, ...others] = blocksOf(EMBEDDING).filter((each) => each.language === language);
  if (!found || others.length > 0) throw new Error(`${EMBEDDING} has not one block of ${language}.`);
  return found.code;
};
const asked = JSON.parse(block('json')).compilerOptions;

/** Compiles a user's program against the installed types, with what is asked and with the strictest that may be set. */
function compile(folder, more) {
  for (const [name, strictest] of Object.entries({
    asked: {},
    strict: { exactOptionalPropertyTypes: true },
  })) {
    const compilerOptions = { ...asked, ...more, ...strictest, noEmit: true };
    const project = join(folder, `tsconfig.${name}.json`);
    writeFileSync(project, JSON.stringify({ compilerOptions, files: ['consumer.ts'] }));
    run(bin('tsc'), ['--project', project], folder);
  }
}

const folder = mkdtempSync(join(tmpdir(), 'wakeeper-smoke-'));
try {
  await step('build', () => run('npm', ['run', '--silent', 'build']));
  const [library, server] = await step('pack', () =>
    ['lifecycle', 'server'].map((name) => pack(name, folder)),
  );
  for (const tarball of [library, server])
    await step(`publint and attw: ${tarball.split('/').at(-1)}`, () => {
      run(bin('publint'), [tarball, '--strict']);
      run(bin('attw'), [tarball, '--profile', 'esm-only']);
    });
  await step('the library alone, without its optional peers', () => {
    const doors = doorsOf('lifecycle').filter(
      (door) => door !== FOR_TEST_RUNNERS && door !== FOR_REAL_BROWSERS,
    );
    open(doors, install(join(folder, 'library'), [library]));
  });
  const user = await step('install both', () => install(join(folder, 'user'), [library, server]));
  await step('every door in plain Node', () =>
    open(
      [...doorsOf('lifecycle'), ...doorsOf('server')].filter((door) => door !== FOR_TEST_RUNNERS),
      user,
    ),
  );
  await step('the command line without a server', () => withoutServer(user));
  await step('the server, the commands beside it, and its end', () => serve(user));
  await step('types by nodenext and by bundler', () => {
    writeFileSync(join(user, 'consumer.ts'), CONSUMER);
    // The user's own development dependencies, taken from here instead of from the registry.
    mkdirSync(join(user, 'node_modules/@types'), { recursive: true });
    for (const name of ['@types/node', 'undici-types', 'vitest']) {
      const place = join(user, 'node_modules', name);
      if (!existsSync(place)) symlinkSync(join(root, 'node_modules', name), place);
    }
    compile(user, {});
    compile(user, { module: 'esnext', moduleResolution: 'bundler' });
  });
  await step('CommonJS', () => {
    writeFileSync(join(user, 'consumer.cjs'), block('js'));
    run('node', ['--disable-warning=ExperimentalWarning', 'consumer.cjs'], user);
  });
  console.log('The packed packages work.');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
