import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { joinReadies, watchPage } from './page-watch.js';

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

describe('the watch over the page', () => {
  it('listens once, also where a module was late', () => {
    const listened: string[] = [];
    const on = (event: string) => listened.push(event);
    const modules: Record<string, unknown> = { WAWebSocketModel: { Socket: { on, state: 'CONNECTED' } } };
    const page = createContext({
      require: (name: string) => {
        if (name in modules) return modules[name];
        throw new Error(`Requiring unknown module "${name}"`);
      },
    });
    const watch = () => runInContext(`(${watchPage})()`, page);
    expect(watch).toThrow('WAWebCmd');
    expect(listened).toEqual([]);
    modules.WAWebCmd = { Cmd: { on } };
    watch();
    watch();
    expect(listened).toEqual(['change:state', 'change:hasSynced', 'logout', 'logout_from_bridge']);
  });
});
