/**
 * The seam at which whatsapp-web.js is met in the page: its functions are wrapped as it defines them, and no file of it
 * is changed. What wraps them is laid in by page-layer.ts, page-messages.ts and an operator's own file.
 */

/** A function of the library or one that it exposes, with any arguments. */
export type SeamFunction = (...values: never[]) => unknown;

export interface PageSeam {
  /** Runs each time the library begins to define itself: the page's modules are there, its own functions are not. */
  begins(run: () => void): void;
  /** What `wrap` returns takes the place of the library's function as soon as the library defines it. */
  ofLibrary<F extends SeamFunction>(name: string, wrap: (original: F) => F): void;
  /** The same for a function that the library exposes on the page. */
  ofPage<F extends SeamFunction>(name: string, wrap: (original: F) => F): void;
  /** Remembers that a repair was needed and is in force, under a name for the self-test. */
  inForce(repair: string): void;
}
export interface SeamWorld {
  wakeeperSeam: PageSeam;
  /** Names of the repairs that are in force in this document. */
  wakeeperLayer: string[];
}

/** Runs before anything else in each document. It stands alone: it travels as its source. */
export function openSeam(): void {
  type Wrap = (original: SeamFunction) => SeamFunction;
  const page = globalThis as unknown as SeamWorld;
  const beginnings: (() => void)[] = [];
  const wraps = new Map<string, Wrap[]>();
  const hold = (target: object, name: string, around: readonly Wrap[]) => {
    let held: unknown;
    Object.defineProperty(target, name, {
      configurable: true,
      enumerable: true,
      // The library looks whether a function is there before it exposes it.
      get: () => held,
      set: (defined: unknown) => {
        held =
          typeof defined === 'function'
            ? around.reduce((inner, wrap) => wrap(inner), defined as SeamFunction)
            : defined;
      },
    });
  };
  const add = (name: string, wrap: Wrap): Wrap[] => {
    const around = wraps.get(name) ?? [];
    wraps.set(name, around);
    around.push(wrap);
    return around;
  };
  let injected: object | undefined;
  Object.defineProperty(globalThis, 'WWebJS', {
    configurable: true,
    get: () => injected,
    set: (library: object | undefined) => {
      injected = library;
      if (!library) return;
      for (const [name, around] of wraps)
        if (name.startsWith('library:')) hold(library, name.slice(8), around);
      for (const run of beginnings) run();
    },
  });
  page.wakeeperLayer = [];
  page.wakeeperSeam = {
    begins: (run) => beginnings.push(run),
    ofLibrary: (name, wrap) => add(`library:${name}`, wrap as unknown as Wrap),
    ofPage: (name, wrap) => {
      const around = add(`page:${name}`, wrap as unknown as Wrap);
      if (around.length === 1) hold(globalThis, name, around);
    },
    inForce: (repair) => {
      if (!page.wakeeperLayer.includes(repair)) page.wakeeperLayer.push(repair);
    },
  };
}
