import { describe, expect, it } from 'vitest';
import { Books } from './books.js';
import type { KeptItem } from './soak-messages.js';

const item = (text: string, change: Partial<KeptItem> = {}): KeptItem => ({
  queueId: `q-${text}`,
  text,
  status: 'sent',
  errorCode: null,
  ...change,
});

/** Three messages, accepted, sent and arrived, unless it is told otherwise. */
function books({
  accepted = ['a', 'b', 'c'],
  kept = accepted.map((text) => item(text)),
  delivered = accepted,
}: {
  accepted?: readonly string[];
  kept?: readonly KeptItem[];
  delivered?: readonly string[];
} = {}): Books {
  const made = new Books();
  for (const text of accepted) made.accepted('shop', text);
  made.kept('shop', kept);
  made.delivered('shop', delivered);
  return made;
}

describe('the books of a soak', () => {
  it('find nothing wrong with messages that arrived once and in order', () => {
    expect(books().judge()).toEqual([]);
    expect(books().totals).toEqual({ accepted: 3, delivered: 3, byStatus: { sent: 3 }, removed: 0 });
  });

  it.each([
    [
      'was accepted and is gone',
      { kept: [item('a'), item('b')], delivered: ['a', 'b'] },
      'c was accepted and is gone',
    ],
    ['arrived twice', { delivered: ['a', 'b', 'b', 'c'] }, 'b arrived twice'],
    ['arrived out of nowhere', { delivered: ['a', 'b', 'c', 'd'] }, 'd arrived and was never accepted'],
    ['is sent and never arrived', { delivered: ['a', 'c'] }, 'b is sent and never arrived'],
    ['overtook another', { delivered: ['b', 'a', 'c'] }, 'b overtook a'],
    [
      'is left open',
      { kept: [item('a'), item('b'), item('c', { status: 'queued' })], delivered: ['a', 'b'] },
      'c is still queued',
    ],
    [
      'failed for no reason',
      { kept: [item('a'), item('b'), item('c', { status: 'failed' })], delivered: ['a', 'b'] },
      'c is failed without a reason',
    ],
    [
      'is cancelled and arrived all the same',
      { kept: [item('a'), item('b'), item('c', { status: 'cancelled', errorCode: 'CANCELLED' })] },
      'c is cancelled and arrived',
    ],
  ])('find a message that %s', (_, story, sentence) => {
    expect(books(story).judge()).toContain(`shop: ${sentence}.`);
  });

  it('promise nothing of an item that was doubted but that it arrives at most once', () => {
    const kept = [item('a'), item('b', { status: 'cancelled', errorCode: 'CANCELLED' }), item('c')];
    for (const delivered of [
      ['a', 'c'],
      ['a', 'b', 'c'],
      ['a', 'c', 'b'],
    ]) {
      const made = books({ kept, delivered });
      made.doubted('shop', 'q-b');
      expect(made.judge()).toEqual([]);
    }
    const twice = books({ kept, delivered: ['b', 'a', 'c', 'b'] });
    twice.doubted('shop', 'q-b');
    expect(twice.judge()).toEqual(['shop: b arrived twice.']);
  });

  it('let the items of a removed instance go, whether they arrived or not, and those alone', () => {
    const made = new Books();
    for (const text of ['a', 'b']) made.accepted('shop', text);
    made.removed('shop');
    made.accepted('shop', 'c');
    made.delivered('shop', ['a']);
    expect(made.judge()).toEqual(['shop: c was accepted and is gone.']);
  });
});
