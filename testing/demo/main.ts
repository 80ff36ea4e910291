/** `npm run demo:chromium [-- --rounds N]` */
import { parseArgs } from 'node:util';
import { runDemo } from './demo.js';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '10' } } });
const { CHROME_PATH } = process.env;
// Ended from outside: an orderly exit takes the node along, and that its browsers.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
await runDemo({
  rounds: Number(values.rounds),
  say: (line) => console.log(line),
  ...(CHROME_PATH && { chromePath: CHROME_PATH }),
});
