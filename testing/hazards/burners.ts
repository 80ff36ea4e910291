/** Processes that do nothing but use the CPU: a machine that has other work to do. */
import { spawn } from 'node:child_process';

/** Until their parent is gone, however it went: nothing else would ever end them. */
const BURN = 'const { ppid } = process; while (process.ppid === ppid);';

/** Returns what ends them. */
export function burn(count: number): () => void {
  const burners = Array.from({ length: count }, () =>
    spawn(process.execPath, ['-e', BURN], { stdio: 'ignore' }),
  );
  return () => {
    for (const burner of burners) burner.kill('SIGKILL');
  };
}
