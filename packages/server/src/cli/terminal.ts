/** What a command may touch of the process: where it prints, and the environment that it is configured by. */
import type { Environment } from '../config.js';

export interface Terminal {
  /** The result, for people or for programs. */
  readonly out: (text: string) => void;
  /** What goes on meanwhile, and what went wrong. */
  readonly err: (text: string) => void;
  /** What is typed or piped in, line by line. */
  readonly lines?: () => AsyncIterable<string>;
  /** A person looks at it: what was printed can be drawn over. */
  readonly isTTY: boolean;
  /** The environment of the process when it is left out. */
  readonly env?: Environment | undefined;
}

/** The store can never be written by this process again: the next one goes on. EX_IOERR of sysexits.h. */
export const STORE_LOST = 74;

/** How a command ends: 0 all is well, 1 something is wrong, 2 it was called wrongly, or as `serve` does without its store. */
export type ExitCode = 0 | 1 | 2 | typeof STORE_LOST;

/** One value as programs read it: a line of JSON. */
export const jsonLine = (value: unknown): string => `${JSON.stringify(value)}\n`;
