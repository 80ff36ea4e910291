/**
 * The process that is measured: two managers, 200 instances in memory and three in real Chromium, their users and the
 * faults of the simulated ones. WhatsApp's page, the faults of the browsers and the judge are in the process around it.
 */
import { once } from 'node:events';
import { join } from 'node:path';
import type { Fact, Log } from '@wakeeper/lifecycle';
import { sqliteStore } from '@wakeeper/lifecycle/sqlite';
import { containLibraryRejections } from '@wakeeper/lifecycle/whatsapp-web';
import { eventually } from '../fleet/eventually.js';
import { Chance } from '../simulation/chance.js';
import { type Fleet, isAtRest, openChromium, openSimulated, populate } from './fleets.js';
import { sampleAtRest } from './gauges.js';
import type { FromSoaked, Look, Phase, SoakedOptions, ToSoaked } from './soak-messages.js';
import { Tally } from './tally.js';
import { Tenant, textOf } from './tenant.js';
import { Weather } from './weather.js';

const REST_DEADLINE_MS = 120_000;
/** By then every instance has lived through most of it, and the code that runs all the time is compiled. */
const WARM_TRANSITIONS = 6_000;
const WARM_PACE = 3;
/** Of a manager: its heartbeat, the next pruning of its store, and the next look through a page. */
const TIMERS_OF_A_MANAGER = 3;
const PARENT_DEADLINE_MS = 60_000;
const PAGE = 500;
/** What the log says only when a promise of the product is broken. */
const ALARM = /died|given up|could not be|could not use|not kept/;

const options = JSON.parse(process.argv[2] ?? '') as SoakedOptions;
const tell = (message: FromSoaked): void => {
  process.send?.(message);
};

/** Resolves when the process around it has brought the phase about. */
async function enter(phase: Phase): Promise<void> {
  const answered = once(process, 'message', { signal: AbortSignal.timeout(PARENT_DEADLINE_MS) });
  tell({ type: 'phase', phase });
  const [answer] = (await answered) as [ToSoaked];
  if (answer.phase !== phase) throw new Error(`The parent is in ${answer.phase} and not in ${phase}.`);
}

class Soak {
  readonly tally = new Tally();
  private readonly chance = new Chance(options.seed);
  /** Alerts that are not resolved. While there is one, a look at the host is due. */
  private alerts = 0;
  private weather!: Weather;
  private many!: Awaited<ReturnType<typeof openSimulated>>;
  private few!: Fleet;
  private tenants: readonly Tenant[] = [];
  /** What stands first in the queues that are not empty at rest. */
  private readonly waiting = new Map<string, readonly object[]>();
  private readonly log: Log = {
    debug() {},
    info() {},
    warn: (fields, message) => this.alarm(fields, message),
    error: (fields, message) => this.alarm(fields, message),
  };

  private alarm(fields: object, message: string): void {
    if (ALARM.test(message))
      tell({ type: 'violation', sentence: `The log says: ${message} ${JSON.stringify(fields)}` });
  }

  async open(): Promise<void> {
    this.many = await openSimulated(options, this.log, async () => this.weather.isHostOnline);
    this.few = await openChromium(options, this.log);
    const { ids, driver } = this.many;
    this.weather = new Weather(driver.whatsapp, ids, new Chance(options.seed + 1), this.tally);
    for (const { manager } of this.fleets) manager.subscribe((fact) => this.hear(fact));
    this.tenants = this.fleets.flatMap((fleet) => fleet.ids.map((id) => this.tenant(id, fleet)));
    await Promise.all(this.fleets.map(populate));
  }

  private get fleets(): readonly Fleet[] {
    return [this.many, this.few];
  }

  private tenant(id: string, { manager }: Fleet): Tenant {
    const isSimulated = manager === this.many.manager;
    return new Tenant({
      id,
      manager,
      tell,
      tally: this.tally,
      chance: new Chance(this.chance.between(1, 2 ** 30)),
      pauseMs: isSimulated ? 1_200 : 400,
      unrest: isSimulated ? 1 : 0.15,
    });
  }

  private hear({ type, instanceId, body }: Fact): void {
    const id = instanceId ?? '';
    if (type === 'instance.state') this.tally.add('transition');
    else if (type === 'instance.qr' && body.qr !== null && this.few.ids.includes(id))
      tell({ type: 'code', id, qr: body.qr });
    else if (type === 'message.uncertain') tell({ type: 'doubted', id, queueId: body.queueId });
    else if (type === 'alert.raised') this.alerts += 1;
    else if (type === 'alert.resolved') this.alerts -= 1;
  }

  /** For so long, and until there were so many transitions: a busy machine warms up later. */
  async trouble(ms: number, leastTransitions: number, pace: number): Promise<void> {
    await enter('trouble');
    const until = performance.now() + ms;
    const due = (this.tally.counts.transition ?? 0) + leastTransitions;
    const isOver = () => performance.now() >= until && (this.tally.counts.transition ?? 0) >= due;
    await Promise.all([
      this.weather.blow(isOver, pace),
      ...this.tenants.map((tenant) => tenant.live(isOver, pace)),
    ]);
    await enter('rest');
  }

  /** Everything is ready again and nothing waits to be sent. A person helps where only a person can. */
  async rest(): Promise<void> {
    await this.calm();
    // The page of a link that was made a moment ago is looked after for ten minutes, that of a restored one is not.
    for (const id of this.few.ids) await this.few.manager.stop(id);
    await this.calm();
    await Promise.all(this.tenants.map((tenant) => tenant.settleDoubts()));
    this.handOverDeliveries();
  }

  private calm(): Promise<unknown> {
    return eventually(
      () => this.isAtRest() || this.help(),
      REST_DEADLINE_MS,
      () => this.restless(),
    );
  }

  private isAtRest(): true | undefined {
    return (this.alerts === 0 && this.fleets.every(isAtRest)) || undefined;
  }

  private async help(): Promise<undefined> {
    for (const { ids, manager } of this.fleets)
      for (const id of ids) {
        const { state, detail } = manager.get(id);
        if (detail === 'stopped' || state === 'error') await manager.start(id);
        else if (detail === 'expired') await manager.qr(id).catch(() => undefined);
        await this.seeWhatWaits(id, manager);
      }
  }

  /** What is waited for in vain is told by what stands first in its queue. */
  private async seeWhatWaits(id: string, manager: Fleet['manager']): Promise<void> {
    this.waiting.delete(id);
    if (manager.get(id).queueDepth === 0) return;
    const { items } = await manager.queue(id, { statuses: ['queued', 'sending', 'uncertain'], limit: 2 });
    this.waiting.set(
      id,
      items.map(({ status, attemptCount, attemptedAt, errorCode }) => ({
        status,
        attemptCount,
        attemptedAt,
        errorCode,
      })),
    );
  }

  private restless(): unknown {
    const views = this.fleets.flatMap(({ ids, manager }) => ids.map((id) => manager.get(id)));
    const restless = views.filter(({ state, queueDepth }) => state !== 'ready' || queueDepth > 0);
    return {
      alerts: this.alerts,
      restless: restless.slice(0, 5).map((view) => ({ ...view, waiting: this.waiting.get(view.id) })),
      count: restless.length,
    };
  }

  /** The world's own books would grow with every message: they are kept outside, and are empty at every look. */
  private handOverDeliveries(): void {
    const { whatsapp } = this.many.driver;
    for (const id of this.many.ids) {
      const texts = whatsapp.deliveries(id).map(({ content }) => textOf(content));
      if (whatsapp.collisions(id) > 0)
        tell({ type: 'violation', sentence: `${id} was given a second browser on its profile.` });
      tell({ type: 'delivered', id, texts });
      whatsapp.forgetRecords(id);
      whatsapp.clearChats(id);
      whatsapp.forgetHistory(id);
    }
  }

  async look(look: Extract<Look, 'start' | 'end'>): Promise<void> {
    // A ready instance waits for its next probe, and for nothing else.
    const probes = options.simulated + options.chromium.length;
    const timers = probes + this.fleets.length * TIMERS_OF_A_MANAGER;
    const sample = await sampleAtRest(() => this.isAtRest() === true, timers);
    tell({ type: 'look', look, sample });
    if (sample.timers !== timers)
      tell({
        type: 'violation',
        sentence: `At the ${look} there are ${sample.timers} timers and not ${timers}.`,
      });
  }

  async handOverQueues(): Promise<void> {
    for (const { ids, manager } of this.fleets)
      for (const id of ids)
        for (let cursor: string | null = ''; cursor !== null; ) {
          const page = await manager.queue(id, { limit: PAGE, ...(cursor !== '' && { cursor }) });
          const items = page.items.map((item) => ({
            queueId: item.id,
            text: textOf(item),
            status: item.status,
            errorCode: item.errorCode,
          }));
          tell({ type: 'kept', id, items });
          cursor = page.nextCursor;
        }
  }

  async close(): Promise<void> {
    await Promise.all(this.fleets.map(({ manager }) => manager.close()));
  }
}

/** The loader compiles the sources of a store's thread once, and its compiler outlives the thread as a child nobody reaps. */
async function rehearse(): Promise<void> {
  const store = sqliteStore({ path: join(options.folder, 'rehearsal.db') });
  await store.open();
  await store.close();
}

async function run(): Promise<void> {
  // The loader's maps of our sources are parsed at a file's first error: megabytes that are not the product's.
  process.setSourceMapsEnabled(false);
  await rehearse();
  const release = containLibraryRejections(() => {});
  const withoutManagers = () => sampleAtRest(() => true, 0);
  tell({ type: 'look', look: 'before', sample: await withoutManagers() });
  const soak = new Soak();
  await soak.open();
  tell({ type: 'progress', line: `${options.simulated + options.chromium.length} instances are created` });
  await soak.trouble(options.warmUpMs, WARM_TRANSITIONS, WARM_PACE);
  await soak.rest();
  await soak.look('start');
  tell({ type: 'progress', line: 'warmed up; the first look is taken' });
  await soak.trouble(options.chaosMs, 0, 1);
  await soak.rest();
  await soak.look('end');
  tell({ type: 'progress', line: 'at rest again; the second look is taken' });
  await soak.handOverQueues();
  tell({ type: 'tally', tally: soak.tally.counts });
  await soak.close();
  release();
  tell({ type: 'look', look: 'after', sample: await withoutManagers() });
}

// Without the process around it nobody would ever end the trouble.
const orphaned = () => process.exit(1);
process.once('disconnect', orphaned);
await run();
process.off('disconnect', orphaned);
// The channel is the last thing that keeps the process alive: it must end by itself now.
process.disconnect();
