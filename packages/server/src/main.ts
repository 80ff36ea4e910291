#!/usr/bin/env node
/** The process: arguments in, one command, an exit code out. The only file with side effects. */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { runCli } from './cli/program.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const { stdout, stderr } = process;
// Whoever reads may have had enough (`| head`): no reason for a stack.
stdout.on('error', () => process.exit(1));
const code = await runCli(
  process.argv.slice(2),
  {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    lines: () => createInterface({ input: process.stdin }),
    isTTY: stdout.isTTY === true,
  },
  version,
);
// Nothing that a command left open keeps it from ending, once what it said is written.
stdout.write('', () => process.exit(code));
