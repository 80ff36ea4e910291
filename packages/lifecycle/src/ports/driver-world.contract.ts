/** What the driver's contract stands on: a harness that each adapter brings, and a generation that writes down what it hears. */
import { expect } from 'vitest';
import { isLifecycleError } from '../domain/errors.js';
import type { Rung } from '../domain/instance-state.js';
import type { ItemContent } from '../domain/message.js';
import type { PageCapability } from '../domain/page-report.js';
import type { PasskeyAssertion, PasskeyOptions } from '../domain/passkey.js';
import type { RecipientCheck } from '../domain/recipient.js';
import type { AccountRestriction } from '../domain/restriction.js';
import type {
  CloseMode,
  Driver,
  DriverEvent,
  FailureCode,
  FetchedMessages,
  FetchMessagesRequest,
  MediaAnswer,
  SendReport,
  SocketState,
} from './driver.js';
import { DriverError } from './driver.js';

/** What reached WhatsApp's server of an instance, each message once, oldest first. */
export interface Delivered {
  readonly messageKey: string;
  /** Text of a message, question of a poll. */
  readonly text: string;
  /** Chat ids of those that it mentions. */
  readonly mentions: readonly string[];
  /** Key of the message that it quotes, or null. */
  readonly quotedKey: string | null;
}

export interface PasskeyRules {
  /** Milliseconds of WhatsApp's options. */
  readonly timeout?: number;
  readonly code?: boolean;
}

export interface Picture {
  readonly mimetype: string;
  readonly filename: string;
  readonly bytes: Uint8Array;
}

/**
 * The world around a driver. Every verb resolves when it has taken effect in the world; what the driver makes of it is
 * what the contract looks at.
 */
export interface DriverHarness {
  /** A driver over the world, as a new process would make it. At most one is in use at a time. */
  makeDriver(): Promise<Driver>;
  /** Resolves when the fact holds, and rejects when it does not in good time. A virtual clock moves meanwhile. */
  until(fact: () => boolean): Promise<void>;
  /** Milliseconds on the driver's clock. */
  now(): number;
  /** How many browsers run for the instance. */
  browsers(instanceId: string): Promise<number>;

  /** The phone scans the code, or enters the pairing code, that is shown now. */
  scan(instanceId: string): Promise<void>;
  /** The next account that scans wants its link confirmed with a passkey, and then a code compared where that is asked for. */
  requirePasskey(instanceId: string, rules: PasskeyRules): Promise<void>;
  /** What the operator's own browser, which has the passkey of that account, answers to the options. */
  assertPasskey(instanceId: string, options: PasskeyOptions): Promise<PasskeyAssertion>;
  /** The person compares the code with the one on the phone. Rejects where it is another one. */
  comparePasskeyCode(instanceId: string, code: string): Promise<void>;
  /** The phone unlinks the account, whether its browser runs or not. */
  unlink(instanceId: string): Promise<void>;
  /** Somebody writes to the account, whether its browser runs or not; in the chat of the two, or in the group `chatId`. Resolves with the id. */
  receive(instanceId: string, text: string, chatId?: string): Promise<string>;
  /** A person writes, and the page has no key for it until `decrypt`. */
  receiveUnreadable(instanceId: string, text: string): Promise<string>;
  decrypt(instanceId: string, messageId: string): Promise<void>;
  /** A person writes, and the open page stores it without an event. */
  receiveSilently(instanceId: string, text: string): Promise<string>;
  /** Somebody sends a picture. */
  receivePicture(instanceId: string, picture: Picture): Promise<string>;
  /** The account's owner writes on the phone. */
  write(instanceId: string, text: string): Promise<string>;
  /** Whoever wrote a message changes it, deletes it for everyone; somebody reacts to it (`null` takes it back). */
  edit(instanceId: string, messageId: string, text: string): Promise<void>;
  revoke(instanceId: string, messageId: string): Promise<void>;
  react(instanceId: string, messageId: string, reaction: string | null): Promise<void>;
  vote(instanceId: string, messageId: string, option: string): Promise<void>;
  delivered(instanceId: string): Promise<readonly Delivered[]>;
  /** What reached WhatsApp's server of reactions: the emoji that stands at each message now, by message id. */
  reactions(instanceId: string): Promise<Readonly<Record<string, string>>>;
  /** The chats that WhatsApp's server was told of as read. */
  readChats(instanceId: string): Promise<readonly string[]>;

  /** kill -9 of the browser. */
  killBrowser(instanceId: string): Promise<void>;
  /** The browser neither answers nor ends by itself any more, as under SIGSTOP. */
  freezeBrowser(instanceId: string): Promise<void>;
  /** The page's process dies. */
  crashPage(instanceId: string): Promise<void>;
  closePage(instanceId: string): Promise<void>;
  /** WhatsApp's socket in the open page says this. The account itself stays paired. */
  setSocketState(instanceId: string, state: SocketState): Promise<void>;
  /** WhatsApp changes its page for the account: it lacks what these take. Nothing, to give everything back. */
  changePage(instanceId: string, lacking: readonly PageCapability[]): Promise<void>;
  /** The code that is shown now is the last one. */
  stopCodes(instanceId: string): Promise<void>;
  /** The server takes messages and does not acknowledge them, until released. */
  withholdAcks(instanceId: string): Promise<void>;
  releaseAcks(instanceId: string): Promise<void>;
  /** WhatsApp lets the account open no new chats, or all again. */
  restrict(instanceId: string, restriction: AccountRestriction | null): Promise<void>;
  /** WhatsApp does not say any more whether numbers are registered, until it does again. */
  silenceLookUps(instanceId: string): Promise<void>;
  answerLookUps(instanceId: string): Promise<void>;
  /** The page has lost its memory of what it sent; the server has not. The instance's browser is closed. */
  forgetHistory(instanceId: string): Promise<void>;
  /** A paired profile that another program made, or that a browser of its own uses now. */
  foreignProfile(use: 'free' | 'inUse'): Promise<string>;
  /** A chat id that is not on WhatsApp. */
  readonly unknownRecipient: string;
  /** The id of the chat with RECIPIENT, where WhatsApp files it under the lid. Default: RECIPIENT. */
  readonly recipientChat?: string;
  /** A phone number as people write it, and as WhatsApp has it. */
  readonly lengthenedNumber: { readonly written: string; readonly registered: string };
  dispose(): Promise<void>;
}

/** A deadline that a healthy page never misses, and one for those that miss theirs. */
export const DEADLINE_MS = 15_000;
export const SHORT_MS = 1_000;

export const RECIPIENT = '4915100000099@c.us';

export const textTo = (to: string, text: string): ItemContent => ({ type: 'message', payload: { to, text } });

/** A message key in WhatsApp's shape, new for each call. */
export const newKey = (): string => `3EB0${(++keys).toString(16).toUpperCase().padStart(16, '0')}`;
let keys = Date.now();

let generations = 0;
let ids = 0;
/** Instances of earlier tests are never met again. */
export const newId = (name: string): string => `${name}-${++ids}`;

/** The harness, and the driver that is in use. */
export class DriverWorld {
  readonly harness: DriverHarness;
  readonly #generations = new Set<OpenedGeneration>();
  #driver: Driver | undefined;

  constructor(harness: DriverHarness) {
    this.harness = harness;
  }

  get driver(): Driver {
    if (!this.#driver) throw new Error('No driver is in use.');
    return this.#driver;
  }

  /** The id of the chat with RECIPIENT. */
  get recipientChat(): string {
    return this.harness.recipientChat ?? RECIPIENT;
  }

  /** The id of a message of ours in that chat. */
  ownId(key: string): string {
    return `true_${this.recipientChat}_${key}`;
  }

  /** Ends the driver in use, if there is one, and makes the next. */
  async restart(): Promise<void> {
    if (this.#driver) await this.settled(this.#driver.shutdown());
    this.#driver = await this.harness.makeDriver();
  }

  /** What a promise of the driver becomes, while time passes. */
  async settled<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const mark = (): void => {
      isSettled = true;
    };
    promise.then(mark, mark);
    await this.harness.until(() => isSettled);
    return promise;
  }

  /** The failure that a promise of the driver rejects with. */
  async failure(promise: Promise<unknown>): Promise<DriverError> {
    const outcome = await this.settled(
      promise.then(
        () => 'resolved',
        (error: unknown) => error,
      ),
    );
    expect(outcome).toBeInstanceOf(DriverError);
    return outcome as DriverError;
  }

  /** The code of the LifecycleError that a promise rejects with. */
  async refusal(promise: Promise<unknown>): Promise<string | undefined> {
    const outcome = await this.settled(
      promise.then(
        () => 'resolved',
        (error: unknown) => error,
      ),
    );
    return isLifecycleError(outcome) ? outcome.code : String(outcome);
  }

  open(instanceId: string, rung: Rung = 'hard'): OpenedGeneration {
    const generation = new OpenedGeneration(this, instanceId, rung);
    this.#generations.add(generation);
    return generation;
  }

  /** Opens an instance and pairs it. */
  async pair(instanceId: string): Promise<OpenedGeneration> {
    const generation = this.open(instanceId);
    await generation.hears('qr');
    await this.settled(generation.opened);
    await this.harness.scan(instanceId);
    await generation.hears('ready');
    return generation;
  }

  /** Opens an instance that is paired. */
  async ready(instanceId: string, rung: Rung = 'hard'): Promise<OpenedGeneration> {
    const generation = this.open(instanceId, rung);
    await this.settled(generation.opened);
    await generation.hears('ready');
    return generation;
  }

  close(instanceId: string, mode: CloseMode, deadlineMs = DEADLINE_MS): Promise<void> {
    return this.settled(this.driver.close({ instanceId, mode, deadlineMs }));
  }

  /** Ends what a test has left open. */
  async sweep(): Promise<void> {
    for (const { instanceId } of this.#generations) await this.close(instanceId, 'graceful');
    this.#generations.clear();
  }
}

export class OpenedGeneration {
  readonly instanceId: string;
  readonly generation: number;
  readonly heard: DriverEvent[] = [];
  readonly opened: Promise<void>;
  readonly #world: DriverWorld;
  readonly #abort = new AbortController();

  constructor(world: DriverWorld, instanceId: string, rung: Rung) {
    this.#world = world;
    this.instanceId = instanceId;
    this.generation = ++generations;
    this.opened = world.driver.open({
      ...this.ref,
      rung,
      proxy: null,
      signal: this.#abort.signal,
      hear: (event) => this.heard.push(event),
    });
    // Tests look at it when they come to it.
    this.opened.catch(() => {});
  }

  get ref(): { readonly instanceId: string; readonly generation: number } {
    return { instanceId: this.instanceId, generation: this.generation };
  }
  get types(): readonly DriverEvent['type'][] {
    return this.heard.map((event) => event.type);
  }
  /** The codes of every `lost` that was said. */
  get losses(): readonly FailureCode[] {
    return this.all('lost').map((event) => event.failure.code);
  }

  all<T extends DriverEvent['type']>(type: T): readonly Extract<DriverEvent, { type: T }>[] {
    return this.heard.filter((event): event is Extract<DriverEvent, { type: T }> => event.type === type);
  }

  /** Waits for the `count`th event of a type. */
  async hears<T extends DriverEvent['type']>(type: T, count = 1): Promise<Extract<DriverEvent, { type: T }>> {
    await this.#world.harness.until(() => this.all(type).length >= count);
    return this.all(type)[count - 1] as Extract<DriverEvent, { type: T }>;
  }

  abort(): void {
    this.#abort.abort();
  }

  probe(deadlineMs = DEADLINE_MS): Promise<void> {
    return this.#world.driver.probe({ ...this.ref, deadlineMs });
  }

  submitPasskey(assertion: PasskeyAssertion, deadlineMs = DEADLINE_MS): Promise<void> {
    return this.#world.driver.submitPasskey({ ...this.ref, assertion, deadlineMs });
  }

  send(
    content: ItemContent,
    messageKey = newKey(),
    deadlineMs = DEADLINE_MS,
    recipientCheck: RecipientCheck = 'open',
  ): Promise<SendReport> {
    return this.#world.settled(
      this.#world.driver.send({ ...this.ref, content, messageKey, deadlineMs, recipientCheck }),
    );
  }

  findSent(messageKey: string, to = RECIPIENT): ReturnType<Driver['findSent']> {
    return this.#world.settled(
      this.#world.driver.findSent({ ...this.ref, to, messageKey, deadlineMs: DEADLINE_MS }),
    );
  }

  /** What the page has of its chats since a moment. */
  fetchMessages(
    request: Partial<Pick<FetchMessagesRequest, 'since' | 'limit' | 'ignore'>> = {},
  ): Promise<FetchedMessages> {
    const asked = { since: 0, limit: 100, ignore: [], deadlineMs: DEADLINE_MS, ...request };
    return this.#world.settled(this.#world.driver.fetchMessages({ ...this.ref, ...asked }));
  }

  fetchMedia(messageId: string, maxBytes = 1_000_000): Promise<MediaAnswer> {
    return this.#world.settled(
      this.#world.driver.fetchMedia({ ...this.ref, messageId, maxBytes, deadlineMs: DEADLINE_MS }),
    );
  }

  /** Waits for WhatsApp's acknowledgement of a message. */
  async isAcknowledged(messageKey: string): Promise<void> {
    await this.#world.harness.until(() =>
      this.all('ack').some((event) => event.messageKey === messageKey && event.ack >= 1),
    );
  }
}
