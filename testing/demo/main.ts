/** `npm run demo:chromium [-- --rounds N]` */
import { parseArgs } from 'node:util';
import { runDemo } from './demo.js';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '10' } } });
const { CHROME_PATH } = process.env;
await runDemo({
  rounds: Number(values.rounds),
  say: (line) => console.log(line),
  ...(CHROME_PATH && { chromePath: CHROME_PATH }),
});
