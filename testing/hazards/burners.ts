/** Processes that do nothing but use the CPU: a machine that has other work to do. */
import { spawn } from 'node:child_process';

/** Returns what ends them. */
export function burn(count: number): () => void {
  const burners = Array.from({ length: count }, () =>
    spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
  );
  return () => {
    for (const burner of burners) burner.kill('SIGKILL');
  };
}
