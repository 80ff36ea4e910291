import { beforeEach, describe, expect, it } from 'vitest';
import { PageCanary } from './page-canary.js';

const MINUTE = 60_000;
let now: number;
let tests: number[];
let isTestable: boolean;
let canary: PageCanary;
beforeEach(() => {
  now = 1_000;
  tests = [];
  isTestable = true;
  canary = new PageCanary({ now: () => now, test: () => isTestable && tests.push(now) > 0 });
});
const doubtAfter = (...minutes: readonly number[]) => {
  for (const each of minutes) {
    now += each * MINUTE;
    canary.doubt();
  }
};

describe('doubts about a page', () => {
  it('ask for another test when there are three in ten minutes', () => {
    doubtAfter(0, 4);
    expect(tests).toEqual([]);
    doubtAfter(4);
    expect(tests).toEqual([1_000 + 8 * MINUTE]);
  });

  it('are not forgotten while the page cannot be tested: it loads', () => {
    isTestable = false;
    doubtAfter(0, 1, 1);
    expect(tests).toEqual([]);
    isTestable = true;
    doubtAfter(1);
    expect(tests).toHaveLength(1);
  });

  it('ask for none when they are further apart', () => {
    doubtAfter(0, 5, 5, 5, 5);
    expect(tests).toEqual([]);
  });

  it('ask for one test in ten minutes at most, and for the next one by three new ones', () => {
    doubtAfter(0, 0, 0, 1, 1, 1, 1);
    expect(tests).toHaveLength(1);
    doubtAfter(6, 0, 0);
    expect(tests).toHaveLength(2);
  });

  it('are not needed where something works that the test called broken', () => {
    canary.contradicted();
    canary.contradicted();
    expect(tests).toHaveLength(1);
    now += 10 * MINUTE;
    canary.contradicted();
    expect(tests).toHaveLength(2);
  });
});
