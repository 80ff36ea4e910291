/** What the bridge does in a page, without one: the globals of a page are put in its place. */
import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PasskeyAssertion } from '../../domain/passkey.js';
import { answerPasskey, bridgePasskeys, watchPasskeyScreen } from './page-passkey.js';
import type { PageFact } from './page-world.js';

const ASSERTION: PasskeyAssertion = {
  id: 'aWQ',
  rawId: 'aWQ',
  type: 'public-key',
  response: {
    clientDataJSON: 'Y2xpZW50',
    authenticatorData: '_-8',
    signature: 'c2lnbmF0dXJl',
    userHandle: null,
  },
};
let told: PageFact[];
let own: ReturnType<typeof vi.fn>;
let container: { get(request?: object): Promise<unknown> };
beforeEach(() => {
  told = [];
  own = vi.fn(async () => "the browser's own answer");
  container = { get: own as never };
  vi.stubGlobal('CredentialsContainer', { prototype: container });
  vi.stubGlobal('wakeeperHears', async (fact: PageFact) => void told.push(fact));
  bridgePasskeys();
});
afterEach(() => {
  vi.unstubAllGlobals();
  for (const name of ['wakeeperAnswersPasskey', 'wakeeperPasskeyAsked'])
    Reflect.deleteProperty(globalThis, name);
});
const bytes = (text: string) => new Uint8Array(Buffer.from(text)).buffer;

describe('the bridge in a page', () => {
  it('hands out the options as JSON, with bytes of every kind', async () => {
    const view = new Uint8Array(bytes('..challenge..')).subarray(2, 11);
    void container.get({
      publicKey: {
        challenge: view,
        timeout: 1_000,
        rpId: 'whatsapp.com',
        allowCredentials: [{ id: bytes('id'), type: 'public-key' }],
        extensions: { uvm: true, prf: null },
      },
    });
    expect(told).toEqual([
      {
        type: 'passkeyAsked',
        ask: 1,
        options: {
          challenge: Buffer.from('challenge').toString('base64url'),
          timeout: 1_000,
          rpId: 'whatsapp.com',
          allowCredentials: [{ id: 'aWQ', type: 'public-key' }],
          extensions: { uvm: true, prf: null },
        },
      },
    ]);
    expect(own).not.toHaveBeenCalled();
  });

  it('answers with what the page reads, as bytes, once', async () => {
    const asked = container.get({ publicKey: { challenge: bytes('a') } });
    expect(answerPasskey({ ask: 1, assertion: ASSERTION })).toBe(true);
    expect(answerPasskey({ ask: 1, assertion: ASSERTION })).toBe(false);
    const { id, rawId, type, response } = (await asked) as {
      readonly id: string;
      readonly rawId: ArrayBuffer;
      readonly type: string;
      readonly response: Readonly<Record<string, ArrayBuffer | null>>;
    };
    expect([id, type, Buffer.from(rawId).toString()]).toEqual(['aWQ', 'public-key', 'id']);
    const texts = Object.entries(response).map(([name, value]) => [
      name,
      value && Buffer.from(value).toString('base64url'),
    ]);
    expect(Object.fromEntries(texts)).toEqual(ASSERTION.response);
    expect(Object.values(response).every((value) => value === null || value instanceof ArrayBuffer)).toBe(
      true,
    );
  });

  it('rejects as a browser does when none is given', async () => {
    const asked = container.get({ publicKey: { challenge: bytes('a') } });
    expect(answerPasskey({ ask: 1, assertion: null })).toBe(true);
    await expect(asked).rejects.toMatchObject({ name: 'NotAllowedError' });
  });

  it('lets the page take its question back', async () => {
    const given = new AbortController();
    const asked = container.get({ publicKey: { challenge: bytes('a') }, signal: given.signal });
    given.abort(new Error('the page has thought better of it'));
    await expect(asked).rejects.toThrow('thought better');
    expect(answerPasskey({ ask: 1, assertion: ASSERTION })).toBe(false);
  });

  it('leaves every other question to the browser, and all of them where Node does not listen', async () => {
    expect(await container.get({ password: true })).toBe("the browser's own answer");
    expect(await container.get()).toBe("the browser's own answer");
    vi.stubGlobal('wakeeperHears', undefined);
    expect(await container.get({ publicKey: {} })).toBe("the browser's own answer");
    expect(told).toEqual([]);
  });

  it('is not there in a page that has no credentials at all', () => {
    vi.stubGlobal('CredentialsContainer', undefined);
    bridgePasskeys();
    vi.stubGlobal('wakeeperAnswersPasskey', undefined);
    expect(answerPasskey({ ask: 1, assertion: null })).toBe(false);
  });
});

describe('the watch over the passkey screen', () => {
  /** A page without a screen, whose modules are there when a test puts them there. */
  function stubPage() {
    const modules: Record<string, unknown> = {
      WAWebSocketModel: { Socket: { state: 'UNPAIRED', on: () => undefined } },
    };
    let changed = () => {};
    vi.stubGlobal('require', (name: string) => {
      if (name in modules) return modules[name];
      throw new Error(`Requiring unknown module "${name}"`);
    });
    vi.stubGlobal('document', { body: {}, querySelector: () => null });
    class Observer {
      constructor(listener: () => void) {
        changed = listener;
      }
      observe() {}
    }
    vi.stubGlobal('MutationObserver', Observer);
    return { modules, changes: () => changed() };
  }
  afterEach(() => {
    Reflect.deleteProperty(globalThis, 'wakeeperWatchesPasskeys');
  });

  it('listens to a module of the page that is registered late, once', () => {
    const { modules, changes } = stubPage();
    watchPasskeyScreen();
    const events = new EventEmitter();
    modules.WAWebLinkDeviceEvents = { events };
    changes();
    changes();
    events.emit('link_device_events:shortcake_verification_code_ready', 'ABCD1234', true);
    events.emit('link_device_events:shortcake_error', 'timeout');
    expect(told).toEqual([
      { type: 'passkeyCode', code: 'ABCD-1234', confirm: false },
      { type: 'passkeyError', message: 'timeout' },
    ]);
  });
});
