/**
 * The last guard against what whatsapp-web.js leaks: it lets rejections of its own background work go unhandled, and Node
 * ends a process for one. The guarded client catches those it can reach; this contains the rest, and nothing else.
 */
const LIBRARY_FRAME =
  /[\\/]node_modules[\\/](whatsapp-web\.js|puppeteer|puppeteer-core|@puppeteer[\\/][\w-]+)[\\/]/;
/** This folder: the subclass stands between two frames of the library. */
const ADAPTER_FRAME = /[\\/]drivers[\\/]whatsapp-web[\\/]web-client\.(js|ts)\b/;
/** Strings that the library throws as they are. */
const LIBRARY_STRINGS: ReadonlySet<unknown> = new Set(['auth timeout', 'ready timeout']);

/** True when the stack holds frames of the library, and none of anybody else but Node. */
export function isLibraryRejection(reason: unknown): boolean {
  if (LIBRARY_STRINGS.has(reason)) return true;
  if (!(reason instanceof Error) || !reason.stack) return false;
  const frames = reason.stack.split('\n').filter((line) => /^\s+at /.test(line));
  const located = frames.filter((line) => /[\\/]/.test(line) && !/\bnode:/.test(line));
  return (
    located.some((line) => LIBRARY_FRAME.test(line)) &&
    located.every((line) => LIBRARY_FRAME.test(line) || ADAPTER_FRAME.test(line))
  );
}

/**
 * Contains unhandled rejections that prove to come from whatsapp-web.js or puppeteer and hands them to `report`. Every
 * other one ends the process as Node does without a listener, unless somebody else listens too. Returns what undoes it.
 */
export function containLibraryRejections(report: (reason: unknown) => void): () => void {
  const listener = (reason: unknown): void => {
    if (isLibraryRejection(reason)) {
      report(reason);
      return;
    }
    if (process.listenerCount('unhandledRejection') > 1) return;
    // Thrown from here it is an uncaught exception, which is what Node makes of an unhandled rejection.
    throw reason instanceof Error
      ? reason
      : new Error(`Unhandled rejection: ${String(reason)}`, { cause: reason });
  };
  process.on('unhandledRejection', listener);
  return () => {
    process.off('unhandledRejection', listener);
  };
}
