/**
 * The processes of this host that work on one browser profile. A profile is recognised by the exact value of Chromium's
 * `--user-data-dir`, which the browser hands to each of its children; never by a part of it, so `foo` does not meet
 * `foobar`.
 */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** A process, told apart from a later one with the same pid by when it began. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque: two processes with the same pid never share it. */
  readonly startedAt: string;
}

interface ProcessEntry extends ProcessIdentity {
  /** False for a zombie: dead, and only waiting to be collected by its parent. */
  readonly alive: boolean;
  readonly commandLine: string;
}

const FLAG = '--user-data-dir=';

/**
 * True when this command line names exactly this profile. A browser's own arguments are separated by NUL; its children
 * write theirs into one string, with blanks, where the value ends before the next option.
 */
export function worksOn(commandLine: string, profile: string): boolean {
  const flag = FLAG + profile;
  const args = commandLine.split('\0');
  if (args.includes(flag)) return true;
  return args.some((arg) => {
    for (let at = arg.indexOf(` ${flag}`); at !== -1; at = arg.indexOf(` ${flag}`, at + 1)) {
      const rest = arg.slice(at + 1 + flag.length);
      if (rest.trim() === '' || /^ +-/.test(rest)) return true;
    }
    return false;
  });
}

/** Field 3 (state) and 22 (start time); the name in field 2 may hold blanks and parentheses. */
function parseStat(stat: string): { alive: boolean; startedAt: string } {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { alive: fields[0] !== 'Z' && fields[0] !== 'X', startedAt: fields[19] ?? '' };
}

async function entryFromProc(pid: number): Promise<ProcessEntry | undefined> {
  try {
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8');
    if (!commandLine.includes(FLAG)) return undefined;
    return { pid, commandLine, ...parseStat(await readFile(`/proc/${pid}/stat`, 'utf8')) };
  } catch {
    // It ended while we looked.
    return undefined;
  }
}

async function listFromProc(): Promise<ProcessEntry[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const entries = await Promise.all(pids.map(entryFromProc));
  return entries.filter((entry) => entry !== undefined);
}

/** One line of `ps -o pid=,stat=,lstart=,args=`: a date of five words stands before the arguments. */
const PS_LINE = /^\s*(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s(.*)$/;

/** Where there is no /proc (macOS). */
export async function listFromPs(): Promise<ProcessEntry[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axww', '-o', 'pid=,stat=,lstart=,args='], {
    env: { ...process.env, LC_ALL: 'C' },
    maxBuffer: 64 * 1024 * 1024,
    timeout: 5_000,
  });
  return stdout.split('\n').flatMap((line) => {
    const [, pid, state, startedAt, commandLine] = PS_LINE.exec(line) ?? [];
    if (!pid || !state || !startedAt || !commandLine?.includes(FLAG)) return [];
    return [{ pid: Number(pid), startedAt, alive: !state.startsWith('Z'), commandLine }];
  });
}

const look = (): Promise<ProcessEntry[]> =>
  process.platform === 'linux'
    ? listFromProc()
    : process.platform === 'win32'
      ? Promise.resolve([])
      : listFromPs();

let looking: Promise<ProcessEntry[]> | undefined;
let lookingNext: Promise<ProcessEntry[]> | undefined;

/** Everybody who asks during a look shares the next one: many browsers that close at once are looked for together. */
function listProcesses(): Promise<ProcessEntry[]> {
  if (!looking) {
    looking = look().finally(() => {
      looking = undefined;
    });
    return looking;
  }
  lookingNext ??= looking.then(startNext, startNext);
  return lookingNext;
}

function startNext(): Promise<ProcessEntry[]> {
  lookingNext = undefined;
  return listProcesses();
}

/** Chromium tells each of its children what it is. */
const isChild = ({ commandLine }: ProcessEntry): boolean => /[ \0]--type=/.test(commandLine);

/** The living processes on this profile, the browser before its children. Windows tells us none: Chromium ends with its pipe. */
export async function processesOn(profile: string): Promise<ProcessIdentity[]> {
  const entries = await listProcesses();
  return entries
    .filter((entry) => entry.alive && worksOn(entry.commandLine, profile))
    .toSorted((a, b) => Number(isChild(a)) - Number(isChild(b)))
    .map(({ pid, startedAt }) => ({ pid, startedAt }));
}
