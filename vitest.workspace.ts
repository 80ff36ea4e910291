import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Seven suites, by what a test needs: `fast` runs anywhere, `process` starts processes and threads of its own (kill -9, locks,
 * full disks, the store's contract), `chrome` needs a Chromium, `nodes` holds how fast a node answers, and wants the machine
 * alone. The others are CI's, since they take minutes: `pages` asks for pages of its own, older ones and one that changes;
 * `tools` holds what the tests stand on, the page that we wrote and the simulation that must see mutants, what the docs say of
 * accounts in a browser, and the limits of a fleet of ten thousand; `soak` goes on for a minute. Packages resolve to their sources, so an unbuilt clone can test.
 */
const shared = {
  resolve: { conditions: ['wakeeper-source', 'node', 'import', 'module', 'default'] },
  ssr: { resolve: { conditions: ['wakeeper-source', 'node', 'import', 'module', 'default'] } },
};
const rooms = ['packages/*/src', 'testing', 'bench', 'examples', 'scripts'];
const alone = ['testing/hazards/hazards.chrome.test.ts'];
const pages = [
  'testing/demo/**/*.chrome.test.ts',
  'testing/hazards/page-changes.chrome.test.ts',
  'packages/lifecycle/src/drivers/whatsapp-web/page-editions.chrome.test.ts',
];
const tools = [
  'testing/wa-web/**/*.chrome.test.ts',
  'testing/simulation/mutants.process.test.ts',
  'bench/actors.process.test.ts',
  'testing/troubleshooting/**/*.test.ts',
];
const soak = ['testing/soak/**/*.chrome.test.ts'];
const files = (suffix: string) => rooms.map((room) => `${room}/**/*${suffix}`);
const suite = (
  name: string,
  include: string[],
  exclude: string[],
  testTimeout: number,
  fileParallelism: boolean,
) => ({
  ...shared,
  test: {
    name,
    include,
    exclude: ['**/node_modules/**', '**/dist/**', ...exclude],
    pool: 'forks' as const,
    // The fast tests share a process per worker: starting one for each file took longer than the tests.
    isolate: name !== 'fast',
    // Workers and child processes started by a test load TypeScript the same way as the test itself.
    execArgv: ['--conditions=wakeeper-source', '--import', 'tsx'],
    testTimeout,
    hookTimeout: testTimeout,
    // A fact that is waited for comes at once, or late on a busy machine: the second that is given by default says neither.
    expect: { poll: { timeout: testTimeout / 2 } },
    fileParallelism,
  },
});

/** Short files whose tests are long: begun last, they would be waited for alone. */
const LONG = [
  'instance-machine.paths.test.ts',
  'mutants.process.test.ts',
  'demo.chrome.test.ts',
  'whatsapp-web-driver.chrome.test.ts',
  'fleet.chrome.test.ts',
  'simulation.process.test.ts',
  'readme.process.test.ts',
];
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => LONG.some((name) => moduleId.endsWith(`/${name}`));
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    // By default one core is left idle, which on two cores is half of them.
    maxWorkers: availableParallelism(),
    projects: [
      suite('fast', files('.test.ts'), ['**/*.process.test.ts', '**/*.chrome.test.ts'], 20_000, true),
      suite('process', files('.process.test.ts'), tools, 120_000, true),
      suite('chrome', files('.chrome.test.ts'), [...alone, ...pages, ...tools, ...soak], 120_000, true),
      suite('nodes', alone, [], 120_000, false),
      suite('pages', pages, [], 120_000, true),
      suite('tools', tools, [], 120_000, true),
      suite('soak', soak, [], 120_000, false),
    ],
  },
});
