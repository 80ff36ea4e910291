/**
 * The self-test as it runs in the page: what is there of what is needed, and whether the few things on which everything
 * rests do what they should. It reads; nothing is sent, nothing is asked of the network. Each function stands alone.
 */

/** How long the page's modules are waited for at most. */
export const QUIET_AT_MOST_MS = 20_000;

interface QuietWorld {
  require?(name: '__debug'): { readonly modulesMap?: object };
  /** Ours: settled once the page loads no more modules. */
  wakeeperQuiet?: Promise<void>;
}

/**
 * Runs before anything else in each document. A page that is loaded cold goes on loading modules for a while, and what
 * is late would seem to be missing. Counting begins with the document: a session that synchronises loses no time by it.
 */
export function watchModules(): void {
  const page = globalThis as unknown as QuietWorld;
  // Written out: the function travels without what is around it.
  const [quietMs, atMostMs, lookAgainMs] = [750, 20_000, 50];
  const count = (): number | null | undefined => {
    if (typeof page.require !== 'function') return undefined;
    try {
      const modules = page.require('__debug').modulesMap;
      return modules ? Object.keys(modules).length : null;
    } catch {
      return null;
    }
  };
  page.wakeeperQuiet = new Promise((resolve) => {
    let began: number | undefined;
    let last: number | undefined;
    let since = 0;
    const look = () => {
      const now = performance.now();
      const modules = count();
      // A page that does not let them be counted is not waited for.
      if (modules === null) return resolve();
      if (modules !== undefined) {
        began ??= now;
        if (modules !== last) [last, since] = [modules, now];
        if (now - since >= quietMs || now - began >= atMostMs) return resolve();
      }
      setTimeout(look, lookAgainMs);
    };
    look();
  });
}

/** Settles when the modules of this document have been quiet. */
export async function modulesAreQuiet(): Promise<void> {
  await (globalThis as unknown as QuietWorld).wakeeperQuiet;
}

export interface PageTestCall {
  /** `Module.path.to.function` by capability; with `?` at its end it may be anything but missing. */
  readonly needs: Readonly<Record<string, readonly string[]>>;
  /** The same of what whatsapp-web.js sets up in the page. Empty where no account is linked: nothing is set up then. */
  readonly library: Readonly<Record<string, readonly string[]>>;
  /** Functions of modules that the library must have put itself in front of. */
  readonly hooked: Readonly<Record<string, string>>;
  /** False: only what can be looked at without an account. */
  readonly linked: boolean;
  /** What has not answered after it is not held against the page: it may only be slow. */
  readonly answerMs: number;
}

export interface PageTestAnswer {
  readonly version: string | null;
  readonly edition: string;
  readonly layer: readonly string[];
  /** By capability. */
  readonly missing: Readonly<Record<string, readonly string[]>>;
  /** Ids of messages as they leave the page, each beside the text that it should have. They stay in this process. */
  readonly copies: readonly { readonly copy: unknown; readonly text: string }[];
}

export async function testInPage(call: PageTestCall): Promise<PageTestAnswer> {
  type Bag = Readonly<Record<string, unknown>>;
  type Run = (...given: unknown[]) => unknown;
  interface Key {
    readonly _serialized?: unknown;
    toString(): string;
  }
  const page = globalThis as unknown as Bag & { require?: (name: string) => unknown };
  const missing: Record<string, string[]> = {};
  const misses = (capability: string, name: string): void => {
    missing[capability] ??= [];
    if (!missing[capability].includes(name)) missing[capability].push(name);
  };
  const asBag = (value: unknown): Bag | undefined =>
    (typeof value === 'object' && value !== null) || typeof value === 'function' ? (value as Bag) : undefined;
  const attempt = <T>(ask: () => T): T | undefined => {
    try {
      return ask();
    } catch {
      return undefined;
    }
  };
  const follow = (root: unknown, path: readonly string[]): unknown =>
    path.reduce<unknown>((value, name) => attempt(() => asBag(value)?.[name]), root);
  const module = (name: string): unknown => attempt(() => page.require?.(name));
  const member = (path: string): unknown => {
    const [name = '', ...rest] = path.replace('?', '').split('.');
    return follow(module(name), rest);
  };
  const runnable = (path: string): Run | undefined => {
    const found = member(path);
    if (typeof found !== 'function') return undefined;
    const owner = member(path.split('.').slice(0, -1).join('.'));
    return (...given) => Reflect.apply(found, owner, given);
  };
  /** The outcome of what the page takes time for; undefined where it takes too long. */
  const inTime = <T>(answer: Promise<T>): Promise<T | undefined> =>
    Promise.race([
      answer,
      new Promise<undefined>((resolve) => setTimeout(resolve, call.answerMs, undefined)),
    ]);

  const testNeed = (capability: string, name: string): void => {
    const found = member(name);
    if (typeof found === 'function' || (name.endsWith('?') && found !== undefined && found !== null)) return;
    const [moduleName = ''] = name.replace('?', '').split('.');
    // A module that is gone says more than each function that went with it.
    misses(capability, module(moduleName) === undefined ? moduleName : name.replace('?', ''));
  };
  const testNeeds = (): void => {
    const hookAgain = page.wakeeperHookAgain;
    if (typeof hookAgain === 'function') attempt(() => Reflect.apply(hookAgain, undefined, []));
    for (const [capability, names] of Object.entries(call.needs))
      for (const name of names) testNeed(capability, name);
    for (const [capability, names] of Object.entries(call.library))
      for (const name of names)
        if (typeof follow(page, name.split('.')) !== 'function')
          misses(capability, `whatsapp-web.js: ${name}`);
    for (const [capability, name] of Object.entries(call.hooked)) {
      const found = member(name);
      // A function that was put in front is bound, and shows no source.
      if (typeof found === 'function' && !Function.prototype.toString.call(found).includes('[native code]'))
        misses(capability, `${name} (not listened to)`);
    }
  };
  testNeeds();

  const version = follow(page, ['Debug', 'VERSION']);
  const answer = () => ({
    version: typeof version === 'string' ? version : null,
    // Looked at in the end: a repair is in force once it was needed.
    layer: Array.isArray(page.wakeeperLayer) ? page.wakeeperLayer.map(String) : [],
    missing,
  });
  if (!call.linked) return { ...answer(), edition: 'unknown', copies: [] };

  const testOwn = (): void => {
    const own =
      attempt(() => runnable('WAWebUserPrefsMeUser.getMaybeMePnUser')?.()) ??
      attempt(() => runnable('WAWebUserPrefsMeUser.getMaybeMeLidUser')?.());
    if (missing.core === undefined && !own) misses('core', 'WAWebUserPrefsMeUser (no own account)');
  };

  /** Where the key of a message keeps its text. */
  let textAt: string | undefined;
  const lookAtKey = (key: unknown, expected?: string): string | undefined => {
    const text = attempt(() => String(key));
    if (text === undefined || text === '' || text.startsWith('[object') || (expected && text !== expected)) {
      misses('ids', 'WAWebMsgKey.toString');
      return undefined;
    }
    if (attempt(() => (key as Key)._serialized) !== text) misses('ids', 'WAWebMsgKey._serialized');
    const fields = Object.entries(asBag(key) ?? {});
    textAt ??= fields.find(([name, value]) => name === '_serialized' && value === text)?.[0];
    textAt ??= fields.find(([, value]) => value === text)?.[0];
    return text;
  };
  const testIds = (): void => {
    const createWid = runnable('WAWebWidFactory.createWid');
    const wid = '15550000000@c.us';
    const round = attempt(() => follow(createWid?.(wid), ['_serialized']));
    if (createWid && round !== wid) misses('ids', 'WAWebWidFactory.createWid');
    // A key that the page has made itself says more than one that is made for the test.
    if (newest.length > 0) return;
    const fromString = runnable('WAWebMsgKey.fromString');
    const text = `true_${wid}_3EB0000000000000000000`;
    const key = attempt(() => fromString?.(text));
    if (key !== undefined) lookAtKey(key, text);
  };

  const messages = attempt(() => runnable('WAWebCollections.Msg.getModelsArray')?.());
  const newest: unknown[] = Array.isArray(messages) ? messages.slice(-5) : [];
  const copies: { copy: unknown; text: string }[] = [];
  const testMessages = (): void => {
    let isWhole = newest.length === 0;
    const copyOf = follow(page, ['WWebJS', 'getMessageModel']);
    for (const message of newest) {
      const text = lookAtKey(asBag(message)?.id);
      if (typeof copyOf !== 'function') continue;
      // As the functions by which the library is called make it.
      const copy = attempt(() => asBag(JSON.parse(JSON.stringify(copyOf(message)))));
      const id = asBag(copy?.id);
      if (id && id.remote !== undefined && typeof copy?.type === 'string' && typeof copy.t === 'number')
        isWhole = true;
      if (text !== undefined && copy) copies.push({ copy: copy.id, text });
    }
    // One kind of message that cannot be copied is not all of them.
    if (!isWhole) misses('inbound', 'WWebJS.getMessageModel (id, remote, type, t)');
  };

  /** The page asks its keys' maker for a new id; ours stands in for one call. */
  const testNewId = (): void => {
    const keys = module('WAWebMsgKey') as Record<string, unknown> | undefined;
    if (typeof keys?.newId !== 'function') return;
    const { newId } = keys;
    const ours = () => Promise.resolve('');
    attempt(() => {
      keys.newId = ours;
    });
    const isReplaced = keys.newId === ours;
    attempt(() => {
      keys.newId = newId;
    });
    if (!isReplaced) misses('sendText', 'WAWebMsgKey.newId (cannot be replaced)');
  };

  /** Whether a file as the page prepares it carries a private id of its own; undefined where that is not known. */
  let hasPrivateId: boolean | undefined;
  const testMedia = async (): Promise<void> => {
    const createFromData = runnable('WAWebMediaOpaqueData.createFromData');
    const prepRawMedia = runnable('WAWebPrepRawMedia.prepRawMedia');
    if (!createFromData || !prepRawMedia) return;
    // One pixel.
    const png =
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0));
    const prepare = async (): Promise<unknown> => {
      const file = new File([bytes], 'pixel.png', { type: 'image/png' });
      const opaque = await createFromData(file, 'image/png');
      const waitForPrep = follow(prepRawMedia(opaque, {}), ['waitForPrep']);
      if (typeof waitForPrep !== 'function') throw new Error('There is no waitForPrep.');
      return waitForPrep();
    };
    try {
      const prepared = await inTime(prepare());
      if (prepared === undefined) return;
      hasPrivateId = Object.hasOwn(asBag(prepared) ?? {}, '__x_id');
      const repair = follow(page, ['wakeeperPrepared']);
      const repaired: unknown = typeof repair === 'function' ? repair(prepared) : prepared;
      const asJson = follow(repaired, ['toJSON']);
      // As the library makes the attributes of a message.
      const attributes: Bag = {
        id: 'kept',
        ...asBag(repaired),
        ...asBag(typeof asJson === 'function' ? Reflect.apply(asJson, repaired, []) : undefined),
      };
      if (attributes.id !== 'kept' || '__x_id' in attributes)
        misses('media', 'WAWebPrepRawMedia.prepRawMedia (its files carry an id of their own)');
    } catch {
      misses('media', 'WAWebPrepRawMedia.prepRawMedia (cannot prepare a picture)');
    }
  };
  const testHistory = async (): Promise<void> => {
    const getMessagesById = runnable('WAWebCollections.Msg.getMessagesById');
    try {
      await inTime(Promise.resolve(getMessagesById?.(['true_15550000000@c.us_3EB0000000000000000000'])));
    } catch {
      misses('history', 'WAWebCollections.Msg.getMessagesById (rejects)');
    }
  };

  testOwn();
  if (missing.ids === undefined) attempt(testIds);
  attempt(testMessages);
  attempt(testNewId);
  await Promise.all([testMedia(), testHistory()]);

  const edition = (): string => {
    if (textAt === undefined || hasPrivateId === undefined) return 'unknown';
    if (textAt === '_serialized') return hasPrivateId ? 'unknown' : '2026-05';
    return hasPrivateId ? '2026-09' : '2026-07';
  };
  return { ...answer(), edition: edition(), copies };
}
