/** One soak: the world around the process that is measured, from its start until it has ended by itself. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { browserProcesses } from '../fleet/browsers.js';
import { clearedAfter } from '../fleet/clearing.js';
import { eventually } from '../fleet/eventually.js';
import { Chance } from '../simulation/chance.js';
import { startWaWeb, type WaWeb } from '../wa-web/server.js';
import { balance, type Line, type Looks, remains } from './balance.js';
import { Books, type BookTotals } from './books.js';
import { type Account, BrowserFaults } from './browser-faults.js';
import type { Sample } from './gauges.js';
import type { FromSoaked, Look, SoakedOptions, ToSoaked } from './soak-messages.js';
import { Tally } from './tally.js';

const SOAKED = fileURLToPath(new URL('./soaked-process.ts', import.meta.url));
const SIMULATED = 200;
const CHROMIUM: readonly Account[] = [
  { id: 'few-1', phone: '4915120000001' },
  { id: 'few-2', phone: '4915120000002' },
  { id: 'few-3', phone: '4915120000003' },
];
/** Beyond the trouble itself: creating, resting twice, looking four times, closing. */
const OVERHEAD_MS = 4 * 60_000;
/** When nothing is left to do, a process ends at once, on a busy machine a little later. */
const END_DEADLINE_MS = 10_000;
/** A person takes the phone out of the pocket. */
const SCAN_AFTER_MS = 300;

export interface SoakOptions {
  readonly minutes: number;
  /** Of the same trouble, before the first look. */
  readonly warmUpSeconds: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}
export interface SoakReport {
  readonly minutes: number;
  readonly seed: number;
  readonly looks: Looks;
  readonly balance: readonly Line[];
  readonly remains: readonly Line[];
  readonly totals: BookTotals;
  /** How often which fault struck and what users did. */
  readonly tally: Readonly<Record<string, number>>;
  /** From when nothing was left to do until the process had ended. */
  readonly endedAfterMs: number;
  /** Sentences; none when everything is kept. */
  readonly violations: readonly string[];
}

class SoakRun {
  private readonly folder = mkdtempSync(join(tmpdir(), 'wakeeper-soak-'));
  private readonly books = new Books();
  private readonly tally = new Tally();
  private readonly violations: string[] = [];
  private readonly looks: Partial<Record<Look, Sample>> = {};
  private readonly scans = new Set<NodeJS.Timeout>();
  private done: Readonly<Record<string, number>> = {};
  private readonly web: WaWeb;
  private readonly faults: BrowserFaults;
  private readonly options: SoakOptions;

  constructor(web: WaWeb, options: SoakOptions) {
    this.web = web;
    this.options = options;
    const ground = { accounts: CHROMIUM, profiles: join(this.folder, 'profiles') };
    this.faults = new BrowserFaults(web, ground, new Chance(options.seed + 2), this.tally);
  }

  async run(): Promise<SoakReport> {
    const endedAfterMs = await this.untilEnded(this.start());
    const { before, start, end, after } = this.looks;
    if (!before || !start || !end || !after)
      throw new Error(`The soak was not finished:\n${this.violations.join('\n')}`);
    for (const { id, phone } of CHROMIUM)
      this.books.delivered(
        id,
        this.web.sent(phone).map(({ poll, body }) => poll?.question ?? body),
      );
    const { minutes, seed } = this.options;
    const looks = { before, start, end, after };
    const lines = { balance: balance(looks), remains: remains(looks) };
    const violations = [
      ...lines.balance.filter(({ isKept }) => !isKept).map((line) => spoken(line, 'from start to end')),
      ...lines.remains.filter(({ isKept }) => !isKept).map((line) => spoken(line, 'after the close')),
      ...this.books.judge(),
      ...this.violations,
    ];
    const tally = { ...this.done, ...this.tally.counts };
    return { minutes, seed, looks, ...lines, totals: this.books.totals, tally, endedAfterMs, violations };
  }

  /** Resolves with the milliseconds from its last word to its end. */
  private async untilEnded(soaked: ChildProcess): Promise<number> {
    const { minutes, warmUpSeconds } = this.options;
    const [spoken, ended] = [once(soaked, 'disconnect'), once(soaked, 'exit')];
    const limitMs = minutes * 60_000 + warmUpSeconds * 1_000 + OVERHEAD_MS;
    const limit = setTimeout(() => soaked.kill('SIGKILL'), limitMs);
    await spoken;
    clearTimeout(limit);
    const lastWordAt = performance.now();
    const impatient = setTimeout(() => {
      this.violations.push(`The process had not ended ${END_DEADLINE_MS} ms after its last word.`);
      soaked.kill('SIGKILL');
    }, END_DEADLINE_MS);
    const [code, signal] = await ended;
    clearTimeout(impatient);
    if (code !== 0) this.violations.push(`The process ended with ${code ?? signal}.`);
    return performance.now() - lastWordAt;
  }

  private start(): ChildProcess {
    const { minutes, seed, warmUpSeconds } = this.options;
    const options: SoakedOptions = {
      seed,
      simulated: SIMULATED,
      chromium: CHROMIUM.map(({ id }) => id),
      warmUpMs: warmUpSeconds * 1_000,
      chaosMs: minutes * 60_000,
      folder: this.folder,
      chromeArgs: this.web.chromeArgs,
    };
    const soaked = fork(SOAKED, [JSON.stringify(options)], {
      execArgv: ['--expose-gc', '--conditions=wakeeper-source', '--import', 'tsx'],
    });
    soaked.on('message', (message) => void this.hear(soaked, message as FromSoaked));
    return soaked;
  }

  private async hear(soaked: ChildProcess, message: FromSoaked): Promise<void> {
    switch (message.type) {
      case 'phase': {
        if (message.phase === 'trouble') this.faults.begin();
        else await this.faults.end();
        const answer: ToSoaked = { type: 'phase', phase: message.phase };
        soaked.send(answer);
        return;
      }
      case 'code':
        return this.scanSoon(message.id, message.qr);
      case 'accepted':
        return this.books.accepted(message.id, message.text);
      case 'doubted':
        return this.books.doubted(message.id, message.queueId);
      case 'removed':
        return this.books.removed(message.id);
      case 'delivered':
        return this.books.delivered(message.id, message.texts);
      case 'kept':
        return this.books.kept(message.id, message.items);
      case 'look':
        this.looks[message.look] = message.sample;
        return;
      case 'tally':
        this.done = message.tally;
        return;
      case 'progress':
        return this.options.say(message.line);
      case 'violation':
        this.violations.push(message.sentence);
    }
  }

  private scanSoon(id: string, qr: string): void {
    const phone = CHROMIUM.find((account) => account.id === id)?.phone ?? '';
    const timer = setTimeout(() => {
      this.scans.delete(timer);
      // A code that is gone by then belongs to a page that was closed or scanned: the next one comes.
      this.web.scan(qr, { phone, name: id }).then(
        () => this.tally.add('Chromium: code scanned'),
        () => {},
      );
    }, SCAN_AFTER_MS);
    this.scans.add(timer);
  }

  /** @throws Error when a browser outlives the process */
  async clear(): Promise<void> {
    for (const timer of this.scans) clearTimeout(timer);
    const left = () => browserProcesses(join(this.folder, 'profiles'));
    await eventually(() => (left().length === 0 ? true : undefined), 10_000, left);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const spoken = ({ what, start, end }: Line, when: string): string => `${what}: ${start}, ${when} ${end}.`;

/** @throws Error when it could not be finished: the process ended, or it never came to rest */
export async function runSoak(options: SoakOptions): Promise<SoakReport> {
  const web = await startWaWeb({ syncMs: 200 });
  const run = new SoakRun(web, options);
  return clearedAfter(() => run.run(), [() => run.clear(), () => web.close()]);
}
