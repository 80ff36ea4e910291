/** What an instance does, told: a line of the log for each move, and the observer, whose faults are its own. */
import { messageOf } from '../domain/errors.js';
import type { Log } from './log.js';
import type { Observer, Place } from './observer.js';

const written = ({ state, detail }: Place): string => `${state}.${detail}`;

export function toldMoves(log: Log, observer: Observer | undefined): Observer {
  const observed = (instanceId: string, tell: () => void): void => {
    try {
      tell();
    } catch (error) {
      log.error({ instanceId, error: messageOf(error) }, 'the observer of the manager threw');
    }
  };
  return {
    moved: (move) => {
      const { instanceId, from, to, ...fields } = move;
      const line = { instanceId, from: written(from), to: written(to), ...fields };
      if (to.state === 'error') log.error(line, 'the instance moved');
      else log.info(line, 'the instance moved');
      if (observer) observed(instanceId, () => observer.moved(move));
    },
    restarted: (restart) => {
      if (observer) observed(restart.instanceId, () => observer.restarted(restart));
    },
  };
}
