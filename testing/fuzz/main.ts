/**
 * npm run fuzz [-- --seed N --requests N --deadline MS]: requests out of the API description to a server of its own. Ends
 * with 1 when an answer is a 5xx, late, or not in the description.
 */
import { parseArgs } from 'node:util';
import { fuzz } from './fuzz.js';
import { KEY, openFuzzedServer } from './fuzzed-server.js';
import { INSTANCES, Pool } from './pool.js';
import { reportOf } from './report.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    requests: { type: 'string', default: '10000' },
    deadline: { type: 'string', default: '10000' },
  },
});

const server = await openFuzzedServer();
const report = await fuzz(server.document, {
  ...server,
  key: KEY,
  pool: new Pool(INSTANCES),
  seed: Number(values.seed),
  requests: Number(values.requests),
  deadlineMs: Number(values.deadline),
});
await server.close();
console.log(reportOf(report));
process.exitCode = report.faults.length > 0 ? 1 : 0;
