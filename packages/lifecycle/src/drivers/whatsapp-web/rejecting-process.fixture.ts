/** A process with the guard installed, in which a rejection goes unhandled. Prints what was contained, and ends by itself. */
import { createRequire } from 'node:module';
import { containLibraryRejections } from './library-rejections.js';

const require = createRequire(import.meta.url);
const { Client } = require('whatsapp-web.js') as {
  Client: new (options: object) => { getState(): Promise<unknown> };
};

containLibraryRejections((reason) => {
  process.stdout.write(`contained ${reason instanceof Error ? reason.message : String(reason)}\n`);
});
const client = new Client({});
const rejections: Record<string, () => void> = {
  // The library's own call, with nobody's frames above it: it has no page.
  library: () => setImmediate(client.getState.bind(client)),
  // The same call, made and forgotten by code that is not the library's.
  callerOfTheLibrary: () => void client.getState(),
  string: () => void Promise.reject('auth timeout'),
  otherString: () => void Promise.reject('something else'),
  foreign: () => void Promise.reject(new Error('a bug of somebody else')),
  nothing: () => undefined,
};
rejections[process.argv[2] ?? 'nothing']?.();
setTimeout(() => process.stdout.write('survived\n'), 200);
