/**
 * History: what was seen from outside of one run, as plain data and in the order in which it happened. The oracle judges
 * it, so nothing in here has a type of the product.
 */
import type { FaultName } from './fault-names.js';

/** What a person, or a program for one, asks of the fleet. */
export type Verb =
  | 'create'
  | 'start'
  | 'stop'
  | 'restart'
  | 'logout'
  | 'remove'
  | 'send'
  | 'cancel'
  | 'resolve'
  | 'release'
  | 'drop'
  | 'qr'
  | 'pairingCode'
  | 'update'
  | 'whenReady'
  | 'screenshot';

export type Happening =
  /** A process took the data over: from now on every earlier one writes nothing. `records` is what it finds. */
  | {
      readonly kind: 'opened store';
      readonly epoch: number;
      readonly records: readonly { readonly id: string; readonly state: string; readonly sending: number }[];
    }
  /** It serves. */
  | { readonly kind: 'booted' }
  | { readonly kind: 'ended'; readonly how: 'killed' | 'superseded' | 'closed' }
  | {
      readonly kind: 'asked';
      readonly call: number;
      readonly verb: Verb;
      readonly id: string;
      readonly place: string;
      /** Of a send: what says which message it is, at WhatsApp too. */
      readonly text?: string;
      /** Idempotency key. */
      readonly key?: string;
      /** Of cancel and resolve; of release and drop where not all is meant. */
      readonly item?: string;
      readonly as?: string;
      /** The browser was closed before the call returned its promise. */
      closedAtOnce?: boolean;
    }
  | {
      readonly kind: 'answered';
      readonly call: number;
      readonly verb: Verb;
      readonly id: string;
      /** `ok`, a receipt's status, or `refused`. */
      readonly outcome: string;
      readonly code: string | null;
      readonly item: string | null;
      readonly text?: string;
      readonly key?: string;
    }
  /** The store has accepted an item. */
  | {
      readonly kind: 'enqueued';
      readonly id: string;
      readonly item: string;
      readonly text: string;
      readonly key: string | null;
    }
  /** A write is durable, with the facts of these numbers. */
  | {
      readonly kind: 'committed';
      readonly call: string;
      readonly id: string | null;
      /** Of the data when the write took effect; that is heard of a little later. */
      readonly epoch: number;
      /** Of a saved record. */
      readonly generation?: number;
      readonly facts: readonly number[];
      /** Items that it says may have been delivered; a process that is killed now tells nobody. */
      readonly uncertain: readonly string[];
      /** Items that stand aside since, until a person says so. */
      readonly held: readonly string[];
    }
  /** A subscriber heard a fact. */
  | {
      readonly kind: 'told';
      readonly number: number;
      readonly type: string;
      readonly id: string | null;
      readonly item: string | null;
      /** Of an alert, its name. */
      readonly name: string | null;
    }
  /** An instance is seen in another place. */
  | { readonly kind: 'moved'; readonly id: string; readonly place: string }
  /** The driver is asked for a browser; `beside` is the generation whose browser is open already. */
  | {
      readonly kind: 'open';
      readonly id: string;
      readonly generation: number;
      readonly beside: number | null;
    }
  | { readonly kind: 'open over'; readonly id: string; readonly generation: number }
  | { readonly kind: 'close'; readonly id: string; readonly mode: string }
  | { readonly kind: 'close over'; readonly id: string }
  | {
      readonly kind: 'heard';
      readonly id: string;
      readonly generation: number;
      readonly event: string /** Of `ready`: whose phone it is. */;
      readonly account?: string;
    }
  /** The page is asked to send; `wasDelivered`: WhatsApp has the message already. */
  | {
      readonly kind: 'attempt';
      readonly id: string;
      readonly text: string;
      readonly messageKey: string;
      readonly wasDelivered: boolean;
      /** Where the instance was when the page was asked. */
      readonly place: string;
    }
  /** The page call can have no effect any more. */
  | { readonly kind: 'attempt over'; readonly id: string; readonly text: string }
  | {
      readonly kind: 'struck';
      readonly fault: FaultName;
      readonly id: string | null;
      readonly place: string | null;
      readonly note: string;
    }
  /** A generation that is over speaks. */
  | {
      readonly kind: 'stale';
      readonly id: string;
      readonly event: string;
      readonly before: string;
      readonly after: string;
    }
  | { readonly kind: 'slept'; readonly ms: number }
  | { readonly kind: 'phone'; readonly id: string; readonly did: 'scan' | 'unlink' }
  /** Somebody writes to the account. */
  | { readonly kind: 'phone'; readonly id: string; readonly did: 'receive'; readonly message: string }
  /** Whether the host reaches WhatsApp from now on. */
  | { readonly kind: 'host'; readonly isUp: boolean }
  /** The process is asked to end: its instances are where they are. */
  | { readonly kind: 'shutdown' }
  | { readonly kind: 'healed' };

/** `at`: epoch milliseconds of the virtual clock. `life`: number of the process, 0 for the world. */
export type Entry = Happening & { readonly at: number; readonly life: number };

/** How it stands at the end. */
export interface Ending {
  readonly items: readonly {
    readonly id: string;
    readonly item: string;
    readonly text: string;
    readonly status: string;
    readonly messageKey: string | null;
    readonly errorCode: string | null;
    readonly ack: number | null;
  }[];
  /** What WhatsApp's server has, each message once. */
  readonly deliveries: readonly {
    readonly id: string;
    readonly text: string;
    readonly from: string;
    readonly at: number;
  }[];
  readonly lastFact: number;
  /** The messages that durable facts say were received, in their order. */
  readonly received: readonly { readonly id: string; readonly message: string }[];
  /** Instances that are ready in the end, and since when each has had its account. */
  readonly listeners: readonly { readonly id: string; readonly since: number }[];
  /** What is not calm although everything was healed and time was given. */
  readonly unrest: readonly string[];
  /** Browsers that run after the last process was closed. */
  readonly browsers: number;
  /** Errors that were thrown and should not have been: unhandled rejections, actors that died. */
  readonly breakdowns: readonly string[];
}

/** The numbers that the fleet was given, in milliseconds where not counts. */
export interface Rules {
  readonly maxRestarts: number;
  readonly windowMs: number;
  readonly gate: number;
  readonly instances: number;
  readonly stableAfterMs: number;
  readonly readyTimeoutMs: number;
  readonly syncTimeoutMs: number;
  readonly reconnectGraceMs: number;
  readonly qrTimeoutMs: number;
  readonly reloadTimeoutMs: number;
  readonly pageRetestMs: number;
  readonly closeTimeoutMs: number;
  readonly logoutTimeoutMs: number;
  readonly drainTimeoutMs: number;
  readonly probeIntervalMs: number;
  readonly probeTimeoutMs: number;
  readonly maxProbeFailures: number;
  readonly resumeSpreadMs: number;
  readonly resendsUncertain: boolean;
}

export interface Run {
  readonly seed: number;
  readonly rules: Rules;
  readonly history: readonly Entry[];
  readonly ending: Ending;
}
