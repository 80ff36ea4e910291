/**
 * What can go wrong in a simulated call, and the script that says when. Faults of the running page (a crash, a lost
 * socket) are verbs of `SimulatedWhatsApp.page(id)`; these here wait for the call that they spoil.
 */
import type { FailureCode, SendFailureCode } from '../../ports/driver.js';

/** A call that ends with this code, or one that never answers. */
export type CallFault = 'hang' | { readonly reject: FailureCode };

export interface SimulatedFaults {
  /** `forgetful`: opens well, and the page has forgotten which messages it sent. */
  open: CallFault | 'forgetful';
  /**
   * After the page has loaded with a paired account: `never` says `authenticated` and no `ready`; `silent` says nothing;
   * `endlessSync` only progress; `early` is ready before `open` resolves; `twice` says both events twice; `lost` ends
   * the generation after `authenticated`; `pageError` says `authenticated` and then this error instead of `ready`, as a
   * page does that whatsapp-web.js no longer understands.
   */
  ready:
    | 'never'
    | 'silent'
    | 'endlessSync'
    | 'early'
    | 'twice'
    | { readonly lost: FailureCode }
    | { readonly pageError: string };
  /** No code after the first one, until the generation ends. */
  qr: 'stall';
  probe: CallFault;
  testPage: CallFault;
  /** `forgetful` as with open. */
  reload: CallFault | 'forgetful';
  /**
   * `hang`: no answer and no message. `late`: the deadline is missed, the message goes out `lateMs` after the call.
   * `lostAnswer`: rejected although the message went out. `lostCall`: rejected, and the message did not go out.
   */
  send:
    | 'hang'
    | { readonly lateMs: number }
    | 'lostAnswer'
    | 'lostCall'
    | { readonly unsent: SendFailureCode }
    | { readonly refused: SendFailureCode };
  /**
   * `withhold`: WhatsApp has the message, and its acknowledgement waits for `releaseAcks`. `stuck`: the message stays in
   * the page until the socket reconnects or the page loads again. `error`: acknowledged with -1, and not delivered.
   */
  ack: 'withhold' | 'stuck' | 'error';
  /** The question of an attempt to send, whether the number of a new chat is registered, gets no answer. */
  exists: 'silence';
  findSent: CallFault;
  lookupNumber: CallFault;
  listChats: CallFault;
  requestPairingCode: CallFault;
  submitPasskey: CallFault;
  react: CallFault;
  markRead: CallFault;
  screenshot: CallFault;
  fetchMessages: CallFault;
  fetchMedia: CallFault;
  /** `told`: messages that came while the page was away are told after `ready`, besides being in its history. */
  offline: 'told';
  logout: CallFault;
  /** `hang`: the browser does not end by itself; it is killed at the deadline. */
  close: 'hang';
}
export type FaultKind = keyof SimulatedFaults;

/** Decides by itself, for example by a seeded chance, whether a call goes wrong. */
export type FaultInjector = <K extends FaultKind>(
  kind: K,
  instanceId: string,
) => SimulatedFaults[K] | undefined;

/** The faults that wait for one instance. */
export class FaultScript {
  readonly #next = new Map<FaultKind, unknown[]>();
  readonly #always = new Map<FaultKind, unknown>();

  /** The next `times` calls of the kind go wrong like this, after those that were asked for before. */
  next<K extends FaultKind>(kind: K, fault: SimulatedFaults[K], times = 1): this {
    const waiting = this.#next.get(kind) ?? [];
    for (let i = 0; i < times; i++) waiting.push(fault);
    this.#next.set(kind, waiting);
    return this;
  }

  /** Every call of the kind goes wrong like this, until `clear`. */
  always<K extends FaultKind>(kind: K, fault: SimulatedFaults[K]): this {
    this.#always.set(kind, fault);
    return this;
  }

  /** Forgets the faults of a kind, or all. */
  clear(kind?: FaultKind): this {
    if (kind) {
      this.#next.delete(kind);
      this.#always.delete(kind);
    } else {
      this.#next.clear();
      this.#always.clear();
    }
    return this;
  }

  take<K extends FaultKind>(kind: K): SimulatedFaults[K] | undefined {
    const waiting = this.#next.get(kind);
    const fault = waiting?.length ? waiting.shift() : this.#always.get(kind);
    return fault as SimulatedFaults[K] | undefined;
  }
}
