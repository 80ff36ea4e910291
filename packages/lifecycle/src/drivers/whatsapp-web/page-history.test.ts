import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { type RecentAnswer, type RecentCall, recentInPage } from './page-history.js';
import { installIds } from './page-ids.js';

const CALL: RecentCall = {
  since: 1,
  limit: 10,
  ignore: [],
  notices: [],
  loadMs: 100,
  ofChat: 10,
  mostUnreadable: 100,
};

/** A page with one chat, whose messages have these ids. */
function recent(ids: readonly string[]): Promise<RecentAnswer> {
  const messages = ids.map((id, index) => ({ id: { toString: () => id }, t: index + 1, type: 'chat' }));
  const chat = { id: { _serialized: '1@c.us' }, msgs: { getModelsArray: () => messages } };
  const modules: Record<string, unknown> = {
    WAWebCollections: { Chat: { getModelsArray: () => [chat] } },
    WAWebChatLoadMessages: { loadEarlierMsgs: async () => messages },
  };
  const page = createContext({
    require: (name: string) => modules[name],
    setTimeout: () => undefined,
    WWebJS: { getMessageModel: ({ id, t }: { id: object; t: number }) => ({ id: String(id), t }) },
  });
  runInContext(`(${installIds})()`, page);
  return runInContext(`(${recentInPage})(${JSON.stringify(CALL)})`, page) as Promise<RecentAnswer>;
}

describe('the messages that the page has', () => {
  it('are given by the text of their keys, each once', async () => {
    const answer = await recent(['false_1@c.us_A', 'false_1@c.us_B']);
    expect(answer.messages.map(({ id }) => id)).toEqual(['false_1@c.us_A', 'false_1@c.us_B']);
    expect(answer.nameless).toBe(0);
  });

  it('are counted where they have no id, and are not among the others', async () => {
    const answer = await recent(['undefined', 'false_1@c.us_B', 'undefined']);
    expect(answer.messages.map(({ id }) => id)).toEqual(['false_1@c.us_B']);
    expect(answer.nameless).toBe(2);
  });
});
