/** Judges the places that instances were seen in: how long, and what led from one to the next. */
import type { Entry, Rules, Run } from '../history.js';
import type { Violations } from './sentences.js';

/** What a look-up of the time costs beyond the deadline itself. */
const SLACK_MS = 50;
const LONGEST_BACKOFF_MS = 60_000;
/** After a sleep a process may be suspended for a heartbeat and a look at the network; without its store it tells nobody. */
const AWAKE_AFTER_MS = 15_000;

/** Alerts under which ladders are suspended. */
const SUSPENDING: ReadonlySet<string> = new Set(['host_offline', 'host_asleep', 'incompatible_page']);

/** How long an instance may be in each place; a place that is not here may be for ever. */
export function deadlinesOf(rules: Rules): Readonly<Record<string, number>> {
  const close = rules.closeTimeoutMs + 5_000;
  const queued = (Math.ceil(rules.instances / rules.gate) + 2) * (rules.readyTimeoutMs + close);
  return {
    'disconnected.draining': rules.drainTimeoutMs + 1_000,
    'disconnected.stopping': close,
    'disconnected.loggingOut': rules.logoutTimeoutMs + close,
    'disconnected.closing': close,
    'disconnected.waiting': LONGEST_BACKOFF_MS,
    'disconnected.suspended': rules.windowMs,
    'connecting.queued': queued,
    'connecting.launching': rules.readyTimeoutMs,
    'connecting.syncing': rules.readyTimeoutMs + rules.syncTimeoutMs,
    'connecting.authenticating': rules.readyTimeoutMs + rules.syncTimeoutMs,
    'connecting.reloading': rules.reloadTimeoutMs,
    'ready.probing': rules.probeTimeoutMs + 1_000,
    'needs_qr.clearing': close,
    'needs_qr.queued': queued,
    'needs_qr.opening': rules.readyTimeoutMs,
    'needs_qr.showing': rules.qrTimeoutMs,
    'needs_qr.reopening': close,
    'needs_qr.closing': close,
    'error.incompatible': 1.2 * rules.pageRetestMs,
    'error.retesting': rules.reloadTimeoutMs,
    'error.cooling': Math.ceil(rules.windowMs / rules.maxRestarts),
  };
}

interface Stay {
  readonly place: string;
  readonly since: number;
  /** Milliseconds that the machine slept meanwhile: no timer could fire. */
  slept: number;
  wasSuspended: boolean;
  /** When its page stopped answering, while it was ready. */
  hungAt: number | null;
  /** A person has said what leads out of it. */
  wasTold: boolean;
}

export class PlaceJudge {
  readonly #run: Run;
  readonly #violations: Violations;
  readonly #deadlines: Readonly<Record<string, number>>;
  readonly #stays = new Map<string, Stay>();
  /** The process that has the store. */
  #life = 0;
  #isSuspended = false;
  #sleepsUntil = Number.NEGATIVE_INFINITY;
  #isOffline = false;

  constructor(run: Run, violations: Violations) {
    this.#run = run;
    this.#violations = violations;
    this.#deadlines = deadlinesOf(run.rules);
  }

  judge(): void {
    for (const entry of this.#run.history) this.#see(entry);
  }

  #see(entry: Entry): void {
    switch (entry.kind) {
      case 'opened store':
        this.#life = entry.life;
        return;
      case 'ended':
        this.#ended(entry);
        return;
      case 'shutdown':
        this.#stays.clear();
        return;
      case 'slept':
        this.#sleepsUntil = entry.at + entry.ms + AWAKE_AFTER_MS;
        for (const stay of this.#stays.values()) {
          stay.slept += entry.ms;
          if (stay.hungAt !== null) stay.hungAt += entry.ms;
          stay.wasSuspended = true;
        }
        return;
      case 'host':
        this.#isOffline = !entry.isUp;
        if (this.#isOffline) for (const stay of this.#stays.values()) stay.wasSuspended = true;
        return;
      case 'told':
        if (!SUSPENDING.has(entry.name ?? '')) return;
        if (entry.type === 'alert.raised') this.#isSuspended = true;
        if (entry.type === 'alert.resolved') this.#isSuspended = false;
        for (const stay of this.#stays.values()) stay.wasSuspended ||= this.#isSuspended;
        return;
      case 'asked': {
        const stay = this.#stays.get(entry.id);
        if (stay && /^(start|stop|logout|restart|remove|qr|pairingCode)$/.test(entry.verb))
          stay.wasTold = true;
        return;
      }
      case 'open': {
        // Another generation is another stay, also where the places between were left at once.
        const stay = this.#stays.get(entry.id);
        this.#end(entry.id, entry.at);
        if (stay) this.#stays.set(entry.id, { ...stay, since: entry.at, slept: 0, hungAt: null });
        return;
      }
      case 'stale':
        if (entry.before !== entry.after)
          this.#violations.add(
            'generation',
            entry.at,
            `${entry.id} went from ${entry.before} to ${entry.after} by a ${entry.event}.`,
          );
        return;
      case 'struck':
        if (entry.fault === 'page hangs' && entry.id !== null) this.#hung(entry.id, entry.at);
        return;
      case 'moved':
        this.#moved(entry);
        return;
      default:
    }
  }

  /** One that was superseded runs on for a while: its end is nobody's. */
  #ended({ life, at }: Entry): void {
    if (life !== this.#life) return;
    for (const id of [...this.#stays.keys()]) this.#end(id, at);
    this.#isSuspended = false;
  }

  #hung(id: string, at: number): void {
    const stay = this.#stays.get(id);
    if (stay?.place.startsWith('ready.')) stay.hungAt ??= at;
  }

  #moved({ id, place, at }: Entry & { kind: 'moved' }): void {
    const before = this.#stays.get(id);
    this.#end(id, at);
    if (before && !before.wasTold) this.#judgeStep(id, before.place, place, at);
    const staysReady = before?.place.startsWith('ready.') && place.startsWith('ready.');
    this.#stays.set(id, {
      place,
      since: at,
      slept: 0,
      wasSuspended: this.#isSuspended || this.#isOffline || at < this.#sleepsUntil,
      hungAt: staysReady ? (before?.hungAt ?? null) : null,
      wasTold: staysReady ? (before?.wasTold ?? false) : false,
    });
  }

  #judgeStep(id: string, before: string, after: string, at: number): void {
    if (!before.startsWith('needs_qr.')) return;
    const isLadder =
      /^disconnected\.(closing|waiting|suspended)$|^connecting\.(queued|launching)$|^error\.(cooling|halted)/.test(
        after,
      );
    if (isLadder) this.#violations.add('needsQr', at, `${id} went from ${before} to ${after}.`);
  }

  #end(id: string, at: number): void {
    const stay = this.#stays.get(id);
    this.#stays.delete(id);
    if (!stay) return;
    const stayed = at - stay.since - stay.slept;
    const deadline = this.#deadlineOf(stay);
    if (deadline !== undefined && stayed > deadline + SLACK_MS)
      this.#violations.add(
        'deadline',
        at,
        `${id} was ${stay.place} for ${stayed} ms; ${deadline} are allowed.`,
      );
    this.#judgeHung(id, stay, at);
  }

  #deadlineOf({ place, wasSuspended }: Stay): number | undefined {
    // While the fault is the world's, WhatsApp's own socket may take its time.
    if (place === 'connecting.reconnecting')
      return wasSuspended ? undefined : this.#run.rules.reconnectGraceMs;
    return this.#deadlines[place];
  }

  #judgeHung(id: string, { hungAt }: Stay, at: number): void {
    if (hungAt === null) return;
    const { maxProbeFailures, probeIntervalMs, probeTimeoutMs } = this.#run.rules;
    const allowed = (maxProbeFailures + 1) * (1.2 * probeIntervalMs + probeTimeoutMs + 1_000);
    if (at - hungAt > allowed)
      this.#violations.add('proved', at, `${id} was ready for ${at - hungAt} ms with a page that hangs.`);
  }
}
