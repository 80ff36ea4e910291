/**
 * The steps of a run of tests, and their total. The end names again what failed, since a reader of a long log sees
 * its end first; the last line is the total. A skipped test counts as a failure: what is not run is not known.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const reports = mkdtempSync(join(tmpdir(), 'wakeeper-test-'));
/** No step takes so long, unless it hangs, on a machine that is a few times slower than it should be. */
const STEP_MS = 20 * 60_000;

const totals = { passed: 0, failed: 0 };
/** The steps that failed, each with what it said of its failures. */
const faults = [];
/** Of a failure's message: enough to see what was asserted and where. */
const LINES_OF_A_FAILURE = 12;

/** Runs a program to its end, with its output on ours. True when it ended well. */
function runs(command, args, env = {}) {
  return new Promise((resolve) => {
    // A group of its own, so that what it has started ends with it.
    const child = spawn(command, args, {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, ...env },
      detached: true,
    });
    const end = (signal) => child.pid && process.kill(-child.pid, signal);
    let isLate = false;
    const limit = setTimeout(() => {
      isLate = true;
      end('SIGKILL');
    }, STEP_MS);
    const passOn = ['SIGINT', 'SIGTERM'].map((signal) => {
      const listener = () => end(signal);
      process.on(signal, listener);
      return () => process.off(signal, listener);
    });
    const settle = (isFine) => {
      clearTimeout(limit);
      for (const stop of passOn) stop();
      resolve(isFine);
    };
    child.on('error', (error) => {
      console.error(error.message);
      settle(false);
    });
    child.on('exit', (code, signal) => {
      if (signal)
        console.error(
          `${command} ${args.join(' ')} was ended by ${signal}${isLate ? `: it took longer than ${STEP_MS} ms` : ''}.`,
        );
      settle(code === 0);
    });
  });
}

function count(passed, failed, fault, details = []) {
  totals.passed += passed;
  totals.failed += failed;
  if (failed > 0) faults.push({ fault, details });
}

/** What a report of vitest says of the tests, and of the files, that failed. */
function failuresOf({ testResults = [] }) {
  const short = (message) => message.split('\n').slice(0, LINES_OF_A_FAILURE).join('\n');
  return testResults.flatMap(({ name: file, status, message = '', assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed');
    if (status === 'failed' && failed.length === 0) return [`${file}\n${short(message)}`];
    return failed.map(({ fullName, failureMessages = [] }) =>
      [`${file} > ${fullName}`, ...failureMessages.map(short)].join('\n'),
    );
  });
}

async function timed(name, work) {
  const start = Date.now();
  console.log(`\n--- ${name}`);
  await work();
  console.log(`--- ${name}: ${((Date.now() - start) / 1000).toFixed(1)} s`);
}

/** A step that is one check of its own. */
export const check = (name, command, args, env) =>
  timed(name, async () => {
    const isFine = await runs(command, args, env);
    count(isFine ? 1 : 0, isFine ? 0 : 1, name);
  });

/**
 * A step that counts its own tests: those of one project of the workspace, or of several side by side; of all their files, or
 * of those whose path has `files` in it.
 */
export const suite = ({ name, projects, files = [], env = {}, workers = availableParallelism() }) =>
  timed(name, async () => {
    const report = join(reports, `${name.replaceAll(/\W+/g, '-')}.json`);
    const isFine = await runs(
      'npx',
      [
        'vitest',
        'run',
        '--config=vitest.workspace.ts',
        ...projects.map((project) => `--project=${project}`),
        `--maxWorkers=${workers}`,
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${report}`,
        ...files,
      ],
      env,
    );
    const result = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : {};
    const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0, numTodoTests = 0 } = result;
    const skipped = numPendingTests + numTodoTests;
    if (skipped > 0) console.error(`${skipped} ${name} were skipped, which counts as failed.`);
    // A file that cannot be loaded, or an error outside any test, fails the run with no failed test to show for it.
    const outside = isFine || numFailedTests > 0 ? 0 : 1;
    count(numPassedTests, numFailedTests + skipped + outside, name, failuresOf(result));
  });

/** Counted: the environment of the tests, with their browser in it where there is one or one could be installed. */
export function environmentWithBrowser() {
  const setup = spawnSync(join(root, 'scripts/setup.sh'), {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const path = setup.stdout?.trim().split('\n').at(-1);
  const isFound = setup.status === 0 && Boolean(path);
  count(isFound ? 1 : 0, isFound ? 0 : 1, 'a browser to test with');
  return isFound ? { CHROME_PATH: path } : {};
}

/** The last step: names again what failed; the last line is the total. */
export function conclude() {
  rmSync(reports, { recursive: true, force: true });
  for (const { fault, details } of faults) console.error([`\nFailed: ${fault}.`, ...details].join('\n\n'));
  console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
  process.exitCode = totals.failed > 0 ? 1 : 0;
}
