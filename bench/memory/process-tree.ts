/** What a process and everything that it has started take of the machine's memory. */
import { readdir, readFile, readlink } from 'node:fs/promises';

async function childrenByParent(): Promise<Map<number, number[]>> {
  const children = new Map<number, number[]>();
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  for (const pid of pids) {
    // A process that ends while we look takes nothing any more.
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
    if (stat === null) continue;
    // The name in the second field may hold blanks and parentheses.
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  return children;
}

/** Programs that the children of a process run, by their own path: a browser is often behind a script. */
export async function programsOf(root: number): Promise<string[]> {
  const programs = await Promise.all(
    (await treeOf(root)).map((pid) => readlink(`/proc/${pid}/exe`).catch(() => '')),
  );
  return [...new Set(programs)].filter((program) => program !== '' && program !== process.execPath);
}

/** Proportional set size in bytes: a page that several processes share counts once, spread over them. */
async function pssOf(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return '';
    throw new Error(`The memory of process ${pid} cannot be read (${error.code}): measure as root.`, {
      cause: error,
    });
  });
  return Number(/^Pss: +(\d+) kB$/m.exec(rollup)?.[1] ?? 0) * 1024;
}

async function treeOf(root: number): Promise<number[]> {
  const children = await childrenByParent();
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

/** How many processes outside the tree run one of these programs, and so share its pages. */
export async function strangersTo(root: number, programs: readonly string[]): Promise<number> {
  const ours = new Set(await treeOf(root));
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const run = await Promise.all(
    // A process of somebody else, or one that has ended, does not tell.
    pids.filter((pid) => !ours.has(pid)).map((pid) => readlink(`/proc/${pid}/exe`).catch(() => '')),
  );
  return run.filter((program) => programs.includes(program)).length;
}

/** @throws Error where the kernel does not tell (not Linux) */
export async function pssOfTree(root: number): Promise<number> {
  const sizes = await Promise.all((await treeOf(root)).map(pssOf));
  if (!sizes[0]) throw new Error(`/proc/${root}/smaps_rollup says nothing: memory is measured on Linux only`);
  return sizes.reduce((total, size) => total + size, 0);
}
