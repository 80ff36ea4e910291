/**
 * A node with one instance, as a process that a test can kill. Prints what it hears, one JSON a line; ends by itself
 * only when it is told to by a line on its standard input: `close <mode>`.
 */
import { createInterface } from 'node:readline';
import type { CloseMode } from '../../ports/driver.js';
import { containLibraryRejections, whatsappWebDriver } from '../../whatsapp-web.js';

const [authBaseDir = '', instanceId = '', ...chromeArgs] = process.argv.slice(2);
const tell = (fact: object): void => {
  process.stdout.write(`${JSON.stringify(fact)}\n`);
};
containLibraryRejections((reason) => tell({ type: 'contained', reason: String(reason) }));
const driver = whatsappWebDriver({
  authBaseDir,
  chromeArgs,
  onNotice: ({ message, cause }) => tell({ type: 'notice', message, cause: String(cause) }),
});
async function leave(mode: CloseMode): Promise<void> {
  await driver.close({ instanceId, mode, deadlineMs: 10_000 });
  tell({ type: 'closed' });
  await driver.shutdown();
  process.exit(0);
}
createInterface({ input: process.stdin }).on('line', (line) => void leave(line.split(' ')[1] as CloseMode));
driver
  .open({
    instanceId,
    generation: 1,
    rung: 'hard',
    proxy: null,
    signal: new AbortController().signal,
    hear: tell,
  })
  .then(
    () => tell({ type: 'opened' }),
    (error: unknown) => tell({ type: 'failed', reason: String(error) }),
  );
