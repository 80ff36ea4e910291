/** `wakeeper doctor`: what is wrong with this machine and this configuration, and how to mend it. It changes nothing. */
import { tmpdir } from 'node:os';
import { type Config, ConfigError, loadConfig, localUrl } from '../../config.js';
import { ServerClient } from '../server-client.js';
import { type ExitCode, jsonLine, type Terminal } from '../terminal.js';
import { browserCheck, sandboxCheck } from './browser-check.js';
import { clockFinding, networkCheck, synchronisedBySystem } from './clock-check.js';
import { type Finding, note, ok, wrong } from './finding.js';
import { memoryCheck, sharedMemoryCheck } from './memory-check.js';
import { pagesCheck } from './pages-check.js';
import { portCheck } from './port-check.js';
import { profilesCheck } from './profiles-check.js';
import { spoolCheck } from './spool-check.js';
import { storeCheck } from './store-check.js';

/** Each finding as soon as it is there: a browser may take seconds. */
async function* findings(config: Config): AsyncGenerator<Finding> {
  yield ok('node', `Node ${process.versions.node} on ${process.platform} ${process.arch}.`);
  yield ok('configuration', `DRIVER ${config.driver}; every variable keeps its rule.`);
  const port = await portCheck(config);
  yield port.finding;
  const store = await storeCheck(config.store, port.isServing);
  yield store.finding;
  const server = { url: localUrl(config), apiKey: config.apiKeys[0] ?? null };
  yield await pagesCheck(port.isServing ? new ServerClient(server) : null);
  const network = config.hostCheck ? await networkCheck(config.hostCheck) : null;
  yield await spoolCheck(config.media.spoolDirectory);
  const isSimulated = config.driver === 'simulated';
  const why = isSimulated ? 'DRIVER is simulated' : 'HOST_CHECK is none';
  yield network?.finding ?? note('network', `${why}: the network was not looked at.`);
  yield clockFinding({
    now: Date.now(),
    storeAt: store.inspection?.newestAt ?? null,
    elsewhere: network?.date ?? null,
    isSynchronised: await synchronisedBySystem(),
  });
  if (isSimulated) {
    yield note('chromium', 'DRIVER is simulated: browsers, profiles and memory were not looked at.');
    return;
  }
  yield await profilesCheck(config.authBaseDir, port.isServing);
  yield await sharedMemoryCheck('/dev/shm', tmpdir());
  yield memoryCheck();
  const { path: chromePath, args: chromeArgs } = config.chrome;
  yield await sandboxCheck({ isRoot: process.getuid?.() === 0, chromeArgs, sysctls: '/proc/sys' });
  yield await browserCheck({ chromePath, chromeArgs });
}

async function* everything({ env }: Terminal): AsyncGenerator<Finding> {
  let config: Config;
  try {
    config = loadConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    yield wrong('configuration', error.message, 'docs/configuration.md lists every variable and its rule.');
    return;
  }
  yield* findings(config);
}

const WIDEST_CHECK = 'configuration'.length;

/** A finding in one or two lines. */
export const inLines = ({ check, level, message, remedy }: Finding): string =>
  `${level.padEnd(5)}  ${check.padEnd(WIDEST_CHECK)}  ${message}\n${remedy === null ? '' : `${' '.repeat(WIDEST_CHECK + 9)}-> ${remedy}\n`}`;

export async function doctor(
  terminal: Terminal,
  { json }: { readonly json?: boolean | undefined },
): Promise<ExitCode> {
  const all: Finding[] = [];
  for await (const finding of everything(terminal)) {
    all.push(finding);
    if (!json) terminal.out(inLines(finding));
  }
  const faults = all.filter(({ level }) => level === 'wrong').length;
  if (json) terminal.out(jsonLine({ ok: faults === 0, findings: all }));
  else
    terminal.out(
      faults === 0
        ? '\nNothing is wrong.\n'
        : `\n${faults === 1 ? '1 thing is' : `${faults} things are`} wrong.\n`,
    );
  return faults === 0 ? 0 : 1;
}
