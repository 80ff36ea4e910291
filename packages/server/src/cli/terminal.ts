/** What a command may touch of the process: where it prints, and the environment that it is configured by. */
import type { Environment } from '../config.js';

export interface Terminal {
  /** The result, for people or for programs. */
  readonly out: (text: string) => void;
  /** What goes on meanwhile, and what went wrong. */
  readonly err: (text: string) => void;
  /** A person looks at it: what was printed can be drawn over. */
  readonly isTTY: boolean;
  /** The environment of the process when it is left out. */
  readonly env?: Environment | undefined;
}

/** How a command ends: 0 all is well, 1 something is wrong, 2 it was called wrongly. */
export type ExitCode = 0 | 1 | 2;

/** One value as programs read it: a line of JSON. */
export const jsonLine = (value: unknown): string => `${JSON.stringify(value)}\n`;
