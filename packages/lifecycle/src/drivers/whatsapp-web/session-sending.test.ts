import { describe, expect, it } from 'vitest';
import type { ItemContent } from '../../domain/message.js';
import { SessionDoubts } from './session-doubts.js';
import { SessionSending } from './session-sending.js';
import type { Page } from './web-client.js';

const TO = '4915112345678@c.us';
const text = (to = TO): ItemContent => ({ type: 'message', payload: { to, text: 'hi' } });
const media = (to = TO): ItemContent => ({
  type: 'message',
  payload: { to, media: { mimetype: 'image/png', data: 'AAAA' } },
});

/** A session whose page answers every call so. */
function scene(answer: object) {
  const calls: string[] = [];
  const page = {
    evaluate: async (source: string) => {
      calls.push(source);
      if (answer instanceof Error) throw answer;
      return { document: 1, ...answer };
    },
  } as unknown as Page;
  const doubts = new SessionDoubts();
  const sending = new SessionSending(Promise.resolve(), doubts);
  const send = (content: ItemContent) =>
    sending.send(page, {
      instanceId: 'shop',
      generation: 1,
      content,
      messageKey: '3EB0A',
      deadlineMs: 1_000,
    });
  const find = () => sending.find(page, { to: TO, messageKey: '3EB0A', attemptedAt: 1, deadlineMs: 1_000 });
  return { calls, doubts, send, find };
}

describe('a send that the page refuses because it has changed', () => {
  const SENTENCES = [
    'Data passed to getter must include an id property',
    'Requiring unknown module "WAWebSendMsgChatAction"',
    'window.require(...).addAndSendMsgToChat is not a function',
    'window.require(...) is not a constructor',
    'MsgKey error: remote is no wid',
  ];
  it.each(SENTENCES)('is no fault of the moment: %s', async (message) => {
    const { calls, doubts, send } = scene({ outcome: 'unsent', message });
    expect(await send(media())).toMatchObject({
      outcome: 'unsent',
      code: 'INCOMPATIBLE_PAGE',
      capability: 'media',
      message: expect.stringContaining(message),
    });
    expect(doubts.counts.incompatible).toBe(1);
    // Nothing is uploaded a second time.
    expect(calls).toHaveLength(1);
  });

  it.each([
    ['sendText', text()],
    ['media', media()],
    ['channels', text('120363000000000000@newsletter')],
    ['channels', media('120363000000000000@newsletter')],
  ])('takes away no more than %s', async (capability, content) => {
    const { send } = scene({ outcome: 'unsent', message: 'Requiring unknown module "WAWebX"' });
    expect(await send(content)).toMatchObject({ code: 'INCOMPATIBLE_PAGE', capability });
  });

  it('is also a look-up that the page cannot make any more', async () => {
    const { doubts, find } = scene(new Error('Requiring unknown module "WAWebCollections"'));
    await expect(find()).rejects.toMatchObject({ failure: { code: 'INCOMPATIBLE_PAGE' } });
    expect(doubts.counts.incompatible).toBe(1);
  });

  it('is not the same as a page that is not there yet', async () => {
    const { doubts, send } = scene({ outcome: 'unsent', message: 'The page is loading.' });
    expect(await send(text())).toEqual({
      outcome: 'unsent',
      code: 'PAGE_UNAVAILABLE',
      message: 'The page is loading.',
    });
    expect(doubts.counts.incompatible).toBe(0);
  });
});

describe('a message that was sent and cannot be seen', () => {
  it('is neither added nor unsent, and counted', async () => {
    const { doubts, send } = scene({ outcome: 'unclear', message: 'No id.' });
    expect(await send(text())).toMatchObject({ outcome: 'unknown' });
    expect(doubts.counts.sentNotFound).toBe(1);
  });

  it('is not found without an id, and proves nothing by that', async () => {
    const { doubts, find } = scene({ found: { messageId: '', ack: 1 }, began: false, token: null });
    expect(await find()).toEqual({ found: false, proof: false });
    expect(doubts.counts.sentNotFound).toBe(1);
  });

  it('is counted where the page has had it', async () => {
    const added = scene({
      outcome: 'added',
      messageId: `true_${TO}_3EB0A`,
      ack: 0,
      found: null,
      began: true,
    });
    expect(await added.send(text())).toMatchObject({ outcome: 'added' });
    expect(await added.find()).toEqual({ found: false, proof: false });
    expect(added.doubts.counts.sentNotFound).toBe(1);
  });
});
