/** A node that owns a directory, as a process that a test can kill: takes the lock, says so, and stays. */
import { ProfileLock } from './profile-lock.js';

const [directory = ''] = process.argv.slice(2);
const lock = new ProfileLock({ directory, waitMs: 1_000, onLost: () => undefined });
await lock.acquire();
process.stdout.write('held\n');
// Signals end a process that does not listen; this one must be killed by the test and by nothing else.
setInterval(() => undefined, 60_000);
