import { connection } from './connection.js';
import { loadTheRest } from './registry.js';

/** What a test can make the page do to itself. */
const commands = {
  hang({ ms }) {
    const until = ms === undefined ? Number.POSITIVE_INFINITY : performance.now() + ms;
    while (performance.now() < until);
  },
  /** An array that V8 cannot make ends the renderer at once, and costs 128 MB for a tenth of a second. */
  crash: () => 'x'.repeat(2 ** 27 + 100).split(''),
  reload: () => location.reload(),
  navigateAway: () => location.assign('/elsewhere'),
  pushState: () => history.pushState({}, '', '/pushed'),
  loadModules: loadTheRest,
  addFrame: () => document.body.append(document.createElement('iframe')),
  throwError: () => {
    throw new Error('an error of the page');
  },
  rejectPromise: () => void Promise.reject(new Error('a rejection of the page')),
};

connection.on('frame:command', (frame) => {
  connection.send({ t: 'obeys', n: frame.n });
  if (frame.command === 'throwError') setTimeout(commands.throwError, 0);
  else commands[frame.command](frame);
});
