/**
 * The promise: looking at an instance over HTTP costs little more than HTTP. The server as it is shipped (simulated
 * driver, default log level, the log thrown away) against Hono with one route and a constant answer, each in a process
 * of its own, asked in turn by the same sockets.
 */
import { answersPerSecond } from './http/load.js';
import { ask, createStopped, startServer } from './http/server-process.js';
import { type Row, rowOf } from './measuring/row.js';
import { interleaved } from './measuring/spread.js';

const PATH = '/v1/instances/bench';
const BURST_MS = 2_000;

const WHY_MISSED =
  'What the server does beyond the route. By profiles of 4 s of load on an otherwise idle machine a request takes 51 to 71 us of the server and 19 to 34 of bare Hono: 6 to 8 more for the write to the socket, 3 to 4 for the JSON and its headers, 3 to 4 for two times in ISO 8601, 1 to 2 each for the histogram of the metrics, the chain of middlewares and its promises, 1 for checking the values of headers; the rest is many fractions of one.';

export async function httpRead(pairs: number): Promise<Row[]> {
  const door = import.meta.resolve('@wakeeper/server');
  const main = new URL(`./main${door.slice(door.lastIndexOf('.'))}`, door);
  const settings = { DRIVER: 'simulated', STORE_URL: 'memory:', HOST: '127.0.0.1', API_KEYS: '' };
  const wakeeper = await startServer(main, '/readyz', {
    env: (port) => ({ ...settings, PORT: String(port) }),
  });
  try {
    await createStopped(wakeeper.port, 'bench');
    const body = await (await ask(wakeeper.port, PATH)).text();
    const bare = await startServer(new URL('./http/bare-server.ts', import.meta.url), PATH, {
      args: (port) => [String(port), body],
    });
    try {
      const measured = await interleaved(
        pairs,
        () => answersPerSecond(wakeeper.port, PATH, BURST_MS),
        () => answersPerSecond(bare.port, PATH, BURST_MS),
      );
      return [
        rowOf(
          {
            promise: 'http-read',
            what: 'GET /v1/instances/:id',
            unit: 'per second',
            floorName: 'bare Hono, the same JSON',
            targets: [{ on: 'ratio', atLeast: 0.7 }],
            whyMissed: WHY_MISSED,
          },
          measured,
        ),
      ];
    } finally {
      await bare.end();
    }
  } finally {
    await wakeeper.end();
  }
}
