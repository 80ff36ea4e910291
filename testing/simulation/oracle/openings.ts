/** Judges the openings of browsers: never two, never too many, never too often, never without a person in `needs_qr`. */
import type { Entry, Run } from '../history.js';
import type { Violations } from './sentences.js';

/** After one of them an instance may open a browser without spending anything. */
const ASKING: ReadonlySet<string> = new Set(['create', 'start', 'restart', 'qr', 'pairingCode']);
const LAUNCH_ENDS: ReadonlySet<string> = new Set([
  'qr',
  'scanned',
  'syncProgress',
  'authenticated',
  'ready',
  'pageCrashed',
]);

/** An opening after a failure, by nobody's word. */
interface Automatic {
  readonly at: number;
  readonly generation: number;
}

class Instance {
  lastOpenAt = Number.NEGATIVE_INFINITY;
  automatic: Automatic[] = [];
  /** The same, since the last stable `ready`. */
  inARow: Automatic[] = [];
  wasAsked = false;
  isFirstOfLife = true;
  wasSuspended = false;
  showedCode = false;
  codesStalled = false;
  unpaired = false;
  durableNeedsQr = false;
  readySince: number | null = null;
  /** The newest generation that its durable record knows. */
  saved = 0;
  /** Its browser is being closed: the driver opens the next one when that is over. */
  isClosing = false;
}

export class OpeningJudge {
  readonly #run: Run;
  readonly #violations: Violations;
  readonly #instances = new Map<string, Instance>();
  /** Generations that are being launched. */
  readonly #launching = new Set<string>();
  /** The process that has the store. */
  #life = 0;
  #isSuspended = false;
  #isOffline = false;
  /** When the last browser began to start: judged once the instant is over, in which others may be given up. */
  #startedAt: number | null = null;

  constructor(run: Run, violations: Violations) {
    this.#run = run;
    this.#violations = violations;
  }

  judge(): void {
    for (const entry of this.#run.history) this.#see(entry);
  }

  #of(id: string): Instance {
    const instance = this.#instances.get(id) ?? new Instance();
    this.#instances.set(id, instance);
    return instance;
  }

  #judgeGate(at: number): void {
    if (this.#startedAt === null || this.#startedAt === at) return;
    if (this.#launching.size > this.#run.rules.gate)
      this.#violations.add('gate', at, `${this.#launching.size} start: ${[...this.#launching].join(', ')}.`);
    this.#startedAt = null;
  }

  #see(entry: Entry): void {
    this.#judgeGate(entry.at);
    switch (entry.kind) {
      case 'asked':
        if (ASKING.has(entry.verb)) this.#of(entry.id).wasAsked = true;
        if (entry.verb === 'remove') this.#instances.delete(entry.id);
        if (entry.verb === 'restart' && entry.closedAtOnce) this.#judgeJoin(entry);
        return;
      case 'committed':
        if (entry.generation !== undefined && entry.id !== null) this.#of(entry.id).saved = entry.generation;
        return;
      case 'ended':
        // One that was superseded runs on for a while: its end is nobody's.
        if (entry.life === this.#life) this.#ended(entry.at);
        return;
      case 'opened store':
        this.#booted(entry);
        return;
      case 'host':
        this.#isOffline = !entry.isUp;
        if (this.#isOffline) for (const instance of this.#instances.values()) instance.wasSuspended = true;
        return;
      case 'slept':
        for (const instance of this.#instances.values()) instance.wasSuspended = true;
        return;
      case 'told':
        this.#told(entry);
        return;
      case 'moved':
        this.#moved(entry);
        return;
      case 'open':
        this.#opened(entry);
        return;
      case 'open over':
        this.#launching.delete(`${entry.id} ${entry.generation}`);
        return;
      case 'close':
        for (const one of [...this.#launching])
          if (one.startsWith(`${entry.id} `)) this.#launching.delete(one);
        this.#of(entry.id).isClosing = true;
        return;
      case 'close over':
        this.#of(entry.id).isClosing = false;
        return;
      case 'heard':
        this.#heard(entry);
        return;
      default:
    }
  }

  #judgeJoin({ id, place, at }: Entry & { kind: 'asked' }): void {
    const isUnderWay = /^connecting\.(queued|launching|syncing|authenticating|reloading)$/.test(place);
    if (isUnderWay)
      this.#violations.add('singleFlight', at, `${id} was ${place}, and its browser was closed.`);
  }

  #booted({ records, life }: Entry & { kind: 'opened store' }): void {
    this.#life = life;
    this.#isSuspended = false;
    for (const [id, instance] of this.#instances) {
      const record = records.find((one) => one.id === id);
      instance.isFirstOfLife = true;
      instance.durableNeedsQr = record?.state === 'needs_qr';
      // A process that was killed cannot remember what it had not yet written.
      const isKept = ({ generation }: Automatic) => generation <= instance.saved;
      instance.automatic = instance.automatic.filter(isKept);
      instance.inARow = instance.inARow.filter(isKept);
    }
  }

  #ended(at: number): void {
    this.#launching.clear();
    for (const instance of this.#instances.values()) {
      this.#judgeStable(instance, at);
      instance.isClosing = false;
    }
  }

  /** A stable `ready` is one however it ends. */
  #judgeStable(instance: Instance, at: number): void {
    if (instance.readySince === null) return;
    if (at - instance.readySince >= this.#run.rules.stableAfterMs) instance.inARow = [];
    instance.readySince = null;
  }

  #told({ type }: Entry & { kind: 'told' }): void {
    if (type === 'alert.raised') this.#isSuspended = true;
    if (type === 'alert.resolved') this.#isSuspended = false;
    if (type === 'alert.raised')
      for (const instance of this.#instances.values()) instance.wasSuspended = true;
  }

  #moved({ id, place, at }: Entry & { kind: 'moved' }): void {
    const instance = this.#of(id);
    const isReady = place.startsWith('ready.');
    if (isReady && instance.readySince === null) instance.readySince = at;
    if (!isReady) this.#judgeStable(instance, at);
  }

  #heard({ id, generation, event }: Entry & { kind: 'heard' }): void {
    const instance = this.#of(id);
    const [word = '', code = ''] = event.split(' ');
    if (LAUNCH_ENDS.has(word) || word === 'lost') this.#launching.delete(`${id} ${generation}`);
    if (word === 'qr') instance.showedCode = true;
    if (word === 'qrStalled') instance.codesStalled = true;
    if (['scanned', 'syncProgress', 'authenticated', 'ready'].includes(word)) instance.showedCode = false;
    if (word === 'lost' && (code === 'LOGGED_OUT' || code === 'UNPAIRED')) instance.unpaired = true;
  }

  #opened({ id, generation, beside, at }: Entry & { kind: 'open' }): void {
    const instance = this.#of(id);
    if (beside !== null && !instance.isClosing)
      this.#violations.add('oneBrowser', at, `${id} opens generation ${generation}, and ${beside} is open.`);
    this.#launching.add(`${id} ${generation}`);
    this.#startedAt = at;
    this.#judgeCode(instance, id, at);
    const isFree = instance.wasAsked || instance.isFirstOfLife || instance.wasSuspended || this.#isSuspended;
    if (!isFree && !instance.unpaired && !instance.showedCode)
      this.#judgeBudget(instance, { id, generation, at });
    instance.lastOpenAt = at;
    instance.wasAsked = false;
    instance.isFirstOfLife = false;
    instance.wasSuspended = this.#isSuspended || this.#isOffline;
    instance.showedCode = false;
    instance.codesStalled = false;
    instance.unpaired = false;
    instance.durableNeedsQr = false;
  }

  #judgeCode(instance: Instance, id: string, at: number): void {
    if (instance.wasAsked || instance.codesStalled) return;
    const isBoot = instance.isFirstOfLife;
    if (isBoot ? instance.durableNeedsQr : instance.showedCode)
      this.#violations.add(
        'needsQr',
        at,
        `${id} opens a browser, and nobody has asked${isBoot ? ' since the boot' : ''}.`,
      );
  }

  #judgeBudget(
    instance: Instance,
    { id, generation, at }: { readonly id: string; readonly generation: number; readonly at: number },
  ): void {
    const { maxRestarts, windowMs } = this.#run.rules;
    const inWindow = instance.automatic.filter((one) => one.at > at - windowMs).length;
    const isUsedUp = inWindow >= maxRestarts || instance.inARow.length >= maxRestarts;
    const waited = at - instance.lastOpenAt;
    if (isUsedUp && waited < Math.ceil(windowMs / maxRestarts))
      this.#violations.add(
        'budget',
        at,
        `${id} restarts by itself after ${inWindow} in the window, ${instance.inARow.length} in a row, ${waited} ms after the last.`,
      );
    instance.automatic.push({ at, generation });
    instance.inARow.push({ at, generation });
  }
}
