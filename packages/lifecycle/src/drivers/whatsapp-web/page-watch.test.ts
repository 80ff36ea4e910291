import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { joinReadies } from './page-watch.js';

interface Document {
  onAppStateHasSyncedEvent?: () => Promise<void>;
}

describe('the events of synchronisation in the page', () => {
  /** A document, and the library's set-up in it, which the test lets end. */
  function makeDocument() {
    const document: Document = createContext({});
    runInContext(`(${joinReadies})()`, document);
    const ends: (() => void)[] = [];
    const expose = () => {
      document.onAppStateHasSyncedEvent = () =>
        new Promise((resolve) => {
          ends.push(resolve);
        });
    };
    return { document, ends, expose };
  }

  it('seem unanswered until the library exposes its answer, which it does only then', () => {
    const { document, expose } = makeDocument();
    expect(document.onAppStateHasSyncedEvent).toBeUndefined();
    expose();
    expect(document.onAppStateHasSyncedEvent).toBeTypeOf('function');
  });

  it('join the set-up that is under way, and begin another when it is over', async () => {
    const { document, ends, expose } = makeDocument();
    expose();
    const [first, second] = [document.onAppStateHasSyncedEvent?.(), document.onAppStateHasSyncedEvent?.()];
    expect(ends).toHaveLength(1);
    ends[0]?.();
    await Promise.all([first, second]);
    void document.onAppStateHasSyncedEvent?.();
    expect(ends).toHaveLength(2);
  });
});
