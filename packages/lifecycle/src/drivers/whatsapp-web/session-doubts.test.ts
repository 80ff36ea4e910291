import { describe, expect, it } from 'vitest';
import { type Doubt, type Doubts, noticeOf, SessionDoubts } from './session-doubts.js';

describe('the doubts of a session', () => {
  it('are counted each by itself, and reported at each', () => {
    const reported: [Doubt, Doubts][] = [];
    const doubts = new SessionDoubts();
    doubts.listen((doubt, counts) => reported.push([doubt, counts]));
    doubts.count('eventWithoutId');
    doubts.count('incompatible');
    doubts.count('eventWithoutId');
    expect(doubts.counts).toEqual({ eventWithoutId: 2, sentNotFound: 0, incompatible: 1 });
    expect(reported.map(([doubt, counts]) => [doubt, counts[doubt]])).toEqual([
      ['eventWithoutId', 1],
      ['incompatible', 1],
      ['eventWithoutId', 2],
    ]);
  });

  it('are a notice at the first event without an id, and then whenever there are ten times as many', () => {
    const notices: (string | null)[] = [];
    const doubts = new SessionDoubts();
    doubts.listen((doubt, counts) => notices.push(noticeOf(doubt, counts)));
    for (let events = 1; events <= 120; events++) doubts.count('eventWithoutId');
    doubts.count('incompatible');
    const said = notices.flatMap((notice, index) => (notice === null ? [] : [[index + 1, notice]]));
    expect(said.map(([index]) => index)).toEqual([1, 10, 100]);
    expect(said[0]?.[1]).toContain('has no message id and was dropped');
    expect(said[1]?.[1]).toContain('10 events');
  });
});
