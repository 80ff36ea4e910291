/**
 * Our layer in the page: repairs of what WhatsApp Web has changed under whatsapp-web.js, each at the seam
 * (page-seam.ts), before the library's functions run. A repair stands down where page and library are well, and names
 * itself in `wakeeperLayer` where it does not. Each function stands alone: it travels as its source. The sources for
 * each change of the page are in testing/wa-web/README.md.
 */
import { inEachDocument } from './page-call.js';
import type { SeamWorld } from './page-seam.js';
import type { Page } from './web-client.js';

/** A message's key as it is looked at here: the page calls the field of its text as it likes. */
type Key = Record<string, unknown>;
type Copy = Record<string, unknown>;

interface KeyWorld extends SeamWorld {
  require(name: 'WAWebMsgKey'): { readonly prototype: object };
  require(name: 'WAWebCollections'): { readonly Msg: { getModelsArray(): { readonly id?: object }[] } };
}

/**
 * Since July 2026 a key has its text in a field that the minifier names, and `toString()` alone gives it. The library
 * reads `_serialized`: so the prototype gets it, which serves also the keys that the page has made before.
 */
export function nameKeyText(): void {
  const page = globalThis as unknown as KeyWorld;
  const { wakeeperSeam: seam } = page;
  const LOOK_AGAIN_MS = 100;
  const UNTIL = 20_000 / LOOK_AGAIN_MS;
  let isReading = false;
  const repair = () => {
    const { prototype } = page.require('WAWebMsgKey');
    if ('_serialized' in prototype) return;
    const known = page.require('WAWebCollections').Msg.getModelsArray()[0]?.id;
    if (known && Object.hasOwn(known, '_serialized')) return;
    Object.defineProperty(prototype, '_serialized', {
      configurable: true,
      get(this: Key) {
        // A page whose `toString()` reads this very field says nothing.
        if (isReading) return undefined;
        isReading = true;
        try {
          const text = String(this);
          if (!/^(true|false)_/.test(text)) return undefined;
          const field = Object.keys(this).find((name) => this[name] === text);
          seam.inForce(field === undefined ? 'key' : `key:${field}`);
          return text;
        } finally {
          isReading = false;
        }
      },
      // A page that names its text so itself needs no repair.
      set(this: Key, value: unknown) {
        Object.defineProperty(this, '_serialized', {
          configurable: true,
          enumerable: true,
          writable: true,
          value,
        });
      },
    });
  };
  /** A module may be registered late. */
  const repairSoon = (turn: number) => {
    try {
      repair();
    } catch {
      if (turn < UNTIL) setTimeout(repairSoon, LOOK_AGAIN_MS, turn + 1);
    }
  };
  seam.begins(() => repairSoon(0));
}

/**
 * Copies leave the page without the prototype of a key, and so without its text. The copies of messages and chats get
 * it as a field, also for the keys that a message has of other messages.
 */
export function nameKeysOfCopies(): void {
  const { wakeeperSeam: seam } = globalThis as unknown as SeamWorld;
  const textOf = (key: unknown): string => {
    if (typeof key !== 'object' || key === null) return '';
    const text = String(key);
    return /^(true|false)_/.test(text) ? text : '';
  };
  const isNameless = (value: unknown): value is Key =>
    typeof value === 'object' &&
    value !== null &&
    'fromMe' in value &&
    'remote' in value &&
    !Object.hasOwn(value, '_serialized');
  const name = (copy: Copy, model: Copy): void => {
    for (const field of Object.keys(copy)) {
      const value = copy[field];
      if (!isNameless(value)) continue;
      const text = textOf(value) || textOf(model[field]);
      if (!text) continue;
      copy[field] = { ...value, _serialized: text };
      seam.inForce('copies');
    }
  };
  const named = <T extends Copy | null | undefined>(copy: T, model: Copy): T => {
    // A copy without the text of its keys is better than none.
    try {
      if (!copy) return copy;
      name(copy, model);
      const quoted = copy.quotedMsg;
      if (typeof quoted === 'object' && quoted !== null)
        name(quoted as Copy, (model.quotedMsg ?? {}) as Copy);
    } catch {
      return copy;
    }
    return copy;
  };
  seam.ofLibrary<(message: Copy) => Copy>(
    'getMessageModel',
    (copy) => (message) => named(copy(message), message),
  );
  seam.ofLibrary<(chat: Copy, options?: object) => Promise<Copy | null>>(
    'getChatModel',
    (copy) => async (chat, options) => named(await copy(chat, options), chat),
  );
}

/** The page reports reactions and votes with its own keys, of which a listener gets the fields alone. */
export function nameKeysOfEvents(): void {
  const { wakeeperSeam: seam } = globalThis as unknown as SeamWorld;
  const named = (event: Copy): Copy => {
    const copy = { ...event };
    for (const field of ['id', 'msgKey', 'parentMsgKey', 'reactionParentKey', 'pollUpdateParentKey']) {
      const key = copy[field];
      if (typeof key !== 'object' || key === null || Object.hasOwn(key, '_serialized')) continue;
      const text = String(key);
      if (!/^(true|false)_/.test(text)) continue;
      copy[field] = { ...key, _serialized: text };
      seam.inForce('events');
    }
    return copy;
  };
  for (const ear of ['onReaction', 'onPollVoteEvent'])
    seam.ofPage<(events: Copy[]) => unknown>(ear, (tell) => (events) => tell(events.map(named)));
}

/**
 * The library puts its own work before functions of the page, votes among them. Where that work fails later than at
 * once, the page's function would never run, and the page itself would lose the vote.
 */
export function keepPageRunning(): void {
  type Run = (...values: unknown[]) => unknown;
  type Around = (module: object, original: Run, ...values: unknown[]) => unknown;
  const { wakeeperSeam: seam } = globalThis as unknown as SeamWorld;
  seam.ofLibrary<(target: object, around: Around) => void>(
    'injectToFunction',
    (inject) => (target, around) =>
      inject(target, (module, original, ...values) => {
        let began = false;
        const run: Run = function (this: unknown, ...given) {
          began = true;
          return original.apply(this, given);
        };
        const answer = around(module, run, ...values);
        if (typeof answer !== 'object' || answer === null || !('then' in answer)) return answer;
        return Promise.resolve(answer).catch((thrown: unknown) => {
          if (began) throw thrown;
          seam.inForce('votes');
          // The failure reaches the log as an error of the page.
          setTimeout(() => {
            throw thrown;
          });
          return original.apply(module, values);
        });
      }),
  );
}

interface HookWorld extends SeamWorld {
  require(name: string): unknown;
  /** Ours: puts the library in front of functions that were not there when it looked for them. */
  wakeeperHookAgain?: () => void;
}

/**
 * The library puts itself in front of functions of the page once, as it sets itself up, and stays silent about one that is
 * not there. A module may be registered late, or come back: the self-test has the library put itself in front then.
 */
export function hookLateFunctions(): void {
  type Target = { readonly module: string; readonly function: string };
  const page = globalThis as unknown as HookWorld;
  const { wakeeperSeam: seam } = page;
  /** What has the function, where it has it. */
  const ownerOf = ({ module, function: path }: Target): object | undefined => {
    try {
      const names = path.split('.');
      const name = names.pop() ?? '';
      const owner = names.reduce((bag, each) => (bag as Record<string, unknown>)[each], page.require(module));
      return typeof (owner as Record<string, unknown>)[name] === 'function' ? (owner as object) : undefined;
    } catch {
      return undefined;
    }
  };
  const asked: (() => void)[] = [];
  page.wakeeperHookAgain = () => {
    for (const again of asked) again();
  };
  seam.ofLibrary<(target: Target, around: unknown) => void>('injectToFunction', (inject) => {
    return (target, around) => {
      const hooked = new WeakSet<object>();
      const hook = (): boolean => {
        const owner = ownerOf(target);
        // By what has it: a function that somebody else has wrapped since would be hooked twice, and report twice.
        if (!owner || hooked.has(owner)) return false;
        inject(target, around);
        hooked.add(owner);
        return true;
      };
      hook();
      asked.push(() => {
        if (hook()) seam.inForce(`hooks:${target.module}`);
      });
    };
  });
}

/**
 * The library asks for modules at each start that only the linking of an account needs. A session that is linked opens
 * without them, and the self-test says what is missing.
 */
export function openWithoutLinking(): void {
  type Require = (name: string) => unknown;
  const page = globalThis as unknown as SeamWorld & { require: Require };
  const { wakeeperSeam: seam } = page;
  const nothing = {};
  const standIns = new Map<string, object>([
    ['WAWebOfflineHandler', { OfflineMessageHandler: { getOfflineDeliveryProgress: () => null } }],
    ['WAWebAltDeviceLinkingApi', nothing],
    ['WABase64', nothing],
    ['WAWebCompanionRegClientUtils', nothing],
    ['WAWebAdvSignatureApi', nothing],
    ['WAWebUserPrefsInfoStore', nothing],
    ['WAWebSignalStoreApi', nothing],
  ]);
  const isThere = (name: string): boolean => {
    try {
      page.require(name);
      return true;
    } catch {
      return false;
    }
  };
  let store: unknown;
  Object.defineProperty(globalThis, 'AuthStore', {
    configurable: true,
    get: () => store,
    // The library fills its store in the same turn.
    set: (begun: unknown) => {
      store = begun;
      // A page that has them all keeps its own `require`.
      if ([...standIns.keys()].every(isThere)) return;
      const { require: ask } = page;
      page.require = (name) => {
        try {
          return ask(name);
        } catch (thrown) {
          const standIn = standIns.get(name);
          if (!standIn) throw thrown;
          seam.inForce(`opening:${name}`);
          return standIn;
        }
      };
      queueMicrotask(() => {
        page.require = ask;
      });
    },
  });
}

/**
 * Since September 2026 a prepared file has the private field of an id of its own. The library spreads the file over the
 * message, whose id it would take away: so the field is not among those that are spread.
 */
export function hideIdOfMedia(): void {
  const page = globalThis as unknown as SeamWorld & { wakeeperPrepared?: (file: object) => object };
  const { wakeeperSeam: seam } = page;
  const hidden = <T>(file: T): T => {
    if (typeof file !== 'object' || file === null) return file;
    const field = Object.getOwnPropertyDescriptor(file, '__x_id');
    if (!field?.enumerable || !field.configurable) return file;
    Object.defineProperty(file, '__x_id', { ...field, enumerable: false });
    seam.inForce('media:__x_id');
    return file;
  };
  for (const name of ['processMediaData', 'processStickerData'])
    seam.ofLibrary<(...values: unknown[]) => Promise<unknown>>(
      name,
      (prepare) =>
        async (...values) =>
          hidden(await prepare(...values)),
    );
  // For the self-test, which prepares a file and uploads none.
  page.wakeeperPrepared = hidden;
}

/** In the order in which they are laid in. */
export const REPAIRS: readonly (() => void)[] = [
  nameKeyText,
  nameKeysOfCopies,
  nameKeysOfEvents,
  keepPageRunning,
  hookLateFunctions,
  openWithoutLinking,
  hideIdOfMedia,
];

/** In each document to come. The seam is open in it already. */
export async function layIn(page: Page, repairs: readonly (() => void)[] = REPAIRS): Promise<void> {
  for (const repair of repairs) await inEachDocument(page, repair);
}
