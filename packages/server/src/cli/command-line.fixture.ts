/** The command line called in this process, with what it printed. */
import type { Environment } from '../config.js';
import { runCli } from './program.js';
import type { ExitCode } from './terminal.js';

export interface Called {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

export interface CallOptions {
  readonly isTTY?: boolean;
  /** What is typed in. */
  readonly lines?: () => AsyncIterable<string>;
}

/** Nothing of this process's environment is passed on but what is given. */
export async function call(
  args: readonly string[],
  env: Environment = {},
  { isTTY = false, lines }: CallOptions = {},
): Promise<Called> {
  let out = '';
  let err = '';
  const terminal = {
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
    ...(lines && { lines }),
    isTTY,
    env,
  };
  const code = await runCli(args, terminal, '1.2.3');
  return { code, out, err };
}
