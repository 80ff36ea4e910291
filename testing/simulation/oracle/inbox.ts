/** Judges what came in: every message told once, and all that came since an instance has its account. */
import type { Run } from '../history.js';
import type { Violations } from './sentences.js';

/** Further back is not asked for. */
const LOOK_BACK_MS = 24 * 3_600_000;

export function judgeInbox({ history, ending }: Run, violations: Violations): void {
  const told = new Map<string, number>();
  for (const { message } of ending.received) told.set(message, (told.get(message) ?? 0) + 1);
  for (const [message, times] of told)
    if (times > 1) violations.add('heard', null, `${message} is told ${times} times.`);
  const since = new Map(ending.listeners.map((listener) => [listener.id, listener.since]));
  const lastMoment = history.at(-1)?.at ?? 0;
  for (const entry of history) {
    if (entry.kind !== 'phone' || entry.did !== 'receive') continue;
    const { id, message, at } = entry;
    const listening = since.get(id);
    const isWanted = listening !== undefined && at >= listening && at > lastMoment - LOOK_BACK_MS;
    if (isWanted && !told.has(message))
      violations.add('heard', at, `${id} was written ${message}, which is never told.`);
  }
}
