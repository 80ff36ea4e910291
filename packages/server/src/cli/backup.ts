/** `wakeeper backup`: a copy of the store, made while the server works on it or after it has ended. */
import { backupSqliteStore } from '@wakeeper/lifecycle/sqlite';
import { loadConfig } from '../config.js';
import { CommandError } from './command-error.js';
import { type ExitCode, jsonLine, type Terminal } from './terminal.js';
import { shortBytes } from './text-table.js';

export function backup(
  terminal: Terminal,
  file: string,
  { json }: { readonly json?: boolean | undefined },
): ExitCode {
  const { store } = loadConfig(terminal.env);
  if (store.kind === 'memory')
    throw new CommandError(
      'NOT_SUPPORTED',
      'STORE_URL is memory: there is nothing on the disk to copy.',
      'Set STORE_URL as the server has it.',
    );
  const { path, bytes, instances, items, open } = backupSqliteStore({ from: store.path, to: file });
  terminal.out(
    json
      ? jsonLine({ path, bytes, instances, items, open })
      : `Copied ${store.path} to ${path} (${shortBytes(bytes)}): ${instances} instances, ${items} messages and polls, ${open} of them not settled.\nThe browser profiles are not in it: copy AUTH_BASE_DIR too, with the server stopped.\n`,
  );
  return 0;
}
