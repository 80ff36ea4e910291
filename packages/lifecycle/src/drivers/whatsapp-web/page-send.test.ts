import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { installIds } from './page-ids.js';
import { type SendAnswer, type SendCall, sendInPage } from './page-send.js';

interface Written {
  readonly id: string;
  readonly body: string;
}

/**
 * A page around the function alone, with the one habit of the library that it relies on: `invokedBotWid` is read from the
 * options, and the new key asked for, in one turn. (With the real library in a browser: sending.chrome.test.ts.)
 */
function makePage({
  keysAreFixed = false,
  failsAfterwards = false,
  refuses = false,
  keysAreMute = false,
  noWid = '',
} = {}) {
  const written: Written[] = [];
  /** The page's journal, and how many messages were written when each attempt began. */
  const marks = new Map<string, number>();
  let own = 0;
  const keys = { newId: async () => `OWN${++own}` };
  if (keysAreFixed) Object.freeze(keys);
  const messages = () =>
    written.map(({ id }) => ({
      id: { ...(keysAreMute ? {} : { toString: () => `true_1@c.us_${id}` }), id, fromMe: true },
      ack: 0,
    }));
  const modules: Record<string, unknown> = {
    WAWebCollections: {
      Msg: {
        get: (id: string) => messages().find((message) => String(message.id) === id),
        getModelsArray: messages,
        getMessagesById: async () => ({ messages: [] }),
      },
      Chat: { get: () => ({}) },
    },
    WAWebWidFactory: {
      createWid: (id: string) => {
        if (noWid) throw new Error(noWid);
        return { _serialized: id };
      },
    },
    WAWebMsgKey: keys,
  };
  const WWebJS = {
    getChat: async () => ({}),
    sendMessage: async (
      _chat: unknown,
      body: string,
      options: { media?: boolean; invokedBotWid?: unknown },
    ) => {
      // Media are prepared and uploaded first.
      if (options.media) await Promise.resolve();
      if (refuses) throw new Error('No');
      void options.invokedBotWid;
      written.push({ id: await keys.newId(), body });
      if (failsAfterwards) throw new Error('Promise was collected');
      return messages().at(-1);
    },
  };
  const context = createContext({
    require: (name: string) => modules[name],
    WWebJS,
    wakeeperJournal: {
      begin: async (key: string) => marks.set(key, written.length),
      undo: async (key: string) => marks.delete(key),
    },
    performance: { timeOrigin: 7 },
    setTimeout,
    queueMicrotask,
  });
  runInContext(`(${installIds})()`, context);
  const send = (call: Partial<SendCall>): Promise<SendAnswer> => {
    const whole: SendCall = {
      to: '1@c.us',
      key: 'OURS',
      content: 'hi',
      options: {},
      needsExists: false,
      existsTimeoutMs: 100,
      previewTimeoutMs: 0,
      ...call,
    };
    return runInContext(`(${sendInPage})(${JSON.stringify(whole)})`, context);
  };
  return { keys, written, marks, send };
}

describe('sending in the page', () => {
  it('is journaled before the library is asked, and stays so', async () => {
    const { marks, send } = makePage();
    await send({});
    expect([...marks]).toEqual([['OURS', 0]]);
  });

  it('is taken out of the journal again when nothing was sent', async () => {
    const { marks, send } = makePage({ refuses: true });
    expect(await send({})).toMatchObject({ outcome: 'unsent' });
    expect([...marks]).toEqual([]);
  });

  it('uses our key for our message, and gives the page its own back', async () => {
    const { keys, written, send } = makePage();
    expect(await send({})).toMatchObject({ outcome: 'added', messageId: 'true_1@c.us_OURS', document: 7 });
    expect(written).toEqual([{ id: 'OURS', body: 'hi' }]);
    expect(await keys.newId()).toBe('OWN1');
  });

  it('leaves the page its own keys while media are prepared', async () => {
    const { keys, written, send } = makePage();
    const sending = send({ options: { media: true } });
    expect(await keys.newId()).toBe('OWN1');
    await sending;
    expect(written[0]?.id).toBe('OURS');
  });

  it.each([
    ['wid error: invalid wid', 'notFound'],
    ['The module is not there', 'unsent'],
  ])('to what the page refuses as an address (%s) is over: %s', async (noWid, outcome) => {
    const { marks, written, send } = makePage({ noWid });
    expect(await send({})).toMatchObject({ outcome, message: expect.stringContaining(noWid) });
    expect([written, [...marks]]).toEqual([[], []]);
  });

  it('does not write again what is there under the key', async () => {
    const { written, send } = makePage();
    await send({});
    expect(await send({})).toMatchObject({ outcome: 'added', messageId: 'true_1@c.us_OURS' });
    expect(written).toHaveLength(1);
  });

  it('has sent what is there, though the call fails', async () => {
    const { send } = makePage({ failsAfterwards: true });
    expect(await send({})).toMatchObject({ outcome: 'added', messageId: 'true_1@c.us_OURS' });
  });

  it('falls back to the page’s id where the page does not let go of its keys', async () => {
    const { send } = makePage({ keysAreFixed: true });
    expect(await send({})).toMatchObject({ outcome: 'added', messageId: 'true_1@c.us_OWN1' });
  });

  it('does not call unsent what may be there under an id that nobody knows', async () => {
    const { written, send } = makePage({ keysAreFixed: true, failsAfterwards: true });
    expect(await send({})).toMatchObject({ outcome: 'unclear' });
    expect(written).toHaveLength(1);
  });

  it('does not call a message added that shows no id, and does not write it twice', async () => {
    const { written, send } = makePage({ keysAreMute: true });
    expect(await send({})).toMatchObject({ outcome: 'unclear' });
    expect(await send({})).toMatchObject({ outcome: 'unclear' });
    expect(written).toHaveLength(1);
  });
});
