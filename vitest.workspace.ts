import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { EDITIONS } from './testing/wa-web/editions.js';

/**
 * The suites, by what a test needs: `fast` runs anywhere, `process` starts processes and threads of its own (kill -9, locks,
 * full disks, the store's contract), `chrome` needs a Chromium, `nodes` holds how fast a node answers, and wants the machine
 * alone. The others are CI's, since they take minutes: `pages` asks for pages of its own, older ones and one that changes, and
 * each `page-*` is the driver on another page than the newest; `tools` holds what the tests stand on, the page that we wrote and
 * the simulation that must see mutants, and what takes minutes: hundreds of simulated seeds, each edge of the chart, a fleet of
 * ten thousand, what the docs say of accounts in a browser; `soak` goes on for a minute. Packages resolve to their sources, so
 * an unbuilt clone can test.
 */
const shared = {
  resolve: { conditions: ['wakeeper-source', 'node', 'import', 'module', 'default'] },
  ssr: { resolve: { conditions: ['wakeeper-source', 'node', 'import', 'module', 'default'] } },
};
const rooms = ['packages/*/src', 'testing', 'bench', 'examples', 'scripts'];
const alone = ['testing/hazards/hazards.chrome.test.ts'];
const demo = 'testing/demo/**/*.chrome.test.ts';
const pages = [
  demo,
  'testing/hazards/page-changes.chrome.test.ts',
  'packages/lifecycle/src/drivers/whatsapp-web/page-editions.chrome.test.ts',
];
/** Of the driver, what is about the browser or the disk, and what asks for a page of its own. */
const onOnePage = ['browser-trial', 'full-disk', 'torn-writes', 'dying', 'page-layer', 'page-editions'];
const driverTests = 'packages/lifecycle/src/drivers/whatsapp-web/';
const [newest = '', ...older] = EDITIONS.toReversed();
/** What the newest page, which all other suites have, is not. */
const otherPages: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ...Object.fromEntries(older.map((edition) => [edition, { WA_WEB_EDITION: edition }])),
  // A minifier names a field anew with any build.
  'key-field': { WA_WEB_EDITION: newest, WA_WEB_KEY_FIELD: 'a7' },
  lid: { WA_WEB_EDITION: newest, WA_WEB_AXES: 'lid' },
  lazy: { WA_WEB_EDITION: newest, WA_WEB_AXES: 'lazy' },
};
const tools = [
  'testing/wa-web/**/*.chrome.test.ts',
  'testing/simulation/mutants.process.test.ts',
  'testing/simulation/seeds.process.test.ts',
  'packages/lifecycle/src/instance/instance-machine.edges.process.test.ts',
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
  env: Readonly<Record<string, string>> = {},
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
    env,
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
  'seeds.process.test.ts',
  'page-changes.chrome.test.ts',
  'whatsapp-web-driver.chrome.test.ts',
  'fleet.chrome.test.ts',
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
      ...Object.entries(otherPages).map(([page, env]) =>
        suite(
          `page-${page}`,
          // The demo is three instances, kills of browsers and of the node: on the oldest page and, in `pages`, the newest.
          page === EDITIONS[0]
            ? [`${driverTests}*.chrome.test.ts`, demo]
            : [`${driverTests}*.chrome.test.ts`],
          onOnePage.map((name) => `${driverTests}${name}.chrome.test.ts`),
          120_000,
          true,
          env,
        ),
      ),
      suite('tools', tools, [], 120_000, true),
      suite('soak', soak, [], 120_000, false),
    ],
  },
});
