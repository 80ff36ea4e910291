/** Whether this host's network works: a TCP connection to an address that must be reachable. */
import { connect } from 'node:net';
import type { HostAddress } from './variables.js';

const DEADLINE_MS = 5000;

/** False when the address refuses, does not answer in time, or `signal` aborts. */
export const hostCheck =
  ({ host, port }: HostAddress) =>
  (signal: AbortSignal): Promise<boolean> =>
    new Promise((resolve) => {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]);
      const socket = connect({ host, port, signal: limit });
      const answer = (isReachable: boolean) => {
        resolve(isReachable);
        socket.destroy();
      };
      socket.once('connect', () => answer(true));
      socket.once('error', () => answer(false));
    });
