/** `wakeeper serve`: one server out of the environment, until a signal ends it. */
import { isLifecycleError } from '@wakeeper/lifecycle';
import { pino } from 'pino';
import { ConfigError, loadConfig } from '../config.js';
import { greeting } from '../greeting.js';
import { StartError, startServer } from '../server.js';
import { type ExitCode, STORE_LOST, type Terminal } from './terminal.js';

/** Beyond DRAIN_TIMEOUT_MS, for closing what is open. Together they stay below the 10 s after which Docker kills. */
const CLOSING_MS = 1500;

/**
 * Resolves when the server is shut down, by SIGTERM, SIGINT or the loss of its store; a second signal, or a missed
 * deadline, ends the process.
 */
export async function serve(terminal: Terminal): Promise<ExitCode> {
  try {
    return await run(terminal);
  } catch (error) {
    // What the operator can mend is said in one line; anything else is a fault of ours and shows its stack.
    const isForOperator =
      error instanceof ConfigError || error instanceof StartError || isLifecycleError(error);
    if (!isForOperator) throw error;
    terminal.err(`wakeeper cannot start. ${error.message}\n`);
    return 1;
  }
}

async function run(terminal: Terminal): Promise<ExitCode> {
  const config = loadConfig(terminal.env);
  const log = pino(
    { level: config.logLevel, base: { node: config.nodeId }, timestamp: pino.stdTimeFunctions.isoTime },
    // Synchronous, so that the last lines of a process that ends are there, and in their order.
    pino.destination({ fd: 1, sync: true }),
  );
  const server = await startServer(config, log);
  log.info({ url: server.url, driver: config.driver, store: config.store }, `listening on ${server.url}`);
  if (terminal.isTTY) terminal.out(`${greeting(server.url, config).join('\n')}\n`);
  else if (config.apiKeys.length === 0)
    log.info({}, 'no API_KEYS: only programs on this machine are answered');

  const deadlineMs = (config.lifecycle.drainTimeoutMs ?? 0) + CLOSING_MS;
  let isStopping = false;
  return new Promise((resolve) => {
    const end = (code: ExitCode, withinMs: number): void => {
      isStopping = true;
      setTimeout(() => {
        log.error({ deadlineMs: withinMs }, 'shutdown missed its deadline');
        process.exit(code || 1);
      }, withinMs).unref();
      server.close().then(
        () => {
          log.info({}, 'shut down');
          resolve(code);
        },
        (error: unknown) => {
          log.error({ err: error }, 'shutdown failed');
          resolve(code || 1);
        },
      );
    };
    const stop = (signal: NodeJS.Signals): void => {
      if (isStopping) {
        log.warn({ signal }, 'a second signal: exiting at once');
        process.exit(1);
      }
      log.info({ signal, deadlineMs }, 'shutting down');
      end(0, deadlineMs);
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    void server.manager.storeLost.then((error) => {
      if (isStopping) return;
      terminal.err(
        `wakeeper ends with exit code ${STORE_LOST}, to be started again: nothing accepted is lost, and nothing more can be stored. ${error.message}\n`,
      );
      // The store's thread is waited for as long again: only a disk that answers lets a process end by itself.
      end(STORE_LOST, deadlineMs + config.storeStallTimeoutMs);
    });
  });
}
