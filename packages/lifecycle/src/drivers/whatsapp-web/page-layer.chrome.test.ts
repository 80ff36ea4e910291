/** The layer in a real page that has changed, and what is seen of a repair that is left out. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ItemContent } from '../../domain/message.js';
import {
  DriverWorld,
  newId,
  newKey,
  type OpenedGeneration,
  RECIPIENT,
} from '../../ports/driver-world.contract.js';
import { ChromeWorld, until } from './chrome-world.fixture.js';
import type { Page } from './web-client.js';

/** The repair that is not laid in. */
const left = vi.hoisted(() => ({ out: '' }));
vi.mock('./page-layer.js', async (load) => {
  const layer = await load<typeof import('./page-layer.js')>();
  const rest = () => layer.REPAIRS.filter(({ name }) => name !== left.out);
  return { ...layer, layIn: (page: Page) => layer.layIn(page, rest()) };
});

let chrome: ChromeWorld;
let world: DriverWorld;
beforeAll(async () => {
  chrome = await ChromeWorld.start({}, { edition: '2026-09', keyField: 'a7', lid: false, lazy: false });
  world = new DriverWorld(chrome);
  await world.restart();
});
afterAll(() => chrome.dispose());

const open = (without: string): Promise<OpenedGeneration> => {
  left.out = without;
  return world.pair(newId('shop'));
};
const text: ItemContent = { type: 'message', payload: { to: RECIPIENT, text: 'hi' } };
const poll: ItemContent = {
  type: 'poll',
  payload: { to: RECIPIENT, question: 'When?', options: ['now', 'never'] },
};
const picture: ItemContent = {
  type: 'message',
  payload: {
    to: RECIPIENT,
    media: {
      mimetype: 'image/png',
      data: 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    },
  },
};

describe('a page in which keys and media have changed', () => {
  it('is as good as the one before: all that is sent and received has its id', async () => {
    const shop = await open('');
    for (const content of [text, text, picture, picture, poll]) {
      const key = newKey();
      const report = await shop.send(content, key);
      expect(report).toMatchObject({ outcome: 'added', messageId: world.ownId(key) });
      await shop.isAcknowledged(key);
    }
    const received: string[] = [];
    for (const body of ['one', 'two', 'three']) received.push(await chrome.receive(shop.instanceId, body));
    await shop.hears('inbound', 3);
    expect(shop.all('inbound').map(({ message }) => message.id)).toEqual(received);
    await chrome.react(shop.instanceId, received[0] ?? '', '\u{1F44D}');
    expect((await shop.hears('reaction')).reaction.messageId).toBe(received[0]);
    expect(chrome.notices).toEqual([]);
  });

  it('refuses media where their repair is left out, as a page that has changed, and takes everything else', async () => {
    const shop = await open('hideIdOfMedia');
    expect(await shop.send(picture, newKey())).toMatchObject({
      outcome: 'unsent',
      code: 'INCOMPATIBLE_PAGE',
      capability: 'media',
    });
    expect(await shop.send(text, newKey())).toMatchObject({ outcome: 'added' });
    expect(await chrome.delivered(shop.instanceId)).toHaveLength(1);
  });

  it.each([
    ['reports no votes where keys have no text', 'nameKeyText', 0],
    ['reports votes with every repair', '', 1],
  ])('%s', async (_what, without, reported) => {
    const shop = await open(without);
    const key = newKey();
    await shop.send(poll, key);
    await shop.isAcknowledged(key);
    await chrome.vote(shop.instanceId, world.ownId(key), 'now');
    const answered = await chrome.receive(shop.instanceId, 'I have voted');
    await until(
      () => shop.all('inbound').some(({ message }) => message.id === answered),
      'what came after the vote',
    );
    expect(shop.all('pollVote')).toHaveLength(reported);
  });
});
